import { replace } from '../app/dom.js';
import { path, put, remove } from '../app/api.js';
import { session } from '../app/session.js';
import { attempt, confirm, notify } from '../widgets/dialog.js';
import { field, fold, form } from '../widgets/form.js';
import { list } from '../widgets/list.js';
import { rowButton } from '../widgets/table.js';

export const tagHint = 'administrator, monitoring, policymaker, management; none for clients only';

/** Tags as one text, whatever version of the API wrote them. */
export function tagsOf(user) {
  return Array.isArray(user.tags) ? user.tags.join(', ') : user.tags;
}

export function usersPage(page, content) {
  const users = list(page, {
    caption: 'Users', path: () => 'users', key: (user) => user.name,
    columns: [
      { title: 'Name', sort: 'name', isWide: true, text: (user) => user.name, link: (user) => `#/${path('users', user.name)}` },
      { title: 'Tags', text: tagsOf },
      { title: 'Password', text: (user) => (user.password_hash ? 'set' : 'none here: configuration or certificate') },
    ],
    actions: (row) => rowButton('Delete', 'Delete the user', () => deleteUser(row().name).then(users.refresh), 'danger'),
  });
  replace(content, users.element, fold('Add a user', form({
    isInline: true,
    fields: [
      field({ name: 'name', label: 'Name', required: true }),
      field({ name: 'password', label: 'Password', type: 'password', required: true, autocomplete: 'new-password' }),
      field({ name: 'tags', label: 'Tags', hint: tagHint }),
    ],
    action: 'Add user',
    submit: async (values, element) => {
      await put(path('users', values.name), { password: values.password, tags: values.tags });
      notify(`User ${values.name} was added. Permissions are set on the user's page.`);
      element.reset();
      await users.refresh();
    },
  })));
}

/** Deletes a user, once somebody has said yes. True where it was done. */
export async function deleteUser(name) {
  const own = name === session.user ? ' This is the user that you are logged in as.' : '';
  return await confirm({ title: `Delete ${name}?`, text: `The user, with all permissions, will be gone, and its connections closed.${own}`, action: 'Delete' })
    && attempt(() => remove(path('users', name)), `User ${name} was deleted.`);
}
