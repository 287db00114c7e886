import { exchangeName, path, post } from '../app/api.js';
import { h } from '../app/dom.js';
import { notify } from '../widgets/dialog.js';
import { field, form, object } from '../widgets/form.js';

/** A form that publishes one message. */
export function publisher({ virtualHost, exchange, routingKey, refresh = () => {} }) {
  return form({
    isInline: true,
    fields: [
      field({ name: 'key', label: 'Routing key', value: routingKey ?? '' }),
      field({ name: 'mode', label: 'Delivery mode', options: [['2', 'Persistent'], ['1', 'Transient']] }),
      field({ name: 'headers', label: 'Headers (JSON)', rows: 2 }),
      field({ name: 'properties', label: 'Properties (JSON)', rows: 2, placeholder: '{"content_type": "text/plain"}' }),
      h('div', { class: 'row' }, field({ name: 'payload', label: 'Payload', rows: 5 })),
      field({ name: 'encoding', label: 'Payload is', options: [['string', 'Text'], ['base64', 'Base64']] }),
    ],
    action: 'Publish',
    submit: async (values) => {
      const properties = { ...object(values.properties, 'Properties'), delivery_mode: Number(values.mode) };
      const headers = object(values.headers, 'Headers');
      if (Object.keys(headers).length > 0) {
        properties.headers = headers;
      }
      const { routed } = await post(`${path('exchanges', virtualHost, exchangeName(exchange))}/publish`, {
        routing_key: values.key, properties, payload: values.payload, payload_encoding: values.encoding,
      });
      notify(routed ? 'The message was published.' : 'The message was published, but no queue wanted it.', routed ? 'done' : 'failed');
      await refresh();
    },
  });
}
