// The topology as a drawing: exchanges from left to right as they lead to one another, queues, and how many consumers each has.

import { svg, replace } from '../app/dom.js';
import { path } from '../app/api.js';
import { compact, plural, rate } from '../app/format.js';

const box = { width: 190, height: 40, between: 12, column: 300 };
const margin = 10;

export function draw(element, virtualHost, { exchanges, queues, bindings }, figures) {
  const layers = layersOf(exchanges, bindings);
  const depth = Math.max(0, ...layers.values());
  const columns = Array.from({ length: depth + 2 }, () => []);
  exchanges.forEach((exchange) => columns[layers.get(exchange.name)].push({ key: `e ${exchange.name}`, exchange }));
  queues.filter((name) => figures.has(name)).forEach((name) => columns[depth + 1].push({ key: `q ${name}`, queue: name }));
  const places = place(columns, bindings);
  const height = Math.max(...columns.map((column) => column.length), 1) * (box.height + box.between) + 2 * margin;
  const width = (columns.length - 1) * box.column + box.width + 110 + 2 * margin;
  const most = Math.max(1, ...[...figures.values()].map((queue) => queue.in));
  const focused = element.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  replace(element, svg('svg', { class: 'topology', width, height, viewBox: `0 0 ${width} ${height}`, role: 'group', 'aria-label': 'Exchanges and queues' },
    bindings.map((binding) => edge(binding, places, figures, most)),
    columns.flat().map((node) => (node.exchange ? exchangeBox(node, places, virtualHost) : queueBox(node, places, virtualHost, figures.get(node.queue))))));
  if (focused !== null) {
    [...element.querySelectorAll('a')].find((link) => link.getAttribute('href') === focused)?.focus();
  }
}

/** How many exchanges a message passes at most before it comes to each. */
function layersOf(exchanges, bindings) {
  const layers = new Map(exchanges.map((exchange) => [exchange.name, 0]));
  const between = bindings.filter((binding) => binding.destination_type === 'exchange');
  // Bindings may go round in a circle: as many rounds as there are exchanges are enough.
  for (let round = 0; round < Math.min(exchanges.length, 6); round++) {
    for (const binding of between) {
      layers.set(binding.destination, Math.max(layers.get(binding.destination), Math.min(layers.get(binding.source) + 1, 5)));
    }
  }
  return layers;
}

/** Where each box stands: in each column near what leads to it, so that few lines cross. */
function place(columns, bindings) {
  const places = new Map();
  const sources = new Map();
  for (const binding of bindings) {
    const to = `${binding.destination_type === 'queue' ? 'q' : 'e'} ${binding.destination}`;
    sources.set(to, [...(sources.get(to) ?? []), `e ${binding.source}`]);
  }
  columns.forEach((column, at) => {
    const weight = new Map(column.map((node, index) => {
      const known = (sources.get(node.key) ?? []).filter((key) => places.has(key)).map((key) => places.get(key).y);
      return [node, known.length > 0 ? known.reduce((sum, y) => sum + y, 0) / known.length : 1e6 + index];
    }));
    column.sort((a, b) => weight.get(a) - weight.get(b));
    column.forEach((node, index) => places.set(node.key, { x: margin + at * box.column, y: margin + index * (box.height + box.between) }));
  });
  return places;
}

function edge(binding, places, figures, most) {
  const from = places.get(`e ${binding.source}`);
  const to = places.get(`${binding.destination_type === 'queue' ? 'q' : 'e'} ${binding.destination}`);
  if (!from || !to) {
    return null;
  }
  const [x1, y1, x2, y2] = [from.x + box.width, from.y + box.height / 2, to.x, to.y + box.height / 2];
  const bend = Math.max(40, Math.abs(x2 - x1) / 2);
  const flow = binding.destination_type === 'queue' ? figures.get(binding.destination)?.in ?? 0 : 0;
  const key = binding.routing_key === '' ? 'no routing key' : binding.routing_key;
  return svg('path', { class: flow > 0 ? 'edge flowing' : 'edge', d: `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`, 'stroke-width': (1 + 3 * Math.sqrt(flow / most)).toFixed(2) },
    svg('title', null, `${binding.source} → ${binding.destination}: ${key}`));
}

function exchangeBox({ key, exchange }, places, virtualHost) {
  const { x, y } = places.get(key);
  return svg('a', { href: `#/${path('exchanges', virtualHost, exchange.name)}`, class: 'node exchange' },
    svg('title', null, `Exchange ${exchange.name}, ${exchange.type}`),
    svg('rect', { x, y, width: box.width, height: box.height, rx: 20 }),
    svg('text', { x: x + 16, y: y + 17 }, cut(exchange.name, 21)), svg('text', { x: x + 16, y: y + 32, class: 'sub' }, exchange.type));
}

function queueBox({ key, queue }, places, virtualHost, { ready, unacked, consumers, in: into, out }) {
  const { x, y } = places.get(key);
  return svg('a', { href: `#/${path('queues', virtualHost, queue)}`, class: 'node queue' },
    svg('title', null, `Queue ${queue}: ${ready} ready, ${unacked} unacked, in ${rate(into)}, out ${rate(out)}, ${plural(consumers, 'consumer')}`),
    svg('rect', { x, y, width: box.width, height: box.height, rx: 5 }),
    svg('text', { x: x + 10, y: y + 17 }, cut(queue, 22)),
    svg('text', { x: x + 10, y: y + 32, class: 'sub' }, `${compact(ready)} ready · in ${rate(into)} · out ${rate(out)}`),
    svg('text', { x: x + box.width + 8, y: y + 25, class: consumers > 0 ? 'sub consumers' : 'sub' }, consumers > 0 ? `→ ${plural(consumers, 'consumer')}` : ''));
}

function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
