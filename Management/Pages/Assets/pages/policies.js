import { h, replace } from '../app/dom.js';
import { get, path, put, remove } from '../app/api.js';
import { fields } from '../app/format.js';
import { session } from '../app/session.js';
import { attempt, confirm, notify } from '../widgets/dialog.js';
import { field, fold, form, object } from '../widgets/form.js';
import { Table, rowButton } from '../widgets/table.js';
import { virtualHostField } from './queues.js';

const definitionHint = 'message-ttl, expires, max-length, max-length-bytes, overflow, dead-letter-exchange, dead-letter-routing-key, delivery-limit, alternate-exchange, …';

export function policiesPage(page, content) {
  const kinds = [section(page, 'policies', 'Policies', 'policy', true), section(page, 'operator-policies', 'Operator policies', 'operator policy', session.isAdministrator)];
  replace(content, kinds);
}

function section(page, kind, title, word, mayChange) {
  const editor = h('div');
  const table = new Table({
    caption: title, key: (each) => JSON.stringify([each.vhost, each.name]), empty: `There is no ${word}.`,
    columns: [
      { title: 'Virtual host', text: (each) => each.vhost }, { title: 'Name', isWide: true, text: (each) => each.name },
      { title: 'Pattern', isWide: true, text: (each) => each.pattern }, { title: 'Applies to', text: (each) => each['apply-to'] },
      { title: 'Definition', isWide: true, text: (each) => fields(each.definition) }, { title: 'Priority', isNumber: true, text: (each) => String(each.priority) },
    ],
    actions: mayChange ? (row) => [rowButton('Edit', `Edit the ${word}`, () => edit(row())), rowButton('Delete', `Delete the ${word}`, () => deleteIt(row()), 'danger')] : null,
  });
  const refresh = page.every(async (signal) => table.update(await get(session.virtualHost ? path(kind, session.virtualHost) : kind, signal)));

  function policyForm(policy, done) {
    return form({
      isInline: true,
      fields: [
        policy ? null : virtualHostField(),
        policy ? null : field({ name: 'name', label: 'Name', required: true }),
        field({ name: 'pattern', label: 'Pattern (regex)', required: true, value: policy?.pattern ?? '' }),
        field({ name: 'appliesTo', label: 'Applies to', options: [...(kind === 'policies' ? [['all', 'Exchanges and queues'], 'exchanges'] : []), 'queues', 'classic_queues', 'quorum_queues'], value: policy?.['apply-to'] }),
        field({ name: 'priority', label: 'Priority', type: 'number', value: String(policy?.priority ?? 0) }),
        h('div', { class: 'row' }, field({ name: 'definition', label: 'Definition (JSON)', rows: 3, required: true, value: policy ? JSON.stringify(policy.definition, null, 1) : '', placeholder: '{"max-length": 100000}', hint: definitionHint })),
      ],
      action: policy ? 'Save' : `Add ${word}`,
      cancel: policy && done,
      submit: async (values, element) => {
        const [virtualHost, name] = policy ? [policy.vhost, policy.name] : [values.vhost, values.name];
        await put(path(kind, virtualHost, name), { pattern: values.pattern, 'apply-to': values.appliesTo, priority: Number(values.priority), definition: object(values.definition, 'Definition') });
        notify(`The ${word} ${name} was saved.`);
        element.reset();
        done?.();
        await refresh();
      },
    });
  }

  function edit(policy) {
    replace(editor, h('section', { class: 'card' }, h('h3', null, `Edit ${policy.name}`), policyForm(policy, () => replace(editor))));
    editor.querySelector('input').focus();
  }

  async function deleteIt(policy) {
    if (await confirm({ title: `Delete ${policy.name}?`, text: `What the ${word} sets for queues and exchanges in ${policy.vhost} will not hold any more.`, action: 'Delete' })) {
      await attempt(() => remove(path(kind, policy.vhost, policy.name)), `The ${word} was deleted.`);
      await refresh();
    }
  }

  return h('section', { class: 'card' }, h('h2', null, title), table.element, editor, mayChange && fold(`Add ${word === 'policy' ? 'a' : 'an'} ${word}`, policyForm(null)));
}
