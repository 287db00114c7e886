// The login: it stays in this page's memory, and a reload asks again.

import { h } from './dom.js';
import { logIn } from './api.js';
import { field, form } from '../widgets/form.js';

export function loginForm(enter, reason) {
  return h('main', { class: 'login' },
    h('div', { class: 'card' },
      h('h1', null, h('img', { src: 'icon.svg', alt: '', width: '28', height: '28' }), 'OrleansBroker'),
      reason && h('p', { class: 'failure', role: 'alert' }, reason),
      form({
        fields: [
          field({ name: 'user', label: 'User', required: true, autocomplete: 'username' }),
          field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' }),
        ],
        action: 'Log in',
        submit: async ({ user, password }) => enter(await logIn(user, password)),
      })));
}
