// What asks before it acts, and what tells that something was done.

import { h } from '../app/dom.js';
import { form } from './form.js';

const notices = h('div', { class: 'notices', role: 'status', 'aria-live': 'polite' });

/** Where notices appear. */
export function noticeArea() {
  return notices;
}

/** Tells that something was done, or why it was not. */
export function notify(text, kind = 'done') {
  const notice = h('div', { class: `notice ${kind}` }, h('span', null, text),
    h('button', { type: 'button', class: 'plain', 'aria-label': 'Dismiss', onclick: () => notice.remove() }, '×'));
  notices.append(notice);
  while (notices.children.length > 4) {
    notices.firstChild.remove();
  }
  // What went wrong stays until somebody has read it.
  if (kind === 'done') {
    setTimeout(() => notice.remove(), 6000);
  }
}

/** Runs an action, and tells what became of it. True where it was done. */
export async function attempt(action, done) {
  try {
    await action();
  } catch (failure) {
    notify(failure.message, 'failed');
    return false;
  }
  if (done) {
    notify(done);
  }
  return true;
}

/** Asks whether something that cannot be undone is to be done. */
export function confirm({ title, text, action }) {
  return new Promise((resolve) => {
    let answer = false;
    const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title', onclose: () => { dialog.remove(); resolve(answer); } },
      h('h2', { id: 'dialog-title' }, title), h('p', null, text),
      h('div', { class: 'buttons' },
        h('button', { type: 'button', autofocus: true, onclick: () => dialog.close() }, 'Cancel'),
        h('button', { type: 'button', class: 'danger', onclick: () => { answer = true; dialog.close(); } }, action)));
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A form in a dialog. It closes when what it asks for was done; a refusal is shown in it. */
export function ask({ title, fields, action, submit }) {
  const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title', onclose: () => dialog.remove() },
    h('h2', { id: 'dialog-title' }, title),
    form({ fields, action, submit: async (values) => { await submit(values); dialog.close(); }, cancel: () => dialog.close() }));
  document.body.append(dialog);
  dialog.showModal();
}
