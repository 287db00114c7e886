import { h, replace, show } from '../app/dom.js';
import { get, path, remove } from '../app/api.js';
import { compact, count, fields, octets, plural, rate, rateOf } from '../app/format.js';
import { sample } from '../app/history.js';
import { Chart } from '../widgets/chart.js';
import { attempt, confirm } from '../widgets/dialog.js';
import { facts, tiles } from '../widgets/facts.js';
import { fold } from '../widgets/form.js';
import { bindingsOf } from './bindings.js';
import { consumerTable } from './consumers.js';
import { browser } from './messages.js';
import { publisher } from './publishing.js';
import { queuedLines } from './overview.js';
import { transfers } from './transfers.js';

export function queuePage(page, content, head) {
  const [virtualHost, name] = page.names;
  const address = path('queues', virtualHost, name);
  const figures = tiles([
    { label: 'Ready', kind: 'line1', text: (queue) => compact(queue.messages_ready) },
    { label: 'Unacked', kind: 'line2', text: (queue) => compact(queue.messages_unacknowledged) },
    { label: 'Octets ready', text: (queue) => octets(queue.message_bytes_ready) },
    { label: 'Consumers', text: (queue) => compact(queue.consumers) },
    { label: 'In', text: (queue) => rate(rateOf(queue.message_stats, 'publish') ?? 0) },
    { label: 'Out', text: (queue) => rate(rateOf(queue.message_stats, 'deliver_get') ?? 0) },
    { label: 'Ack', text: (queue) => rate(rateOf(queue.message_stats, 'ack') ?? 0) },
    { label: 'Redelivered', text: (queue) => rate(rateOf(queue.message_stats, 'redeliver') ?? 0) },
  ]);
  const rates = new Chart({ title: 'Rates', isRate: true, lines: [{ name: 'In', member: 'publish' }, { name: 'Out', member: 'deliver' }, { name: 'Ack', member: 'ack' }] });
  const queued = new Chart({ title: 'Messages', lines: queuedLines });
  const about = facts([
    { label: 'Virtual host', text: (queue) => queue.vhost },
    { label: 'State', text: (queue) => [queue.state, queue.idle_since && `idle since ${queue.idle_since}`].filter(Boolean).join(', ') },
    { label: 'Type', text: (queue) => [queue.type, queue.durable ? 'durable' : 'transient', queue.auto_delete && 'auto-delete', queue.exclusive && 'exclusive'].filter(Boolean).join(', ') },
    { label: 'Arguments', text: (queue) => fields(queue.arguments) },
    { label: 'Policy', text: (queue) => [queue.policy, queue.operator_policy].filter(Boolean).join(', ') },
    { label: 'By policy', text: (queue) => fields(queue.effective_policy_definition) },
    { label: 'Silo', text: (queue) => queue.node },
    { label: 'Owner', text: (queue) => queue.owner_pid_details?.name },
  ]);
  const consumers = consumerTable();
  const bindings = bindingsOf(page, { virtualHost, name, kind: 'queue' });
  const buttons = h('div', { class: 'buttons' },
    h('button', { type: 'button', class: 'danger', onclick: purge }, 'Purge'),
    h('button', { type: 'button', class: 'danger', onclick: deleteIt }, 'Delete'));
  head.append(buttons);
  const move = transfers({ virtualHost, name, refresh: () => refresh() });
  replace(content, figures.element, h('div', { class: 'columns charts' }, rates.element, queued.element),
    h('section', { class: 'card' }, h('h2', null, 'Queue'), about.element),
    h('section', { class: 'card' }, h('h2', null, 'Consumers'), consumers.element),
    bindings.element,
    fold('Messages', browser({ address, refresh: () => refresh() })),
    fold('Publish', publisher({ virtualHost, exchange: '', routingKey: name, refresh: () => refresh() })),
    fold('Move and re-drive', move));
  const refresh = page.every(async (signal) => {
    const queue = await get(address, signal);
    figures.update(queue);
    about.update(queue);
    consumers.update(queue.consumer_details ?? []);
    const points = sample(`queue ${JSON.stringify(page.names)}`, {
      publish: rateOf(queue.message_stats, 'publish'), deliver: rateOf(queue.message_stats, 'deliver_get'), ack: rateOf(queue.message_stats, 'ack'),
      ready: queue.messages_ready, unacked: queue.messages_unacknowledged,
    });
    rates.update(points);
    queued.update(points);
    show(buttons, true);
  });

  async function purge() {
    const { messages_ready: ready } = await get(address).catch(() => ({}));
    if (await confirm({ title: `Purge ${name}?`, text: `${ready == null ? 'All messages' : plural(ready, 'message')} that are ready will be gone. This cannot be undone.`, action: 'Purge' })) {
      await attempt(() => remove(`${address}/contents`), `Queue ${name} was purged.`);
      await refresh();
    }
  }

  async function deleteIt() {
    const { messages } = await get(address).catch(() => ({}));
    if (await confirm({ title: `Delete ${name}?`, text: `The queue, its bindings and its messages (${count(messages ?? 0)}) will be gone. This cannot be undone.`, action: 'Delete' })
      && await attempt(() => remove(address), `Queue ${name} was deleted.`)) {
      location.hash = '#/queues';
    }
  }
}
