// Numbers, octets and times as people read them.

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const tenth = new Intl.NumberFormat('en', { maximumFractionDigits: 1, minimumFractionDigits: 1 });

export function count(value) {
  return value == null ? '' : whole.format(value);
}

export function compact(value) {
  return value == null ? '–' : value < 10_000 ? whole.format(value) : short.format(value);
}

/** A rate a second; nothing where nothing was counted. */
export function rate(value) {
  return value == null ? '' : `${value !== 0 && Math.abs(value) < 100 ? tenth.format(value) : compact(Math.round(value))}/s`;
}

/** The rate of a count of RabbitMQ's statistics. */
export function rateOf(stats, name) {
  return stats?.[`${name}_details`]?.rate;
}

export function octets(value) {
  if (value == null) {
    return '';
  }
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at++;
  }
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}

export function duration(milliseconds) {
  if (milliseconds == null) {
    return '';
  }
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [[Math.floor(seconds / 86400), 'd'], [Math.floor(seconds / 3600) % 24, 'h'], [Math.floor(seconds / 60) % 60, 'min'], [seconds % 60, 's']];
  const first = parts.findIndex(([number]) => number > 0);
  return first < 0 ? '0 s' : parts.slice(first, first + 2).map(([number, unit]) => `${number} ${unit}`).join(' ');
}

export function since(unixMilliseconds) {
  return unixMilliseconds ? duration(Date.now() - unixMilliseconds) : '';
}

export function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString('en-GB');
}

/** Arguments in one line. */
export function fields(table) {
  return Object.entries(table ?? {}).map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`).join(', ');
}

export function plural(number, word) {
  return `${count(number)} ${word}${number === 1 ? '' : 's'}`;
}
