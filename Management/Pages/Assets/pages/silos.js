import { h, replace } from '../app/dom.js';
import { get, path } from '../app/api.js';
import { count, octets, plural } from '../app/format.js';
import { session } from '../app/session.js';
import { Table } from '../widgets/table.js';
import { nodeTable } from './overview.js';

export function silosPage(page, content) {
  const nodes = nodeTable();
  const placement = h('section', { class: 'card' });
  const bars = h('div', { class: 'bars' });
  replace(content, h('section', { class: 'card' }, h('h2', null, 'Silos'), nodes.element), h('section', { class: 'card' }, h('h2', null, 'Memory and disk'), bars), placement);
  session.follow(page, () => {
    nodes.update(session.nodes);
    replace(bars, session.nodes.map((node) => h('div', { class: 'silo' }, h('h3', null, node.name),
      bar('Memory', node.mem_used, node.mem_limit, node.mem_limit ? `${octets(node.mem_used)} of ${octets(node.mem_limit)} before publishers are stopped` : `${octets(node.mem_used)}; there is no limit`),
      node.disk_free > 0 && bar('Disk limit', node.disk_free_limit, node.disk_free, `${octets(node.disk_free)} free; publishers are stopped below ${octets(node.disk_free_limit)}`))));
  });
  let table = null;
  let shownSilos = '';
  page.every(async (signal) => {
    const grains = await get('grains', signal);
    const silos = [...new Set([...session.nodes.map((node) => node.name), ...grains.map((grain) => grain.silo)])].sort();
    if (table === null || shownSilos !== silos.join()) {
      shownSilos = silos.join();
      table = grainTable(silos);
      replace(placement, h('h2', null, 'Where grains live'), h('p', { class: 'quiet' }, 'Activations by type. A queue that sleeps has none; where one is active its own page says.'), table.element);
    }
    table.update(byType(grains));
  });
}

function grainTable(silos) {
  return new Table({
    caption: 'Grains by type and silo', key: (row) => row.type, empty: 'No grain is active.',
    columns: [
      { title: 'Grain', isWide: true, text: (row) => row.type },
      ...silos.map((silo) => ({ title: silo, isNumber: true, text: (row) => count(row.silos.get(silo) ?? 0) })),
      { title: 'All', isNumber: true, text: (row) => count(row.total) },
    ],
  });
}

function byType(grains) {
  const types = new Map();
  for (const { type, silo, activations } of grains) {
    const row = types.get(type) ?? { type, silos: new Map(), total: 0 };
    row.silos.set(silo, (row.silos.get(silo) ?? 0) + activations);
    row.total += activations;
    types.set(type, row);
  }
  return [...types.values()].sort((a, b) => b.total - a.total || a.type.localeCompare(b.type));
}

function bar(label, value, most, text) {
  return h('div', { class: 'bar-row' }, h('span', null, label), h('meter', { min: 0, max: most || value || 1, value: most ? value : 0, 'aria-label': label }), h('span', { class: 'quiet' }, text));
}
