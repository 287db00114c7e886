import { replace } from '../app/dom.js';
import { exchangeName, path, put } from '../app/api.js';
import { fields } from '../app/format.js';
import { session } from '../app/session.js';
import { notify } from '../widgets/dialog.js';
import { field, fold, form, object } from '../widgets/form.js';
import { list } from '../widgets/list.js';
import { virtualHostField } from './queues.js';

const types = ['direct', 'fanout', 'topic', 'headers', 'x-consistent-hash', 'x-delayed-message'];

export function exchangesPage(page, content) {
  const exchanges = list(page, {
    caption: 'Exchanges',
    path: () => (session.virtualHost ? path('exchanges', session.virtualHost) : 'exchanges'),
    key: (exchange) => JSON.stringify([exchange.vhost, exchange.name]),
    empty: 'No exchange has such a name.',
    columns: [
      session.isAcrossVirtualHosts && { title: 'Virtual host', sort: 'vhost', text: (exchange) => exchange.vhost },
      { title: 'Name', sort: 'name', isWide: true, text: (exchange) => exchange.name || '(default)', link: (exchange) => `#/${path('exchanges', exchange.vhost, exchangeName(exchange.name))}` },
      { title: 'Type', sort: 'type', text: (exchange) => exchange.type },
      { title: 'Features', isWide: true, text: features },
    ].filter(Boolean),
  });
  replace(content, exchanges.element, fold('Add an exchange', form({
    isInline: true,
    fields: [
      virtualHostField(),
      field({ name: 'name', label: 'Name', required: true }),
      field({ name: 'type', label: 'Type', options: types }),
      field({ name: 'durable', label: 'Durable', type: 'checkbox', value: true }),
      field({ name: 'autoDelete', label: 'Auto-delete', type: 'checkbox' }),
      field({ name: 'internal', label: 'Internal', type: 'checkbox' }),
      field({ name: 'alternate', label: 'Alternate exchange' }),
      field({ name: 'arguments', label: 'More arguments (JSON)', rows: 2, placeholder: '{"x-delayed-type": "direct"}' }),
    ],
    action: 'Add exchange',
    submit: async (values, element) => {
      const given = values.alternate === '' ? {} : { 'alternate-exchange': values.alternate };
      await put(path('exchanges', values.vhost, values.name), {
        type: values.type, durable: values.durable, auto_delete: values.autoDelete, internal: values.internal, arguments: { ...given, ...object(values.arguments, 'Arguments') },
      });
      notify(`Exchange ${values.name} was added.`);
      element.reset();
      await exchanges.refresh();
    },
  })));
}

function features(exchange) {
  return [exchange.durable && 'durable', exchange.auto_delete && 'auto-delete', exchange.internal && 'internal', exchange.policy && `policy ${exchange.policy}`, fields(exchange.arguments)].filter(Boolean).join(' · ');
}
