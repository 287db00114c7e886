// Asks again every few seconds: one request at a time, none while nobody looks, and on after a broker was lost.

import { ApiError } from './api.js';

let seconds = 5;
const pollers = new Set();

export function interval() {
  return seconds;
}

/** Sets how often is asked; 0 for never. */
export function setInterval(value) {
  seconds = value;
  pollers.forEach((poller) => poller.plan());
}

/** Asks everybody now. */
export function refresh() {
  return Promise.all([...pollers].map((poller) => poller.run()));
}

document.addEventListener('visibilitychange', () => pollers.forEach((poller) => (document.hidden ? poller.plan() : poller.run())));

/** Runs an action now and from time to time until the signal ends it. What fails is told, not swallowed. */
export function every(action, signal, report) {
  const poller = new Poller(action, signal, report);
  pollers.add(poller);
  signal.addEventListener('abort', () => {
    pollers.delete(poller);
    clearTimeout(poller.timer);
  });
  poller.run();
  return () => poller.run();
}

class Poller {
  constructor(action, signal, report) {
    Object.assign(this, { action, signal, report, timer: 0, running: null, again: false });
  }

  /** What is asked for during a run is answered by another one: the first may have begun before the change. */
  run() {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.running = this.runAll().finally(() => {
      this.running = null;
      this.plan();
    });
    return this.running;
  }

  async runAll() {
    do {
      this.again = false;
      await this.runOnce();
    } while (this.again && !this.signal.aborted);
  }

  async runOnce() {
    clearTimeout(this.timer);
    try {
      await this.action(this.signal);
      this.lost = false;
      this.report(null);
    } catch (failure) {
      if (this.signal.aborted) {
        return;
      }
      this.lost = failure instanceof ApiError && failure.isLost;
      this.report(failure);
      if (!(failure instanceof ApiError)) {
        throw failure;
      }
    }
  }

  plan() {
    clearTimeout(this.timer);
    const pause = this.lost ? 2 : seconds;
    if (!document.hidden && pause > 0 && !this.signal.aborted) {
      this.timer = setTimeout(() => this.run(), pause * 1000);
    }
  }
}
