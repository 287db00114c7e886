import { h, replace } from '../app/dom.js';
import { path, remove } from '../app/api.js';
import { compact, octets, rate, rateOf, since } from '../app/format.js';
import { session } from '../app/session.js';
import { attempt, confirm } from '../widgets/dialog.js';
import { list } from '../widgets/list.js';
import { Table, rowButton } from '../widgets/table.js';

export function connectionsPage(page, content) {
  const connections = list(page, {
    caption: 'Connections',
    path: () => (session.virtualHost ? path('vhosts', session.virtualHost, 'connections') : 'connections'),
    key: (connection) => connection.name,
    empty: 'No client is connected.',
    columns: [
      { title: 'Name', sort: 'name', isWide: true, text: connectionTitle, link: (connection) => `#/${path('connections', connection.name)}` },
      { title: 'Virtual host', sort: 'vhost', text: (connection) => connection.vhost },
      { title: 'User', sort: 'user', text: (connection) => connection.user },
      { title: 'State', sort: 'state', text: (connection) => connection.state, mark: (connection) => (connection.state === 'running' ? 'good' : 'bad') },
      { title: 'TLS', text: (connection) => (connection.ssl ? connection.ssl_protocol ?? 'yes' : '') },
      { title: 'Channels', sort: 'channels', isNumber: true, text: (connection) => compact(connection.channels) },
      { title: 'From client', sort: 'recv_oct_details.rate', isNumber: true, text: (connection) => octetRate(connection.recv_oct_details) },
      { title: 'To client', sort: 'send_oct_details.rate', isNumber: true, text: (connection) => octetRate(connection.send_oct_details) },
      { title: 'Open for', isNumber: true, text: (connection) => since(connection.connected_at) },
    ],
    actions: (row) => rowButton('Close', 'Close the connection', () => closeConnection(row().name).then(connections.refresh), 'danger'),
  });
  replace(content, h('p', { class: 'quiet' }, h('a', { href: '#/channels' }, 'All channels')), connections.element);
}

export function channelsPage(page, content) {
  const channels = list(page, {
    caption: 'Channels',
    path: () => (session.virtualHost ? path('vhosts', session.virtualHost, 'channels') : 'channels'),
    key: (channel) => channel.name,
    empty: 'No channel is open.',
    columns: channelColumns(true),
    actions: (row) => rowButton('Close', 'Close the connection of this channel', () => closeConnection(row().connection_details.name).then(channels.refresh), 'danger'),
  });
  replace(content, h('p', { class: 'quiet' }, h('a', { href: '#/connections' }, 'All connections'), ' · A channel cannot be closed from outside: its connection is.'), channels.element);
}

/** The channels of one connection. */
export function channelTable() {
  return new Table({ caption: 'Channels', key: (channel) => channel.name, columns: channelColumns(false), empty: 'No channel is open.' });
}

/** Closes a connection, once somebody has said yes. True where it was closed. */
export async function closeConnection(name) {
  return await confirm({ title: 'Close the connection?', text: `${name} will be closed. What it has not acknowledged returns to its queues. Most clients connect again.`, action: 'Close' })
    && attempt(() => remove(path('connections', name), { 'x-reason': `Closed by ${session.user} on the management pages` }), 'The connection was closed.');
}

export function connectionTitle(connection) {
  const given = connection.user_provided_name ?? connection.client_properties?.connection_name;
  return given ? `${given} (${connection.name})` : connection.name;
}

function channelColumns(isLinked) {
  return [
    { title: 'Channel', sort: 'name', isWide: true, text: (channel) => (isLinked ? channel.name : String(channel.number)), link: isLinked ? (channel) => `#/${path('connections', channel.connection_details.name)}` : null },
    { title: 'User', sort: 'user', text: (channel) => channel.user },
    { title: 'Mode', text: (channel) => [channel.confirm && 'confirms', channel.transactional && 'transactional'].filter(Boolean).join(', ') },
    { title: 'State', sort: 'state', text: (channel) => channel.state, mark: (channel) => (channel.state === 'running' ? 'good' : 'quiet') },
    { title: 'Consumers', sort: 'consumer_count', isNumber: true, text: (channel) => compact(channel.consumer_count) },
    { title: 'Prefetch', sort: 'prefetch_count', isNumber: true, text: (channel) => [channel.prefetch_count || null, channel.global_prefetch_count ? `${channel.global_prefetch_count} shared` : null].filter(Boolean).join(', ') || 'unlimited' },
    { title: 'Unacked', sort: 'messages_unacknowledged', isNumber: true, text: (channel) => compact(channel.messages_unacknowledged) },
    { title: 'Unconfirmed', sort: 'messages_unconfirmed', isNumber: true, text: (channel) => compact(channel.messages_unconfirmed) },
    { title: 'Publish', sort: 'message_stats.publish_details.rate', isNumber: true, text: (channel) => rate(rateOf(channel.message_stats, 'publish')) },
    { title: 'Deliver', sort: 'message_stats.deliver_get_details.rate', isNumber: true, text: (channel) => rate(rateOf(channel.message_stats, 'deliver_get')) },
    { title: 'Ack', sort: 'message_stats.ack_details.rate', isNumber: true, text: (channel) => rate(rateOf(channel.message_stats, 'ack')) },
  ];
}

function octetRate(details) {
  return details?.rate == null ? '' : `${octets(details.rate)}/s`;
}
