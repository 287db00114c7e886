import { h, replace, setText } from '../app/dom.js';
import { ApiError, exchangeName, get, path, query } from '../app/api.js';
import { rateOf } from '../app/format.js';
import { session } from '../app/session.js';
import { field, form } from '../widgets/form.js';
import { draw } from './drawing.js';

// A drawing of more is none that anybody reads; the filter chooses.
const mostExchanges = 60;
const mostBindings = 100;
const mostQueues = 120;
const atOnce = 8;
const structureEvery = 6;

export function topologyPage(page, content) {
  const virtualHost = session.virtualHost || session.virtualHosts[0] || '/';
  const drawing = h('div', { class: 'drawing scroll', tabindex: '0', role: 'region', 'aria-label': 'Drawing of the topology' });
  const note = h('p', { class: 'quiet' });
  replace(content, h('section', { class: 'card' },
    form({
      isInline: true,
      fields: [field({ name: 'name', label: 'Exchanges and queues whose name has', value: page.state.name ?? '', type: 'search' })],
      action: 'Draw',
      submit: async ({ name }) => {
        page.setState({ name: name || null });
        age = -1;
        await refresh();
      },
    }), drawing, note));
  let structure = null;
  let age = 0;
  const refresh = page.every(async (signal) => {
    const name = page.state.name ?? '';
    // One that was asked for before the filter changed may arrive after that.
    if (structure?.name !== name || ++age % structureEvery === 0) {
      structure = { name, ...await readStructure(virtualHost, name, signal) };
    }
    const queues = await readQueues(virtualHost, structure.queues, signal);
    draw(drawing, virtualHost, structure, queues);
    setText(note, describe(virtualHost, structure));
  });
}

/** Exchanges with their bindings, and the queues that they lead to or that the filter names. */
async function readStructure(virtualHost, name, signal) {
  const all = items(await get(path('exchanges', virtualHost) + query({ page: 1, page_size: 500 }), signal)).filter((exchange) => exchange.name !== '');
  // Those whose own name does not match may lead to a queue whose name does.
  const read = all.slice(0, mostExchanges * 4);
  const bindings = [];
  for (let at = 0; at < read.length; at += atOnce) {
    const lists = await Promise.all(read.slice(at, at + atOnce).map((exchange) =>
      get(`${path('exchanges', virtualHost, exchangeName(exchange.name))}/bindings/source${query({ page: 1, page_size: mostBindings })}`, signal).catch(vanished)));
    bindings.push(...lists.flatMap(items));
  }
  const named = items(await get(path('queues', virtualHost) + query({ page: 1, page_size: mostQueues, name: name && escape(name), use_regex: name && 'true', columns: 'name' }), signal)).map((queue) => queue.name);
  const matches = (text) => text.toLowerCase().includes(name.toLowerCase());
  const kept = bindings.filter((binding) => matches(binding.source) || matches(binding.destination));
  const ends = new Set(kept.flatMap((binding) => [binding.source, binding.destination_type === 'exchange' ? binding.destination : null]));
  const exchanges = all.filter((exchange) => ends.has(exchange.name) || (name !== '' && matches(exchange.name))).slice(0, mostExchanges);
  const drawn = new Set(exchanges.map((exchange) => exchange.name));
  const queues = [...new Set([...kept.filter((binding) => binding.destination_type === 'queue' && drawn.has(binding.source)).map((binding) => binding.destination), ...named])];
  const shown = new Set(queues.slice(0, mostQueues));
  return {
    exchanges, queues: [...shown],
    bindings: kept.filter((binding) => drawn.has(binding.source) && (binding.destination_type === 'exchange' ? drawn.has(binding.destination) : binding.destination_type === 'queue' && shown.has(binding.destination))),
    isCut: all.length > read.length || queues.length > mostQueues || named.length === mostQueues || ends.size > mostExchanges,
  };
}

/** How the queues stand, by name. Most come with one page; the rest is asked for one by one. */
async function readQueues(virtualHost, names, signal) {
  const columns = 'name,consumers,messages_ready,messages_unacknowledged,message_stats.publish_details.rate,message_stats.deliver_get_details.rate';
  const page = items(await get(path('queues', virtualHost) + query({ page: 1, page_size: 500, columns }), signal));
  const found = new Map(page.map((queue) => [queue.name, queue]));
  const missing = names.filter((name) => !found.has(name));
  for (let at = 0; at < missing.length; at += atOnce) {
    const queues = await Promise.all(missing.slice(at, at + atOnce).map((name) => get(path('queues', virtualHost, name), signal).catch(vanished)));
    queues.flatMap(items).forEach((queue) => found.set(queue.name, queue));
  }
  return new Map(names.filter((name) => found.has(name)).map((name) => [name, figures(found.get(name))]));
}

function figures(queue) {
  return {
    ready: queue.messages_ready ?? 0, unacked: queue.messages_unacknowledged ?? 0, consumers: queue.consumers ?? 0,
    in: rateOf(queue.message_stats, 'publish') ?? 0, out: rateOf(queue.message_stats, 'deliver_get') ?? 0,
  };
}

function describe(virtualHost, structure) {
  const parts = `Virtual host ${virtualHost}: ${structure.exchanges.length} exchanges with bindings, ${structure.queues.length} queues. A line is as strong as the rate into its queue.`;
  return structure.isCut ? `${parts} There are more than are drawn: the filter chooses.` : parts;
}

// What was deleted in between is not drawn.
function vanished(failure) {
  if (failure instanceof ApiError && failure.status === 404) {
    return [];
  }
  throw failure;
}

function items(answer) {
  return Array.isArray(answer) ? answer : answer.items ?? [answer];
}

function escape(text) {
  return `(?i)${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`;
}
