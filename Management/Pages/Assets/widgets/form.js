// Forms: fields with labels, refusals beside the button.

import { h, replace } from '../app/dom.js';

let ids = 0;

/** A text, number, password, choice (options), longer text (rows), or tick (type: 'checkbox'). */
export function field({ name, label, hint, type = 'text', value = '', options, rows, required, placeholder, list, min, max, autocomplete = 'off' }) {
  const id = `field${++ids}`;
  const described = hint ? `${id}-hint` : null;
  const common = { id, name, required, placeholder, 'aria-describedby': described };
  const input = options
    ? h('select', common, options.map((option) => {
      const [key, text] = Array.isArray(option) ? option : [option, option];
      return h('option', { value: key, selected: key === value }, text);
    }))
    : rows
      ? h('textarea', { ...common, rows, value, spellcheck: 'false' })
      : h('input', { ...common, type, min, max, autocomplete, list: list?.id, value: type === 'checkbox' ? null : value, checked: type === 'checkbox' && value === true, spellcheck: type === 'text' ? 'false' : null });
  return h('div', { class: type === 'checkbox' ? 'field tick' : 'field' }, h('label', { for: id }, label), input, list, hint && h('small', { id: described }, hint));
}

/** A form. Its action gets the values by the fields' names; what it throws is shown. */
export function form({ fields, action, submit, cancel, isInline = false, isDanger = false }) {
  const failure = h('p', { class: 'failure', role: 'alert', hidden: true });
  const button = h('button', { type: 'submit', class: isDanger ? 'danger' : 'primary' }, action);
  const element = h('form', { class: isInline ? 'form inline' : 'form', onsubmit: handle }, fields, failure,
    h('div', { class: 'buttons' }, cancel && h('button', { type: 'button', onclick: cancel }, 'Cancel'), button));

  async function handle(event) {
    event.preventDefault();
    button.disabled = true;
    failure.hidden = true;
    try {
      await submit(valuesOf(element), element);
    } catch (error) {
      replace(failure, error.message);
      failure.hidden = false;
    } finally {
      button.disabled = false;
    }
  }

  return element;
}

/** A section that opens: forms that are needed now and then. */
export function fold(title, ...content) {
  return h('details', { class: 'fold card' }, h('summary', null, title), content);
}

/** An object as JSON; an empty text is an empty one. */
export function object(text, what) {
  if (text.trim() === '') {
    return {};
  }
  let value;
  try {
    value = JSON.parse(text);
  } catch (failure) {
    throw new Error(`${what}: ${failure.message}`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error(`${what}: an object is allowed, such as {"x-max-length": 1000}`);
  }
  return value;
}

function valuesOf(element) {
  const values = {};
  for (const input of element.elements) {
    if (input.name) {
      values[input.name] = input.type === 'checkbox' ? input.checked : input.type === 'file' ? input.files[0] : input.value;
    }
  }
  return values;
}
