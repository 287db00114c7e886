// What the pages have sampled since they were opened: the API tells of the present only.

const most = 200;
const series = new Map();

/** The samples under a name, oldest first. */
export function samples(name) {
  return series.get(name) ?? [];
}

/** Adds a sample. Few names are kept, those that were sampled last. */
export function sample(name, values) {
  const list = series.get(name) ?? [];
  series.delete(name);
  series.set(name, list);
  list.push({ time: Date.now(), ...values });
  if (list.length > most) {
    list.shift();
  }
  if (series.size > 50) {
    series.delete(series.keys().next().value);
  }
  return list;
}
