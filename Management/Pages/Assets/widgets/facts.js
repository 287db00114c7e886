// Figures at a glance, and lists of names and values.

import { h, setText } from '../app/dom.js';

/** Large figures. Each has a label and a text(data). */
export function tiles(entries) {
  const outputs = entries.map(() => h('dd'));
  const element = h('dl', { class: 'tiles' }, entries.map((entry, at) => h('div', { class: `tile ${entry.kind ?? ''}` }, h('dt', null, entry.label), outputs[at])));
  return { element, update: (data) => entries.forEach((entry, at) => setText(outputs[at], entry.text(data))) };
}

/** Names and values; those without a value are hidden. A value may link. */
export function facts(entries) {
  const rows = entries.map((entry) => {
    const value = h(entry.link ? 'a' : 'span');
    return { entry, value, element: h('div', { hidden: true }, h('dt', null, entry.label), h('dd', null, value)) };
  });
  return {
    element: h('dl', { class: 'facts' }, rows.map((row) => row.element)),
    update(data) {
      rows.forEach(({ entry, value, element }) => {
        const text = entry.text(data);
        element.hidden = text == null || text === '';
        setText(value, text);
        if (entry.link && text) {
          value.setAttribute('href', entry.link(data));
        }
      });
    },
  };
}
