// Who is logged in, and what all pages know of the broker.

class Session extends EventTarget {
  constructor() {
    super();
    this.clear();
  }

  begin(user) {
    this.user = user.name;
    // Text in old versions of the API, a list in new ones.
    this.tags = Array.isArray(user.tags) ? user.tags : String(user.tags ?? '').split(',').map((tag) => tag.trim());
  }

  clear() {
    Object.assign(this, { user: null, tags: [], overview: null, nodes: [], virtualHosts: [], virtualHost: '' });
  }

  get isAdministrator() {
    return this.tags.includes('administrator');
  }

  get isMonitor() {
    return this.isAdministrator || this.tags.includes('monitoring');
  }

  get isPolicymaker() {
    return this.isAdministrator || this.tags.includes('policymaker');
  }

  /** Whether lists hold things of several virtual hosts. */
  get isAcrossVirtualHosts() {
    return this.virtualHost === '' && this.virtualHosts.length > 1;
  }

  changed() {
    this.dispatchEvent(new Event('change'));
  }

  /** Calls back now and with every change, as long as the page is open. */
  follow(page, action) {
    this.addEventListener('change', action, { signal: page.signal });
    action();
  }
}

export const session = new Session();
