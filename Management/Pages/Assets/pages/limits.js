import { h } from '../app/dom.js';
import { get, path, put, remove } from '../app/api.js';
import { attempt, notify } from '../widgets/dialog.js';
import { field, fold, form } from '../widgets/form.js';
import { Table, rowButton } from '../widgets/table.js';

const names = { 'user-limits': ['max-connections', 'max-channels'], 'vhost-limits': ['max-connections', 'max-queues'] };

/** The limits of a user or of a virtual host. */
export function limitsOf(page, kind, owner) {
  const table = new Table({
    caption: 'Limits', key: ([name]) => name, empty: 'There is no limit.',
    columns: [{ title: 'Limit', text: ([name]) => name }, { title: 'Value', isNumber: true, text: ([, value]) => String(value) }],
    actions: (row) => rowButton('Remove', 'Remove the limit', async () => {
      await attempt(() => remove(path(kind, owner, row()[0])), 'The limit was removed.');
      await refresh();
    }, 'danger'),
  });
  const element = h('section', { class: 'card' }, h('h2', null, 'Limits'), table.element, fold('Set a limit', form({
    isInline: true,
    fields: [field({ name: 'limit', label: 'Limit', options: names[kind] }), field({ name: 'value', label: 'Value', type: 'number', min: -1, required: true, hint: 'negative: no limit' })],
    action: 'Set limit',
    submit: async ({ limit, value }) => {
      await put(path(kind, owner, limit), { value: Number(value) });
      notify('The limit was set.');
      await refresh();
    },
  })));
  const refresh = page.every(async (signal) => {
    const found = await get(path(kind, owner), signal);
    table.update(Object.entries(found[0]?.value ?? {}));
  });
  return { element };
}
