import { h, replace } from '../app/dom.js';
import { get, path, put, remove } from '../app/api.js';
import { attempt, confirm, notify } from '../widgets/dialog.js';
import { facts } from '../widgets/facts.js';
import { field, fold, form } from '../widgets/form.js';
import { Table, rowButton } from '../widgets/table.js';
import { virtualHostField } from './queues.js';
import { limitsOf } from './limits.js';
import { deleteUser, tagHint, tagsOf } from './users.js';

export function userPage(page, content, head) {
  const [name] = page.names;
  const about = facts([{ label: 'Tags', text: (user) => tagsOf(user) || 'none' }, { label: 'Password', text: (user) => (user.password_hash ? `set (${user.hashing_algorithm ?? 'hashed'})` : 'none here: configuration or certificate') }]);
  const permissions = new Table({
    caption: 'Permissions', key: (each) => each.vhost, empty: 'The user may enter no virtual host.',
    columns: [
      { title: 'Virtual host', text: (each) => each.vhost }, { title: 'Configure', isWide: true, text: (each) => each.configure },
      { title: 'Write', isWide: true, text: (each) => each.write }, { title: 'Read', isWide: true, text: (each) => each.read },
    ],
    actions: (row) => rowButton('Clear', 'Clear the permissions', () => clear(path('permissions', row().vhost, name)), 'danger'),
  });
  const topics = new Table({
    caption: 'Topic permissions', key: (each) => JSON.stringify([each.vhost, each.exchange]), empty: 'Routing keys are not narrowed.',
    columns: [
      { title: 'Virtual host', text: (each) => each.vhost }, { title: 'Exchange', text: (each) => each.exchange || '(default)' },
      { title: 'Write', isWide: true, text: (each) => each.write }, { title: 'Read', isWide: true, text: (each) => each.read },
    ],
    actions: (row) => rowButton('Clear', 'Clear the topic permissions', () => clear(path('topic-permissions', row().vhost, name, row().exchange)), 'danger'),
  });
  head.append(h('div', { class: 'buttons' }, h('button', { type: 'button', class: 'danger', onclick: async () => { if (await deleteUser(name)) { location.hash = '#/users'; } } }, 'Delete')));
  replace(content,
    h('section', { class: 'card' }, h('h2', null, 'User'), about.element, fold('Change tags or password', account())),
    h('section', { class: 'card' }, h('h2', null, 'Permissions'), permissions.element, fold('Set permissions', permissionForm())),
    h('section', { class: 'card' }, h('h2', null, 'Topic permissions'), topics.element, fold('Set topic permissions', topicForm())),
    limitsOf(page, 'user-limits', name).element);
  let current = null;
  const refresh = page.every(async (signal) => {
    const user = path('users', name);
    const [found, allowed, narrowed] = await Promise.all([get(user, signal), get(`${user}/permissions`, signal), get(`${user}/topic-permissions`, signal)]);
    current = found;
    about.update(found);
    permissions.update(allowed);
    topics.update(narrowed);
  });

  async function clear(address) {
    if (await confirm({ title: 'Clear the permissions?', text: `${name} may not do any more what they allowed; connections that are open see that with what they do next.`, action: 'Clear' })) {
      await attempt(() => remove(address), 'The permissions were cleared.');
      await refresh();
    }
  }

  function account() {
    return form({
      isInline: true,
      fields: [
        field({ name: 'tags', label: 'Tags', hint: tagHint }),
        field({ name: 'keepTags', label: 'Keep the tags', type: 'checkbox', value: true }),
        field({ name: 'password', label: 'New password', type: 'password', autocomplete: 'new-password', hint: 'empty: as it is' }),
      ],
      action: 'Change user',
      submit: async (values, element) => {
        const secret = values.password !== '' ? { password: values.password } : { password_hash: current.password_hash, hashing_algorithm: current.hashing_algorithm };
        await put(path('users', name), { ...secret, tags: values.keepTags ? tagsOf(current) : values.tags });
        notify(`User ${name} was changed.`);
        element.reset();
        await refresh();
      },
    });
  }

  function permissionForm() {
    return form({
      isInline: true,
      fields: [virtualHostField(), ...['configure', 'write', 'read'].map((each) => field({ name: each, label: `${each[0].toUpperCase()}${each.slice(1)} (regex)`, value: '.*' }))],
      action: 'Set permissions',
      submit: async ({ vhost, configure, write, read }) => {
        await put(path('permissions', vhost, name), { configure, write, read });
        notify('The permissions were set.');
        await refresh();
      },
    });
  }

  function topicForm() {
    return form({
      isInline: true,
      fields: [virtualHostField(), field({ name: 'exchange', label: 'Exchange', value: 'amq.topic', required: true }), field({ name: 'write', label: 'Write (regex)', value: '.*' }), field({ name: 'read', label: 'Read (regex)', value: '.*' })],
      action: 'Set topic permissions',
      submit: async ({ vhost, exchange, write, read }) => {
        await put(path('topic-permissions', vhost, name), { exchange, write, read });
        notify('The topic permissions were set.');
        await refresh();
      },
    });
  }
}
