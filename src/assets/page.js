// What a page that follows invoices does, for buyers and for merchants: it asks for itself again until the answer is known, says
// so while it is not (networks come and go, and servers fail for a while), and copies values. Used by checkout.js and dashboard.js.

const FETCH_TIMEOUT_MS = 15_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 15_000;
const WATCH_MS = 5_000;
/** A timer that comes so late was asleep with its machine. */
const SLEPT_MS = 30_000;
const FEEDBACK_MS = 2_000;

export const EVENT_TYPES = [
  'created payment_seen payment_replaced updated paid late_paid expired underpaid overpaid',
  'payment_reverted requires_review cancelled',
].flatMap((names) => names.split(' ').map((name) => `invoice.${name}`));

/**
 * @typedef {object} Refresh
 * @property {() => Promise<void>} ask asks for the page now; calls that come meanwhile become one more
 * @property {() => boolean} isRetrying whether an answer is owed, and asked for again by itself
 */

/**
 * @param {object} page
 * @param {(fresh: Document, response: Response) => boolean} page.take shows the answer; false where it is not this page
 * @param {() => boolean} page.isWaiting whether this page can still change
 * @param {() => boolean} [page.hasStream] whether a stream says that this page is open
 * @param {() => void} page.reconnect opens the stream again: the old one may be dead without knowing it
 * @param {{offline: () => string, unreachable: () => string, failing: () => string}} page.words what is said while nothing is known
 * @returns {Refresh}
 */
export function keepFresh({ take, isWaiting, hasStream = () => false, reconnect, words }) {
  let asking = false;
  let askAgain = false;
  let retryMs = FIRST_RETRY_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let retry;
  let isLost = false;
  let watchedAtMs = Date.now();

  addEventListener('offline', () => isWaiting() && lose(words.offline()));
  addEventListener('online', resume);
  // The browser sleeps while the wallet is open, and keeps a page that was left: look when the reader is back.
  document.addEventListener('visibilitychange', () => document.hidden || ask());
  addEventListener('pageshow', (event) => event.persisted && resume());
  setInterval(() => {
    const wasAsleep = Date.now() - watchedAtMs > WATCH_MS + SLEPT_MS;
    watchedAtMs = Date.now();
    if (wasAsleep && !document.hidden) resume();
  }, WATCH_MS);

  function resume() {
    retryMs = FIRST_RETRY_MS;
    if (isWaiting()) reconnect();
    ask();
  }

  async function ask() {
    askAgain = asking;
    if (asking) return;
    asking = true;
    clearTimeout(retry);
    const problem = await attempt();
    asking = false;
    if (problem === null) {
      retryMs = FIRST_RETRY_MS;
      find();
      if (askAgain) ask();
      return;
    }
    lose(problem.words);
    // Spread, so that the pages of a server that comes back do not ask at one moment.
    retry = setTimeout(ask, Math.max(retryMs * (0.75 + Math.random() / 4), problem.retryAfterMs));
    retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
  }

  /** @returns {Promise<{words: string, retryAfterMs: number} | null>} null when the page is known */
  async function attempt() {
    let response;
    let text;
    try {
      /** @type {Record<string, string>} */
      const headers = hasStream() ? { 'x-stream': 'open' } : {};
      const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
      response = await fetch(location.href, { cache: 'no-store', headers, signal });
      text = await response.text();
    } catch {
      // The browser knows of its own cable and radio only: what breaks off behind them is said with less certainty.
      return { words: navigator.onLine ? words.unreachable() : words.offline(), retryAfterMs: 0 };
    }
    if (take(new DOMParser().parseFromString(text, 'text/html'), response)) return null;
    const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1_000;
    return { words: words.failing(), retryAfterMs: Number.isFinite(retryAfterMs) ? retryAfterMs : 0 };
  }

  /** @param {string} text */
  function lose(text) {
    isLost = true;
    write('announcer', '');
    write('connection', text);
  }

  function find() {
    if (!isLost) return;
    isLost = false;
    write('connection', '');
    write('announcer', 'This page is up to date again');
  }

  return { ask, isRetrying: () => isLost };
}

/** @param {HTMLButtonElement} button */
export async function copy(button) {
  const { copy: value = '', from = '', label = '' } = button.dataset;
  const done = (await writeClipboard(value)) || copySelected(from);
  const word = button.querySelector('.copy-word');
  if (word) word.textContent = done ? 'Copied' : 'Selected';
  button.classList.toggle('copied', done);
  announce(done ? `${label} copied` : `${label} selected, copy it with your keyboard or a long press`);
  setTimeout(() => {
    if (word) word.textContent = 'Copy';
    button.classList.remove('copied');
  }, FEEDBACK_MS);
}

/** @param {string} value */
async function writeClipboard(value) {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * Where the clipboard is closed to us: select the text, try the old way, leave the selection to the reader.
 * @param {string} id
 */
function copySelected(id) {
  const text = document.getElementById(id);
  if (!text) return false;
  getSelection()?.selectAllChildren(text);
  return document.execCommand('copy');
}

/** @param {string} text */
export function announce(text) {
  const announcer = document.getElementById('announcer');
  if (announcer) announcer.textContent = text;
}

/**
 * @param {string} id
 * @param {string} text
 */
function write(id, text) {
  const place = document.getElementById(id);
  // The same words again would be read out again.
  if (place && place.textContent !== text) place.textContent = text;
}
