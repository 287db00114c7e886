import { h, replace } from '../app/dom.js';
import { exchangeName, get, path, remove } from '../app/api.js';
import { fields } from '../app/format.js';
import { attempt, confirm } from '../widgets/dialog.js';
import { facts } from '../widgets/facts.js';
import { fold } from '../widgets/form.js';
import { bindingsOf } from './bindings.js';
import { publisher } from './publishing.js';

export function exchangePage(page, content, head) {
  const [virtualHost, segment] = page.names;
  const name = segment === 'amq.default' ? '' : segment;
  const address = path('exchanges', virtualHost, exchangeName(name));
  const about = facts([
    { label: 'Virtual host', text: (exchange) => exchange.vhost },
    { label: 'Type', text: (exchange) => exchange.type },
    { label: 'Features', text: (exchange) => [exchange.durable ? 'durable' : 'transient', exchange.auto_delete && 'auto-delete', exchange.internal && 'internal'].filter(Boolean).join(', ') },
    { label: 'Arguments', text: (exchange) => fields(exchange.arguments) },
    { label: 'Policy', text: (exchange) => exchange.policy },
  ]);
  // The broker's own are there for good.
  if (name !== '' && !name.startsWith('amq.')) {
    head.append(h('div', { class: 'buttons' }, h('button', { type: 'button', class: 'danger', onclick: deleteIt }, 'Delete')));
  }
  const from = bindingsOf(page, { virtualHost, name, kind: 'exchange', isSource: true });
  const to = name === '' ? null : bindingsOf(page, { virtualHost, name, kind: 'exchange' });
  replace(content, h('section', { class: 'card' }, h('h2', null, 'Exchange'), about.element), from.element, to?.element,
    fold('Publish', publisher({ virtualHost, exchange: name })));
  page.every(async (signal) => about.update(await get(address, signal)));

  async function deleteIt() {
    if (await confirm({ title: `Delete ${name}?`, text: 'The exchange and its bindings will be gone. What is published to it then is refused.', action: 'Delete' })
      && await attempt(() => remove(address), `Exchange ${name} was deleted.`)) {
      location.hash = '#/exchanges';
    }
  }
}
