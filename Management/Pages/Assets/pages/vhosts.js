import { h, replace } from '../app/dom.js';
import { get, path, put, remove } from '../app/api.js';
import { compact } from '../app/format.js';
import { session } from '../app/session.js';
import { attempt, confirm, notify } from '../widgets/dialog.js';
import { field, fold, form } from '../widgets/form.js';
import { Table, rowButton } from '../widgets/table.js';

export function virtualHostsPage(page, content) {
  const table = new Table({
    caption: 'Virtual hosts', key: (each) => each.name,
    columns: [
      { title: 'Name', isWide: true, text: (each) => each.name },
      { title: 'Description', isWide: true, text: (each) => each.description },
      { title: 'Default queue type', text: (each) => (each.default_queue_type === 'undefined' ? '' : each.default_queue_type) },
      { title: 'Tags', text: (each) => (Array.isArray(each.tags) ? each.tags.join(', ') : each.tags) },
      { title: 'Ready', isNumber: true, text: (each) => compact(each.messages_ready) },
      { title: 'Unacked', isNumber: true, text: (each) => compact(each.messages_unacknowledged) },
      { title: 'Limits', isWide: true, text: (each) => each.limits },
    ],
    actions: session.isAdministrator ? (row) => [
      rowButton('Limits', 'Set a limit of the virtual host', () => setLimit(row().name)),
      rowButton('Delete', 'Delete the virtual host', () => deleteIt(row().name), 'danger'),
    ] : null,
  });
  const limit = h('div');
  replace(content, h('section', { class: 'card' }, table.element), limit, session.isAdministrator && fold('Add a virtual host', addition()));
  const refresh = page.every(async (signal) => {
    const [found, limits] = await Promise.all([get('vhosts', signal), get('vhost-limits', signal)]);
    const text = new Map(limits.map((each) => [each.vhost, Object.entries(each.value).map(([name, value]) => `${name}: ${value}`).join(', ')]));
    table.update(found.map((each) => ({ ...each, limits: text.get(each.name) ?? '' })));
  });

  function addition() {
    return form({
      isInline: true,
      fields: [
        field({ name: 'name', label: 'Name', required: true }), field({ name: 'description', label: 'Description' }), field({ name: 'tags', label: 'Tags' }),
        field({ name: 'type', label: 'Default queue type', options: [['', 'None'], 'classic', 'quorum'] }),
      ],
      action: 'Add virtual host',
      submit: async (values, element) => {
        await put(path('vhosts', values.name), { description: values.description, tags: values.tags, ...(values.type && { default_queue_type: values.type }) });
        notify(`Virtual host ${values.name} was added.`);
        element.reset();
        await refresh();
      },
    });
  }

  function setLimit(name) {
    replace(limit, h('section', { class: 'card' }, h('h2', null, `Limits of ${name}`), form({
      isInline: true,
      fields: [field({ name: 'limit', label: 'Limit', options: ['max-connections', 'max-queues'] }), field({ name: 'value', label: 'Value', type: 'number', min: -1, required: true, hint: 'negative: no limit' })],
      action: 'Set limit',
      cancel: () => replace(limit),
      submit: async (values) => {
        const address = path('vhost-limits', name, values.limit);
        await (Number(values.value) < 0 ? remove(address) : put(address, { value: Number(values.value) }));
        notify('The limit was set.');
        replace(limit);
        await refresh();
      },
    })));
    limit.querySelector('select').focus();
  }

  async function deleteIt(name) {
    if (await confirm({ title: `Delete ${name}?`, text: `Everything in the virtual host ${name} will be gone: queues with their messages, exchanges, permissions, policies. Its connections are closed. This cannot be undone.`, action: 'Delete' })) {
      await attempt(() => remove(path('vhosts', name)), `Virtual host ${name} was deleted.`);
      await refresh();
    }
  }
}
