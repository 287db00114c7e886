// The HTTP API. The password is held here, in memory, and nowhere else: a reload asks for it again.

let authorization = null;
let isLoggedIn = false;
let onLogout = () => {};

/** A refusal of the API, or a broker that does not answer (status 0). */
export class ApiError extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }

  get isLost() {
    return this.status === 0;
  }
}

/** What happens when a login is refused later on. */
export function whenLoggedOut(action) {
  onLogout = action;
}

export async function logIn(user, password) {
  const octets = new TextEncoder().encode(`${user}:${password}`);
  authorization = `Basic ${btoa(String.fromCharCode(...octets))}`;
  try {
    const user = await get('whoami');
    isLoggedIn = true;
    return user;
  } catch (failure) {
    logOut();
    throw failure;
  }
}

export function logOut() {
  authorization = null;
  isLoggedIn = false;
}

/** A path of the API, with each segment escaped. */
export function path(...segments) {
  return segments.map(encodeURIComponent).join('/');
}

/** The name of an exchange in a path: the default exchange has none of its own. */
export function exchangeName(name) {
  return name === '' ? 'amq.default' : name;
}

/** A query from those parameters that have a value. */
export function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value != null && value !== '' && value !== false);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

export const get = (address, signal) => call('GET', address, undefined, signal);
export const put = (address, body = {}) => call('PUT', address, body);
export const post = (address, body = {}) => call('POST', address, body);
export const remove = (address, headers) => call('DELETE', address, undefined, undefined, headers);

async function call(method, address, body, signal, headers = {}) {
  let response;
  try {
    response = await fetch(new URL(`api/${address}`, document.baseURI), {
      method,
      signal,
      cache: 'no-store',
      // Neither cookies nor a password that the browser keeps, and no question of its own after a 401.
      credentials: 'omit',
      headers: { ...headers, ...(authorization && { authorization }), ...(body !== undefined && { 'content-type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (failure) {
    if (signal?.aborted) {
      throw failure;
    }
    throw new ApiError(0, 'The broker does not answer.');
  }
  const text = await response.text();
  if (response.ok) {
    return text === '' ? null : JSON.parse(text);
  }
  throw refusal(response.status, text);
}

function refusal(status, text) {
  let reason = text;
  try {
    const failure = JSON.parse(text);
    reason = typeof failure.reason === 'string' ? failure.reason : JSON.stringify(failure.reason ?? failure);
  } catch {
    reason = text === '' ? `The broker answered ${status}.` : text;
  }
  const error = new ApiError(status, reason);
  // 401 stands for what a tag or a permission does not allow, too: only a refused login ends the session.
  if (status === 401 && (text === '' || reason === 'Login failed') && isLoggedIn) {
    onLogout();
  }
  return error;
}
