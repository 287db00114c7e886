import { h, setText } from '../app/dom.js';
import { path, post } from '../app/api.js';
import { plural } from '../app/format.js';
import { confirm, notify } from '../widgets/dialog.js';
import { field, form } from '../widgets/form.js';

// One request moves so many at most: progress is seen, and whoever stops waits for one request only.
const step = 1000;

/** Moves messages to another queue, and dead letters back to where they came from. */
export function transfers({ virtualHost, name, refresh }) {
  const address = path('queues', virtualHost, name);
  const progress = h('output', { class: 'quiet' });
  const stop = h('button', { type: 'button', hidden: true, onclick: () => { stopped = true; } }, 'Stop');
  let stopped = false;

  async function run(action, body, most) {
    let [moved, left] = [0, most];
    let last = null;
    stopped = false;
    stop.hidden = false;
    try {
      do {
        last = await post(`${address}/${action}`, { ...body, count: Math.min(step, left) });
        moved += last.moved;
        left -= last.moved;
        setText(progress, `${plural(moved, 'message')} moved so far, ${last.messages_ready} ready here.`);
      } while (!stopped && left > 0 && last.moved > 0 && last.messages_ready > last.skipped && !last.reason);
    } finally {
      stop.hidden = true;
      setText(progress, '');
      await refresh();
    }
    const skipped = last.skipped > 0 ? ` ${plural(last.skipped, 'message')} stayed: ${last.skipped_reason}.` : '';
    notify(`${plural(moved, 'message')} moved.${skipped}${last.reason ? ` Stopped: ${last.reason}.` : ''}`, last.reason || (moved === 0 && last.skipped > 0) ? 'failed' : 'done');
  }

  return h('div', { class: 'columns' },
    h('div', null, h('h3', null, 'Move to another queue'),
      h('p', { class: 'quiet' }, 'Each message leaves here when the other queue has confirmed it. It keeps its exchange, routing key and headers.'),
      form({
        isInline: true,
        fields: [field({ name: 'destination', label: 'To queue', required: true }), field({ name: 'count', label: 'At most', type: 'number', min: 1, placeholder: 'all' })],
        action: 'Move',
        submit: async ({ destination, count }) => {
          if (await confirm({ title: `Move messages to ${destination}?`, text: `${count === '' ? 'All messages' : `Up to ${plural(Number(count), 'message')}`} of ${name} will go to the end of ${destination}.`, action: 'Move' })) {
            await run('move', { destination }, count === '' ? Infinity : Number(count));
          }
        },
      })),
    h('div', null, h('h3', null, 'Re-drive dead letters'),
      h('p', { class: 'quiet' }, 'Each dead letter goes back to the queue where it died last, under the exchange and the key that it had there. Others stay.'),
      form({
        isInline: true,
        fields: [field({ name: 'count', label: 'At most', type: 'number', min: 1, placeholder: 'all' })],
        action: 'Re-drive',
        submit: async ({ count }) => {
          if (await confirm({ title: 'Re-drive dead letters?', text: `${count === '' ? 'All dead letters' : `Up to ${plural(Number(count), 'dead letter')}`} of ${name} will go back to the queues where they died.`, action: 'Re-drive' })) {
            await run('redrive', {}, count === '' ? Infinity : Number(count));
          }
        },
      })),
    h('div', null, progress, ' ', stop));
}
