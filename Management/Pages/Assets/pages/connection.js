import { h, replace } from '../app/dom.js';
import { get, path } from '../app/api.js';
import { fields, octets, rate, rateOf, since } from '../app/format.js';
import { sample } from '../app/history.js';
import { Chart } from '../widgets/chart.js';
import { facts } from '../widgets/facts.js';
import { channelTable, closeConnection } from './connections.js';

export function connectionPage(page, content, head) {
  const [name] = page.names;
  const address = path('connections', name);
  const about = facts([
    { label: 'Given name', text: (c) => c.user_provided_name ?? c.client_properties?.connection_name },
    { label: 'Virtual host', text: (c) => c.vhost },
    { label: 'User', text: (c) => `${c.user} (${c.auth_mechanism})` },
    { label: 'State', text: (c) => c.state },
    { label: 'Protocol', text: (c) => [c.protocol, c.ssl && (c.ssl_protocol ?? 'TLS')].filter(Boolean).join(', ') },
    { label: 'Open for', text: (c) => since(c.connected_at) },
    { label: 'Silo', text: (c) => c.node },
    { label: 'From client', text: (c) => octets(c.recv_oct) },
    { label: 'To client', text: (c) => octets(c.send_oct) },
    { label: 'Waiting for the client', text: (c) => (c.send_pend ? octets(c.send_pend) : '') },
    { label: 'Heartbeat', text: (c) => (c.timeout ? `${c.timeout} s` : 'none') },
    { label: 'Frames', text: (c) => (c.frame_max ? `${octets(c.frame_max)} at most` : '') },
    { label: 'Channels', text: (c) => (c.channel_max ? `${c.channels} of ${c.channel_max}` : String(c.channels ?? '')) },
    { label: 'Client', text: (c) => fields(Object.fromEntries(Object.entries(c.client_properties ?? {}).filter(([key]) => key !== 'capabilities'))) },
  ]);
  const rates = new Chart({ title: 'Message rates', isRate: true, lines: [{ name: 'Publish', member: 'publish' }, { name: 'Deliver', member: 'deliver' }, { name: 'Ack', member: 'ack' }] });
  const channels = channelTable();
  head.append(h('div', { class: 'buttons' }, h('button', { type: 'button', class: 'danger', onclick: async () => { if (await closeConnection(name)) { location.hash = '#/connections'; } } }, 'Close')));
  replace(content, h('div', { class: 'columns' }, h('section', { class: 'card' }, h('h2', null, 'Connection'), about.element), rates.element),
    h('section', { class: 'card' }, h('h2', null, 'Channels'), channels.element));
  page.every(async (signal) => {
    const [connection, open] = await Promise.all([get(address, signal), get(`${address}/channels`, signal)]);
    about.update(connection);
    channels.update(open);
    const sum = (member) => open.reduce((total, channel) => total + (rateOf(channel.message_stats, member) ?? 0), 0);
    rates.update(sample(`connection ${name}`, { publish: sum('publish'), deliver: sum('deliver_get'), ack: sum('ack') }));
  });
}
