// Login, the frame around all pages, and which page an address means.

import { h, replace, setText } from './dom.js';
import { ApiError, get, logOut, whenLoggedOut } from './api.js';
import { every } from './polling.js';
import { loginForm } from './login.js';
import { Shell } from './shell.js';
import { sample } from './history.js';
import { rateOf } from './format.js';
import { session } from './session.js';
import { routes } from './routes.js';
import { noticeArea } from '../widgets/dialog.js';

let shell = null;
let current = null;

function start() {
  whenLoggedOut(() => leave('The broker refused the login. Please log in again.'));
  window.addEventListener('hashchange', open);
  leave();
}

/** Forgets the password and what was shown. */
function leave(reason) {
  current?.abort();
  current = null;
  shell?.close();
  shell = null;
  logOut();
  session.clear();
  document.querySelectorAll('dialog').forEach((dialog) => dialog.remove());
  replace(document.body, loginForm(enter, reason), noticeArea());
}

function enter(user) {
  session.begin(user);
  shell = new Shell({ leave: () => leave(), reopen: open });
  replace(document.body, shell.element, noticeArea());
  every(watch, shell.signal, (failure) => {
    shell?.report(failure);
    // The first page waits for what all pages know of the broker.
    if (current === null && !failure?.isLost) {
      open();
    }
  });
}

/** Feeds the charts and the frame, whatever page is open. */
async function watch(signal) {
  const overview = await get('overview', signal);
  const totals = overview.queue_totals ?? {};
  const stats = overview.message_stats ?? {};
  sample('overview', {
    publish: rateOf(stats, 'publish'), confirm: rateOf(stats, 'confirm'), deliver: rateOf(stats, 'deliver_get'), ack: rateOf(stats, 'ack'),
    ready: totals.messages_ready, unacked: totals.messages_unacknowledged,
  });
  session.overview = overview;
  if (session.isMonitor) {
    session.nodes = await get('nodes', signal);
  }
  session.virtualHosts = (await get('vhosts', signal)).map((each) => each.name);
  shell?.update();
  session.changed();
}

function open() {
  if (shell === null) {
    return;
  }
  const [address, search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const segments = address.split('/').map(decodeURIComponent);
  const route = routes.find((each) => each.name === segments[0] && each.names === segments.length - 1);
  current?.abort();
  current = new AbortController();
  const { signal } = current;
  const failure = h('p', { class: 'failure', role: 'alert', hidden: true });
  const state = Object.fromEntries(new URLSearchParams(search));
  const page = {
    names: segments.slice(1), state, signal,
    every: (action) => every(action, signal, (error) => report(failure, error)),
    setState: (values) => setState(address, state, values),
  };
  const title = route ? route.title(page.names) : 'There is no such page';
  document.title = `${title} · OrleansBroker`;
  const content = h('div', { class: 'page' });
  replace(shell.main, h('header', { class: 'page-head' }, h('h1', { tabindex: '-1' }, title)), failure, content);
  shell.opened(segments[0]);
  if (route) {
    route.page(page, content, shell.main.querySelector('header'));
  }
  window.scrollTo(0, 0);
}

/** What an address says behind its question mark; no new page is opened for it. */
function setState(address, state, values) {
  for (const [name, value] of Object.entries(values)) {
    if (value == null) {
      delete state[name];
    } else {
      state[name] = value;
    }
  }
  const search = new URLSearchParams(state).toString();
  history.replaceState(null, '', `#/${address}${search && `?${search}`}`);
}

function report(element, error) {
  // A lost broker has its banner.
  const text = error === null || (error instanceof ApiError && error.isLost) ? '' : error.status === 404 ? `This is not there (any more): ${error.message}` : error.message;
  setText(element, text);
  element.hidden = text === '';
}

start();
