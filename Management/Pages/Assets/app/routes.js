// The pages, and what the navigation shows of them.

import { session } from './session.js';
import { overviewPage } from '../pages/overview.js';
import { queuesPage } from '../pages/queues.js';
import { queuePage } from '../pages/queue.js';
import { exchangesPage } from '../pages/exchanges.js';
import { exchangePage } from '../pages/exchange.js';
import { topologyPage } from '../pages/topology.js';
import { connectionsPage, channelsPage } from '../pages/connections.js';
import { connectionPage } from '../pages/connection.js';
import { silosPage } from '../pages/silos.js';
import { usersPage } from '../pages/users.js';
import { userPage } from '../pages/user.js';
import { virtualHostsPage } from '../pages/vhosts.js';
import { policiesPage } from '../pages/policies.js';
import { definitionsPage } from '../pages/definitions.js';

/** By the first segment of an address and the number of names that follow it. */
export const routes = [
  { name: '', names: 0, title: () => 'Overview', page: overviewPage },
  { name: 'queues', names: 0, title: () => 'Queues', page: queuesPage },
  { name: 'queues', names: 2, title: ([, name]) => `Queue ${name}`, page: queuePage },
  { name: 'exchanges', names: 0, title: () => 'Exchanges', page: exchangesPage },
  { name: 'exchanges', names: 2, title: ([, name]) => `Exchange ${name === 'amq.default' ? '(default)' : name}`, page: exchangePage },
  { name: 'topology', names: 0, title: () => 'Topology', page: topologyPage },
  { name: 'connections', names: 0, title: () => 'Connections', page: connectionsPage },
  { name: 'connections', names: 1, title: ([name]) => `Connection ${name}`, page: connectionPage },
  { name: 'channels', names: 0, title: () => 'Channels', page: channelsPage },
  { name: 'silos', names: 0, title: () => 'Silos', page: silosPage },
  { name: 'users', names: 0, title: () => 'Users', page: usersPage },
  { name: 'users', names: 1, title: ([name]) => `User ${name}`, page: userPage },
  { name: 'vhosts', names: 0, title: () => 'Virtual hosts', page: virtualHostsPage },
  { name: 'policies', names: 0, title: () => 'Policies', page: policiesPage },
  { name: 'definitions', names: 0, title: () => 'Definitions', page: definitionsPage },
];

/** What the user may see: names and texts. */
export function menu() {
  return [
    ['', 'Overview'], ['queues', 'Queues'], ['exchanges', 'Exchanges'], ['topology', 'Topology'], ['connections', 'Connections'],
    session.isMonitor && ['silos', 'Silos'],
    session.isAdministrator && ['users', 'Users'],
    ['vhosts', 'Virtual hosts'],
    session.isPolicymaker && ['policies', 'Policies'],
    session.isAdministrator && ['definitions', 'Definitions'],
  ].filter(Boolean);
}
