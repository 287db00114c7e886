// Tables. Rows are kept by their key and changed in place, so that neither focus nor selection is lost when figures move.

import { h, replace, setText, show } from '../app/dom.js';

/**
 * A table of rows. A column has a title and a text(row); it may have a link(row), a mark(row) that becomes the class of a badge,
 * isNumber, isWide for texts that may take room, and sort, the member that the server sorts by.
 */
export class Table {
  constructor({ caption, columns, key, actions, empty = 'There is nothing here.', sorting }) {
    Object.assign(this, { columns, key, actions, sorting, rows: new Map() });
    this.head = h('tr', null, columns.map((column) => this.header(column)), actions && h('th', { scope: 'col' }, h('span', { class: 'unseen' }, 'Actions')));
    this.body = h('tbody');
    this.empty = h('p', { class: 'empty', hidden: true }, empty);
    this.element = h('div', { class: 'table-area' },
      h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
        h('table', null, h('caption', { class: 'unseen' }, caption), h('thead', null, this.head), this.body)), this.empty);
  }

  update(items) {
    const kept = new Map();
    items.forEach((item) => {
      const key = this.key(item);
      const row = this.rows.get(key) ?? this.row(item);
      row.item = item;
      this.columns.forEach((column, at) => fill(row.cells[at], column, item));
      kept.set(key, row);
    });
    this.rows = kept;
    const elements = [...kept.values()].map((row) => row.element);
    if (elements.length !== this.body.children.length || elements.some((element, at) => this.body.children[at] !== element)) {
      reorder(this.body, elements);
    }
    show(this.empty, items.length === 0);
  }

  header(column) {
    const attributes = { scope: 'col', class: column.isNumber ? 'number' : null };
    if (!column.sort || !this.sorting) {
      return h('th', attributes, column.title);
    }
    const { sort, isReversed } = this.sorting.current();
    const isSorted = sort === column.sort;
    return h('th', { ...attributes, 'aria-sort': isSorted ? (isReversed ? 'descending' : 'ascending') : null },
      h('button', { type: 'button', class: 'sort', onclick: () => this.sort(column) }, column.title, h('span', { class: 'arrow', 'aria-hidden': 'true' }, isSorted ? (isReversed ? '▾' : '▴') : '')));
  }

  /** First what is largest, for that is what figures are sorted for; then the other way, then not at all. */
  sort(column) {
    const { sort, isReversed } = this.sorting.current();
    const first = column.isNumber ?? false;
    const next = sort !== column.sort ? [column.sort, first] : isReversed === first ? [column.sort, !first] : [null, false];
    this.sorting.set(...next);
    const at = [...this.head.children].findIndex((cell) => cell.contains(document.activeElement));
    replace(this.head, this.columns.map((each) => this.header(each)), this.actions && this.head.lastChild);
    this.head.children[at]?.querySelector('button')?.focus();
  }

  row(item) {
    const row = { item };
    row.cells = this.columns.map((column) => cell(column));
    row.element = h('tr', null, row.cells, this.actions && h('td', { class: 'actions' }, this.actions(() => row.item)));
    return row;
  }
}

/** A button in a row. */
export function rowButton(text, label, action, kind = '') {
  return h('button', { type: 'button', class: `small ${kind}`, title: label, 'aria-label': label, onclick: action }, text);
}

function cell(column) {
  return h('td', { class: [column.isNumber && 'number', column.isWide && 'wide'].filter(Boolean).join(' ') || null },
    column.link ? h('a', null) : column.mark ? h('span', { class: 'badge' }) : null);
}

function fill(element, column, item) {
  const text = column.text(item);
  const inner = element.firstElementChild ?? element;
  setText(inner, text);
  if (column.link) {
    const address = column.link(item);
    if (address === null) {
      inner.removeAttribute('href');
    } else if (inner.getAttribute('href') !== address) {
      inner.setAttribute('href', address);
    }
  } else if (column.mark) {
    inner.className = text === '' ? '' : `badge ${column.mark(item)}`;
  }
  if (column.isWide) {
    element.title = text ?? '';
  }
}

// Moves only what is out of place: a button that has the focus keeps it.
function reorder(body, elements) {
  const wanted = new Set(elements);
  [...body.children].filter((element) => !wanted.has(element)).forEach((element) => element.remove());
  elements.forEach((element, at) => {
    if (body.children[at] !== element) {
      body.insertBefore(element, body.children[at] ?? null);
    }
  });
}
