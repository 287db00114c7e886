// The frame: navigation, the broker's name and state, virtual host, interval, theme.

import { h, replace, setText, show } from './dom.js';
import { ApiError } from './api.js';
import { interval, refresh, setInterval } from './polling.js';
import { session } from './session.js';
import { menu } from './routes.js';

const themes = { '': 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' };

export class Shell {
  constructor({ leave, reopen }) {
    this.abort = new AbortController();
    this.signal = this.abort.signal;
    this.links = menu().map(([name, text]) => h('a', { href: `#/${name}`, 'data-name': name, onclick: () => this.toggle(false) }, text));
    this.nav = h('nav', { id: 'menu', class: 'menu', 'aria-label': 'Pages of the broker' }, this.links);
    this.opener = h('button', { type: 'button', class: 'plain opener', 'aria-controls': 'menu', 'aria-expanded': 'false', 'aria-label': 'Menu', onclick: () => this.toggle() }, '☰');
    this.cluster = h('span', { class: 'cluster' });
    this.version = h('span', { class: 'quiet version' });
    this.alarm = h('a', { class: 'badge bad', href: '#/silos', hidden: true });
    this.virtualHost = h('select', { 'aria-label': 'Virtual host', onchange: () => { session.virtualHost = this.virtualHost.value; reopen(); } });
    this.banner = h('p', { class: 'banner', role: 'alert', hidden: true }, 'The broker does not answer. Asking again every two seconds…');
    this.main = h('main', { id: 'main', tabindex: '-1' });
    this.element = h('div', { class: 'shell' },
      h('a', { class: 'skip', href: '#main', onclick: (event) => { event.preventDefault(); this.main.querySelector('h1')?.focus(); } }, 'Skip to the page'),
      h('header', { class: 'bar' }, this.opener,
        h('a', { class: 'brand', href: '#/' }, h('img', { src: 'icon.svg', alt: '', width: '22', height: '22' }), this.cluster), this.version, this.alarm,
        h('span', { class: 'grow' }), this.controls(leave)),
      this.nav, h('div', { class: 'content' }, this.banner, this.main));
    this.element.addEventListener('keydown', (event) => event.key === 'Escape' && this.toggle(false));
    this.update();
  }

  controls(leave) {
    const pace = h('select', { 'aria-label': 'Refresh', onchange: () => setInterval(Number(pace.value)) },
      [[2, '2 s'], [5, '5 s'], [30, '30 s'], [0, 'Paused']].map(([value, text]) => h('option', { value, selected: value === interval() }, text)));
    const theme = h('button', { type: 'button', class: 'plain', onclick: () => this.nextTheme(theme) });
    nameTheme(theme);
    return h('div', { class: 'controls' }, this.virtualHost, pace,
      h('button', { type: 'button', class: 'plain', 'aria-label': 'Refresh now', title: 'Refresh now', onclick: () => refresh() }, '↻'), theme,
      h('button', { type: 'button', onclick: leave }, 'Log out', h('span', { class: 'who' }, ` ${session.user}`)));
  }

  nextTheme(button) {
    const names = Object.keys(themes);
    const next = names[(names.indexOf(document.documentElement.dataset.theme ?? '') + 1) % names.length];
    if (next === '') {
      delete document.documentElement.dataset.theme;
      localStorage.removeItem('theme');
    } else {
      document.documentElement.dataset.theme = next;
      localStorage.setItem('theme', next);
    }
    nameTheme(button);
  }

  update() {
    const { overview, nodes, virtualHosts } = session;
    setText(this.cluster, overview?.cluster_name ?? 'OrleansBroker');
    setText(this.version, overview ? `${overview.product_name ?? 'RabbitMQ'} ${overview.product_version ?? overview.rabbitmq_version}` : '');
    const alarms = nodes.flatMap((node) => [!node.running && 'silo down', node.mem_alarm && 'memory alarm', node.disk_free_alarm && 'disk alarm']).filter(Boolean);
    setText(this.alarm, [...new Set(alarms)].join(', '));
    show(this.alarm, alarms.length > 0);
    const options = ['', ...virtualHosts];
    if (options.length !== this.virtualHost.options.length || options.some((name, at) => this.virtualHost.options[at].value !== name)) {
      replace(this.virtualHost, options.map((name) => h('option', { value: name, selected: name === session.virtualHost }, name === '' ? 'All virtual hosts' : name)));
    }
  }

  opened(name) {
    this.links.forEach((link) => (link.dataset.name === owner(name) ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current')));
  }

  report(failure) {
    show(this.banner, failure instanceof ApiError && failure.isLost);
  }

  toggle(open = !this.element.classList.contains('open')) {
    this.element.classList.toggle('open', open);
    this.opener.setAttribute('aria-expanded', String(open));
  }

  close() {
    this.abort.abort();
  }
}

function owner(name) {
  return { channels: 'connections' }[name] ?? name;
}

function nameTheme(button) {
  const theme = document.documentElement.dataset.theme ?? '';
  setText(button, { '': '◐', light: '☀', dark: '☾' }[theme]);
  button.setAttribute('aria-label', themes[theme]);
  button.title = themes[theme];
}
