import { path } from '../app/api.js';
import { Table } from '../widgets/table.js';

/** The consumers of a queue or of a channel. */
export function consumerTable() {
  return new Table({
    caption: 'Consumers', key: (consumer) => `${consumer.channel_details?.name} ${consumer.consumer_tag}`, empty: 'No consumer is attached.',
    columns: [
      { title: 'Tag', isWide: true, text: (consumer) => consumer.consumer_tag },
      { title: 'Connection', text: (consumer) => consumer.channel_details?.connection_name, link: (consumer) => `#/${path('connections', consumer.channel_details?.connection_name ?? '')}` },
      { title: 'Channel', isNumber: true, text: (consumer) => consumer.channel_details?.number },
      { title: 'User', text: (consumer) => consumer.channel_details?.user },
      { title: 'Ack', text: (consumer) => (consumer.ack_required ? 'manual' : 'automatic') },
      { title: 'Prefetch', isNumber: true, text: (consumer) => (consumer.prefetch_count ? String(consumer.prefetch_count) : 'unlimited') },
      { title: 'State', text: (consumer) => [consumer.exclusive && 'exclusive', consumer.activity_status].filter(Boolean).join(', ') },
    ],
  });
}
