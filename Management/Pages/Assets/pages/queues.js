import { h, replace } from '../app/dom.js';
import { path, put } from '../app/api.js';
import { compact, fields, rate, rateOf } from '../app/format.js';
import { session } from '../app/session.js';
import { notify } from '../widgets/dialog.js';
import { field, fold, form, object } from '../widgets/form.js';
import { list } from '../widgets/list.js';

// Only what is shown is asked for.
const columns = [
  'name', 'vhost', 'type', 'durable', 'auto_delete', 'exclusive', 'arguments', 'policy', 'consumers', 'messages_ready', 'messages_unacknowledged',
  'message_stats.publish_details.rate', 'message_stats.deliver_get_details.rate', 'message_stats.ack_details.rate',
].join(',');

export function queueLink(virtualHost, name) {
  return `#/${path('queues', virtualHost, name)}`;
}

export function queuesPage(page, content) {
  const queues = list(page, {
    caption: 'Queues',
    path: () => (session.virtualHost ? path('queues', session.virtualHost) : 'queues'),
    parameters: { columns },
    key: (queue) => JSON.stringify([queue.vhost, queue.name]),
    empty: 'No queue has such a name.',
    columns: [
      session.isAcrossVirtualHosts && { title: 'Virtual host', sort: 'vhost', text: (queue) => queue.vhost },
      { title: 'Name', sort: 'name', isWide: true, text: (queue) => queue.name, link: (queue) => queueLink(queue.vhost, queue.name) },
      { title: 'Ready', sort: 'messages_ready', isNumber: true, text: (queue) => compact(queue.messages_ready) },
      { title: 'Unacked', sort: 'messages_unacknowledged', isNumber: true, text: (queue) => compact(queue.messages_unacknowledged) },
      { title: 'Consumers', sort: 'consumers', isNumber: true, text: (queue) => compact(queue.consumers) },
      { title: 'In', sort: 'message_stats.publish_details.rate', isNumber: true, text: (queue) => rate(rateOf(queue.message_stats, 'publish')) },
      { title: 'Out', sort: 'message_stats.deliver_get_details.rate', isNumber: true, text: (queue) => rate(rateOf(queue.message_stats, 'deliver_get')) },
      { title: 'Ack', sort: 'message_stats.ack_details.rate', isNumber: true, text: (queue) => rate(rateOf(queue.message_stats, 'ack')) },
      { title: 'Features', isWide: true, text: features },
    ].filter(Boolean),
  });
  replace(content, queues.element, fold('Add a queue', declaration(queues.refresh)));
}

function declaration(refresh) {
  return form({
    isInline: true,
    fields: [
      virtualHostField(),
      field({ name: 'name', label: 'Name', required: true }),
      field({ name: 'type', label: 'Type', options: [['', 'Default'], 'classic', 'quorum'] }),
      field({ name: 'durable', label: 'Durable', type: 'checkbox', value: true }),
      field({ name: 'autoDelete', label: 'Auto-delete', type: 'checkbox' }),
      field({ name: 'ttl', label: 'Message TTL (ms)', type: 'number', min: 0 }),
      field({ name: 'length', label: 'Max length', type: 'number', min: 0 }),
      field({ name: 'deadLetters', label: 'Dead-letter exchange' }),
      field({ name: 'arguments', label: 'More arguments (JSON)', rows: 2, placeholder: '{"x-max-priority": 5}' }),
    ],
    action: 'Add queue',
    submit: async (values, element) => {
      const named = {
        'x-queue-type': values.type, 'x-message-ttl': values.ttl && Number(values.ttl), 'x-max-length': values.length && Number(values.length), 'x-dead-letter-exchange': values.deadLetters,
      };
      const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== ''));
      await put(path('queues', values.vhost, values.name), { durable: values.durable, auto_delete: values.autoDelete, arguments: { ...given, ...object(values.arguments, 'Arguments') } });
      notify(`Queue ${values.name} was added.`);
      element.reset();
      await refresh();
    },
  });
}

/** Which virtual host something is added to. */
export function virtualHostField() {
  return field({ name: 'vhost', label: 'Virtual host', options: session.virtualHosts.length > 0 ? session.virtualHosts : ['/'], value: session.virtualHost || '/' });
}

function features(queue) {
  const { 'x-queue-type': type, ...others } = queue.arguments ?? {};
  return [queue.type, queue.durable && 'durable', queue.auto_delete && 'auto-delete', queue.exclusive && 'exclusive', queue.policy && `policy ${queue.policy}`, fields(others)].filter(Boolean).join(' · ');
}
