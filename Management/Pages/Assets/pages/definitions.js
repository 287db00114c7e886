import { h, replace } from '../app/dom.js';
import { get, path, post } from '../app/api.js';
import { session } from '../app/session.js';
import { confirm, notify } from '../widgets/dialog.js';
import { field, form } from '../widgets/form.js';

export function definitionsPage(page, content) {
  const virtualHosts = () => field({ name: 'vhost', label: 'Virtual host', options: [['', 'All'], ...session.virtualHosts.map((name) => [name, name])] });
  const address = (virtualHost) => (virtualHost === '' ? 'definitions' : path('definitions', virtualHost));
  replace(content, h('div', { class: 'columns' },
    h('section', { class: 'card' }, h('h2', null, 'Export'),
      h('p', { class: 'quiet' }, 'Users with their hashes, virtual hosts, permissions, parameters, policies, queues, exchanges and bindings; no messages.'),
      form({
        fields: [virtualHosts()],
        action: 'Download',
        submit: async ({ vhost }) => download(await get(address(vhost)), vhost),
      })),
    h('section', { class: 'card' }, h('h2', null, 'Import'),
      h('p', { class: 'quiet' }, 'Queues, exchanges and bindings that are there stay as they are; everything else becomes what the file says. Files of RabbitMQ are taken as they are.'),
      form({
        fields: [virtualHosts(), field({ name: 'file', label: 'File', type: 'file', required: true })],
        action: 'Import',
        submit: async ({ vhost, file }, element) => {
          const definitions = JSON.parse(await file.text());
          if (await confirm({ title: 'Import definitions?', text: `${summary(definitions)} of ${file.name} will be taken in${vhost === '' ? '' : ` to ${vhost}`}. Users and policies of the same names are replaced.`, action: 'Import' })) {
            await post(address(vhost), definitions);
            notify('The definitions were taken in.');
            element.reset();
          }
        },
      }))));
}

function summary(definitions) {
  return Object.entries(definitions).filter(([, value]) => Array.isArray(value) && value.length > 0).map(([name, value]) => `${value.length} ${name.replaceAll('_', ' ')}`).join(', ') || 'Nothing';
}

function download(definitions, virtualHost) {
  const address = URL.createObjectURL(new Blob([JSON.stringify(definitions, null, 2)], { type: 'application/json' }));
  const day = new Date().toISOString().slice(0, 10);
  h('a', { href: address, download: `definitions${virtualHost === '' ? '' : `-${virtualHost.replaceAll(/[^\w.-]+/g, '_')}`}-${day}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
