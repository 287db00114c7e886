// A list of the API: the server pages, filters and sorts, so that a million rows are no more work than a hundred.

import { h, setText } from '../app/dom.js';
import { get, query } from '../app/api.js';
import { count } from '../app/format.js';
import { Table } from './table.js';

const sizes = [50, 100, 200, 500];

/**
 * A filter, a table and a pager over a path of the API. The state is in the address, where "back" and bookmarks find it.
 * What a page asks for besides stands in parameters; arrange may change the rows that came.
 */
export function list(page, { caption, path, columns, key, actions, empty, parameters = {}, filterLabel = 'Filter by name', arrange = (items) => items, onPage }) {
  const state = page.state;
  const change = (values) => {
    page.setState(values);
    return again();
  };
  const table = new Table({
    caption, columns, key, actions, empty,
    sorting: { current: () => ({ sort: state.sort, isReversed: state.reverse === 'true' }), set: (sort, isReversed) => change({ sort, reverse: isReversed ? 'true' : null, page: null }) },
  });
  const pattern = h('input', { type: 'search', value: state.name ?? '', placeholder: filterLabel, 'aria-label': filterLabel, spellcheck: 'false' });
  const isRegex = h('input', { type: 'checkbox', checked: state.regex === 'true' });
  const filter = () => change({ name: pattern.value || null, regex: isRegex.checked ? 'true' : null, page: null });
  let typing = 0;
  pattern.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(filter, 300);
  });
  isRegex.addEventListener('change', filter);
  const size = h('select', { 'aria-label': 'Rows on a page', onchange: () => change({ size: size.value, page: null }) },
    sizes.map((each) => h('option', { value: each, selected: String(each) === (state.size ?? '100') }, `${each} a page`)));
  const pager = makePager((at) => change({ page: at === 1 ? null : String(at) }));
  const element = h('section', { class: 'card list' },
    h('form', { class: 'toolbar', role: 'search', onsubmit: (event) => { event.preventDefault(); filter(); } },
      pattern, h('label', { class: 'tick' }, isRegex, 'Regex'), h('span', { class: 'grow' }), pager.summary, size),
    table.element, pager.element);
  const again = page.every(async (signal) => {
    const answer = await get(path() + query({
      page: state.page ?? '1', page_size: state.size ?? '100', name: state.name, use_regex: state.name && state.regex, sort: state.sort, sort_reverse: state.reverse, ...parameters,
    }), signal);
    // Users and the like come whole from some servers.
    const items = Array.isArray(answer) ? answer : answer.items;
    table.update(arrange(items));
    pager.update(Array.isArray(answer) ? { page: 1, page_count: 1, filtered_count: items.length, total_count: items.length } : answer);
    onPage?.(answer);
  });
  return { element, refresh: again };
}

function makePager(go) {
  let now = { page: 1, page_count: 1 };
  const button = (text, label, target) => h('button', { type: 'button', class: 'small', 'aria-label': label, onclick: () => go(target()) }, text);
  const buttons = [button('«', 'First page', () => 1), button('‹', 'Previous page', () => now.page - 1), button('›', 'Next page', () => now.page + 1), button('»', 'Last page', () => now.page_count)];
  const number = h('input', { type: 'number', min: '1', 'aria-label': 'Page', onchange: () => go(Math.min(Math.max(1, Math.floor(Number(number.value)) || 1), now.page_count)) });
  const of = h('span');
  const summary = h('span', { class: 'quiet' });
  const element = h('nav', { class: 'pager', 'aria-label': 'Pages', hidden: true }, buttons[0], buttons[1], number, of, buttons[2], buttons[3]);
  return {
    element, summary,
    update(answer) {
      now = { page: answer.page, page_count: Math.max(1, answer.page_count) };
      element.hidden = now.page_count <= 1;
      if (document.activeElement !== number) {
        number.value = now.page;
      }
      setText(of, `of ${count(now.page_count)}`);
      setText(summary, answer.filtered_count === answer.total_count ? count(answer.total_count) : `${count(answer.filtered_count)} of ${count(answer.total_count)}`);
      buttons.forEach((each, at) => { each.disabled = at < 2 ? now.page <= 1 : now.page >= now.page_count; });
    },
  };
}
