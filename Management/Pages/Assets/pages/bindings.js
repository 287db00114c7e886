import { h, replace, setText } from '../app/dom.js';
import { exchangeName, get, path, post, query, remove } from '../app/api.js';
import { count, fields } from '../app/format.js';
import { attempt, confirm, notify } from '../widgets/dialog.js';
import { field, fold, form, object } from '../widgets/form.js';
import { Table, rowButton } from '../widgets/table.js';

const most = 200;

/** The bindings that lead to a queue or an exchange, or (isSource) from an exchange: a list, and a form for another one. */
export function bindingsOf(page, { virtualHost, name, kind, isSource = false }) {
  const address = kind === 'queue' ? `${path('queues', virtualHost, name)}/bindings` : `${path('exchanges', virtualHost, exchangeName(name))}/bindings/${isSource ? 'source' : 'destination'}`;
  const far = isSource
    ? { title: 'To', text: (binding) => `${binding.destination_type} ${binding.destination}`, link: (binding) => linkTo(binding) }
    : { title: 'From', text: (binding) => (binding.source === '' ? '(default)' : binding.source), link: (binding) => `#/${path('exchanges', binding.vhost, exchangeName(binding.source))}` };
  const table = new Table({
    caption: 'Bindings', empty: 'There is no binding.',
    key: (binding) => JSON.stringify([binding.source, binding.destination_type, binding.destination, binding.properties_key]),
    columns: [
      { ...far, isWide: true },
      { title: 'Routing key', isWide: true, text: (binding) => binding.routing_key },
      { title: 'Arguments', isWide: true, text: (binding) => fields(binding.arguments) },
    ],
    // Every queue is bound to the default exchange for good.
    actions: (row) => (row().source === '' ? null : rowButton('Unbind', 'Unbind', () => unbind(row()), 'danger')),
  });
  const more = h('p', { class: 'quiet', hidden: true });
  const title = isSource ? 'Bindings from here' : kind === 'queue' ? 'Bindings' : 'Bindings to here';
  const element = h('section', { class: 'card' }, h('h2', null, title), table.element, more, name !== '' && fold(isSource ? 'Bind a queue or an exchange' : 'Bind to an exchange', form({
    isInline: true,
    fields: [
      isSource && field({ name: 'kind', label: 'To', options: [['queue', 'Queue'], ['exchange', 'Exchange']] }),
      field({ name: 'far', label: isSource ? 'Name' : 'From exchange', required: true }),
      field({ name: 'key', label: 'Routing key' }),
      field({ name: 'arguments', label: 'Arguments (JSON)', rows: 2 }),
    ],
    action: 'Bind',
    submit: async (values, formElement) => {
      const ends = isSource ? { source: name, destination: values.far, destination_type: values.kind } : { source: values.far, destination: name, destination_type: kind };
      await post(between(virtualHost, ends), { routing_key: values.key, arguments: object(values.arguments, 'Arguments') });
      notify('The binding was added.');
      formElement.reset();
      await refresh();
    },
  })));
  const refresh = page.every(async (signal) => {
    const answer = await get(address + query({ page: 1, page_size: most }), signal);
    const items = Array.isArray(answer) ? answer : answer.items;
    table.update(items.slice(0, most));
    const total = Array.isArray(answer) ? items.length : answer.total_count;
    setText(more, total > most ? `The first ${most} of ${count(total)}.` : '');
    more.hidden = total <= most;
  });

  async function unbind(binding) {
    if (await confirm({ title: 'Unbind?', text: `Messages that ${binding.source} routes by "${binding.routing_key}" will not reach ${binding.destination} any more by this binding.`, action: 'Unbind' })) {
      await attempt(() => remove(`${between(virtualHost, binding)}/${path(binding.properties_key)}`), 'The binding was removed.');
      await refresh();
    }
  }

  return { element, refresh };
}

function between(virtualHost, binding) {
  return path('bindings', virtualHost, 'e', exchangeName(binding.source), binding.destination_type === 'queue' ? 'q' : 'e', binding.destination);
}

function linkTo(binding) {
  return binding.destination_type === 'stream' ? null : `#/${path(binding.destination_type === 'queue' ? 'queues' : 'exchanges', binding.vhost, binding.destination)}`;
}
