import { h, replace } from '../app/dom.js';
import { compact, duration, octets, rateOf, rate } from '../app/format.js';
import { samples } from '../app/history.js';
import { session } from '../app/session.js';
import { Chart } from '../widgets/chart.js';
import { tiles } from '../widgets/facts.js';
import { Table } from '../widgets/table.js';

export function overviewPage(page, content) {
  const totals = tiles([
    { label: 'Ready', kind: 'line1', text: (o) => compact(o.queue_totals?.messages_ready) },
    { label: 'Unacked', kind: 'line2', text: (o) => compact(o.queue_totals?.messages_unacknowledged) },
    { label: 'Publish', text: (o) => rate(rateOf(o.message_stats, 'publish') ?? 0) },
    { label: 'Deliver', text: (o) => rate(rateOf(o.message_stats, 'deliver_get') ?? 0) },
    { label: 'Queues', text: (o) => compact(o.object_totals?.queues) },
    { label: 'Exchanges', text: (o) => compact(o.object_totals?.exchanges) },
    { label: 'Connections', text: (o) => compact(o.object_totals?.connections) },
    { label: 'Channels', text: (o) => compact(o.object_totals?.channels) },
    { label: 'Consumers', text: (o) => compact(o.object_totals?.consumers) },
  ]);
  const rates = new Chart({ title: 'Message rates', isRate: true, lines: rateLines });
  const queued = new Chart({ title: 'Queued messages', lines: queuedLines });
  const nodes = nodeTable();
  const listeners = new Table({
    caption: 'Ports', key: (each) => `${each.node} ${each.protocol} ${each.ip_address} ${each.port}`,
    columns: [
      { title: 'Protocol', text: (each) => each.protocol },
      { title: 'Address', text: (each) => each.ip_address },
      { title: 'Port', isNumber: true, text: (each) => String(each.port) },
      { title: 'Silo', text: (each) => each.node },
    ],
  });
  replace(content, totals.element, h('div', { class: 'columns charts' }, rates.element, queued.element), session.isMonitor && [
    h('section', { class: 'card' }, h('h2', null, 'Silos'), nodes.element), h('section', { class: 'card' }, h('h2', null, 'Ports'), listeners.element),
  ]);
  session.follow(page, () => {
    if (session.overview === null) {
      return;
    }
    totals.update(session.overview);
    rates.update(samples('overview'));
    queued.update(samples('overview'));
    nodes.update(session.nodes);
    listeners.update(session.overview.listeners ?? []);
  });
}

export const rateLines = [
  { name: 'Publish', member: 'publish' }, { name: 'Deliver', member: 'deliver' }, { name: 'Ack', member: 'ack' }, { name: 'Confirm', member: 'confirm' },
];

export const queuedLines = [{ name: 'Ready', member: 'ready' }, { name: 'Unacked', member: 'unacked' }];

/** The silos, as the overview and their own page show them. */
export function nodeTable() {
  return new Table({
    caption: 'Silos', key: (node) => node.name,
    columns: [
      { title: 'Name', text: (node) => node.name },
      { title: 'State', text: state, mark: (node) => (state(node) === 'running' ? 'good' : 'bad') },
      { title: 'Uptime', isNumber: true, text: (node) => duration(node.uptime) },
      { title: 'Memory', isNumber: true, text: (node) => part(node.mem_used, node.mem_limit) },
      { title: 'Disk free', isNumber: true, text: (node) => (node.disk_free ? octets(node.disk_free) : '') },
      { title: 'Files', isNumber: true, text: (node) => (node.fd_total ? `${compact(node.fd_used)} / ${compact(node.fd_total)}` : compact(node.fd_used)) },
      { title: 'Connections', isNumber: true, text: (node) => compact(node.connections) },
      { title: 'Open queues', isNumber: true, text: (node) => compact(node.queues) },
      { title: 'In', isNumber: true, text: (node) => rate(rateOf(node.message_stats, 'publish')) },
      { title: 'Out', isNumber: true, text: (node) => rate(rateOf(node.message_stats, 'deliver_get')) },
    ],
  });
}

function state(node) {
  return !node.running ? 'not running' : node.mem_alarm ? 'memory alarm' : node.disk_free_alarm ? 'disk alarm' : 'running';
}

function part(used, limit) {
  return limit ? `${octets(used)} / ${octets(limit)}` : octets(used);
}
