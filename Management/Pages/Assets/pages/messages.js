import { h, replace } from '../app/dom.js';
import { post } from '../app/api.js';
import { count, fields, octets, plural } from '../app/format.js';
import { confirm } from '../widgets/dialog.js';
import { field, form } from '../widgets/form.js';

const shown = 65_536;

const ways = [
  ['peek', 'Look at them: they stay as they are'],
  ['ack_requeue_false', 'Get them: they leave the queue'],
  ['reject_requeue_false', 'Reject them: they are dead-lettered or dropped'],
];

/** Looks at messages, or takes them out of a queue. */
export function browser({ address, refresh }) {
  const results = h('div', { class: 'messages', 'aria-live': 'polite' });
  return h('div', null,
    h('p', { class: 'quiet' }, 'Messages that are looked at stay in their places, unmarked. Consumers may get them in between.'),
    form({
      isInline: true,
      fields: [
        field({ name: 'how', label: 'What becomes of them', options: ways }),
        field({ name: 'count', label: 'Messages', type: 'number', min: 1, max: 500, value: '10', required: true }),
        field({ name: 'encoding', label: 'Payload', options: [['auto', 'Text where it is text'], ['base64', 'Base64']] }),
      ],
      action: 'Get messages',
      submit: async ({ how, count: number, encoding }) => {
        if (how !== 'peek' && !await confirm({
          title: how === 'ack_requeue_false' ? 'Take messages out?' : 'Reject messages?',
          text: `Up to ${plural(Number(number), 'message')} will leave the queue. This cannot be undone.`, action: how === 'ack_requeue_false' ? 'Take out' : 'Reject',
        })) {
          return;
        }
        const asked = { count: Number(number), encoding, truncate: shown };
        const messages = how === 'peek' ? await post(`${address}/peek`, asked) : await post(`${address}/get`, { ...asked, ackmode: how });
        replace(results, messages.length === 0 ? h('p', { class: 'empty' }, 'The queue is empty.') : messages.map(message));
        await refresh();
      },
    }), results);
}

function message(item, at) {
  const { headers, ...properties } = item.properties ?? {};
  return h('article', { class: 'message' },
    h('header', null, h('b', null, `${at + 1}`), ` ${item.exchange === '' ? '(default)' : item.exchange} → ${item.routing_key}`,
      item.redelivered && h('span', { class: 'badge quiet' }, 'redelivered'), h('span', { class: 'quiet' }, octets(item.payload_bytes))),
    Object.keys(properties).length > 0 && h('p', { class: 'quiet' }, fields(properties)),
    headers && Object.keys(headers).length > 0 && h('details', null, h('summary', null, `Headers: ${Object.keys(headers).join(', ')}`), h('pre', { tabindex: '0' }, JSON.stringify(headers, null, 2))),
    h('pre', { tabindex: '0', 'aria-label': 'Payload' }, item.payload),
    item.payload_bytes > shown && h('p', { class: 'quiet' }, `The first ${octets(shown)} of ${count(item.payload_bytes)} octets.`));
}
