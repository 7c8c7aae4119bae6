// The checkout page's script. It renders nothing itself: on news it asks for the page again and swaps <main>, counts
// down by the server's clock, copies, and goes back to the shop. The page is complete without it.

import { announce, copy, EVENT_TYPES, keepFresh } from './page.js';

const POLL_MS = 10_000;
/** A stream that died unnoticed brings no news: look anyway, now and then. */
const LOOK_ANYWAY_MS = 60_000;

let main = pageMain(document);
/** Server's clock minus ours. */
let clockOffsetMs = 0;
/** @type {EventSource | null} */
let stream = null;
/** @type {ReturnType<typeof setInterval> | undefined} */
let returning;
/** The buyer chose to stay, or came back with the back button: the page redirects a buyer once. */
let staying = false;
/** When the page was last known to be current. */
let knownAtMs = Date.now();
/** When the Lightning code ran out that a new one was asked for last. */
let askedToRenew = '';
/** The deadline whose end was already asked about, so that a page that stays the same is not asked for each second. */
let askedAboutEnd = '';
/** The status that the shop's page received last. */
let toldStatus = '';

const NOT_AGAIN = 'If you have paid, do not pay again.';
const { ask, isRetrying } = keepFresh({
  take,
  isWaiting: () => main?.dataset.events !== undefined || main?.dataset.poll !== undefined,
  // Not of Lightning that is still to come.
  hasStream: () => stream?.readyState === EventSource.OPEN && !waitsForLightning(),
  reconnect,
  words: {
    offline: () => `You are offline. This page updates when you are back online. ${adviceWhileLost()}`,
    unreachable: () => `You seem to be offline. This page keeps trying to update. ${adviceWhileLost()}`,
    failing: () => `This page cannot be updated right now. We keep trying. ${adviceWhileLost()}`,
  },
});

start();

function start() {
  if (!main) return;
  const [visit] = performance.getEntriesByType('navigation');
  staying = visit instanceof PerformanceNavigationTiming && visit.type === 'back_forward';
  tellShop('loaded');
  enter();
  document.addEventListener('click', onClick);
  document.addEventListener('keydown', ({ key }) => key === 'Escape' && tellShop('close'));
  setInterval(tick, 1_000);
  setInterval(poll, POLL_MS);
}

/** What a new <main> needs: the clock, local times, the stream while there is something to wait for, the way back. */
function enter() {
  clockOffsetMs = Number(main?.dataset.now) - Date.now();
  for (const time of all('time[data-local]')) localise(time);
  tick();
  listen();
  planReturn();
  tellStatus();
}

/* News */

function listen() {
  const url = main?.dataset.events;
  if (!url) {
    stream?.close();
    stream = null;
  } else if (!stream) {
    stream = new EventSource(url);
    stream.addEventListener('message', onNews);
    stream.addEventListener('snapshot', onNews);
    for (const type of EVENT_TYPES) stream.addEventListener(type, onNews);
  }
}

function reconnect() {
  stream?.close();
  stream = null;
  listen();
}

/** @param {MessageEvent<string>} event */
function onNews(event) {
  try {
    const { invoice, facts = factsOf(invoice) } = JSON.parse(event.data);
    if (facts === main?.dataset.facts) return;
  } catch {
    // An unreadable message: the server knows the state.
  }
  ask();
}

/**
 * The same line as the server's pageFactsOf (checkout/view.ts).
 * @param {{status: string, amount_paid_sats: string, amount_confirmed_sats: string, conf_threshold: number,
 *   lightning: {payment_hash: string} | null, payments: {confirmations: number}[]}} invoice
 */
function factsOf(invoice) {
  const confirmations = invoice.payments.map((payment) => Math.min(payment.confirmations, invoice.conf_threshold));
  const { status, amount_paid_sats, amount_confirmed_sats, lightning } = invoice;
  return [status, amount_paid_sats, amount_confirmed_sats, lightning?.payment_hash ?? '', ...confirmations].join(' ');
}

/** Runs every ten seconds: where the stream is down, the clock ran out and the verdict is still to come, or Lightning is to come back. */
function poll() {
  if (!main?.dataset.events || document.hidden) return;
  // A browser gives a stream up for good when it is answered by an error.
  if (stream?.readyState === EventSource.CLOSED) reconnect();
  if (isRetrying()) return;
  const waitsForVerdict = main.dataset.situation === 'checking' || secondsLeft() === 0;
  const isOld = Date.now() - knownAtMs > LOOK_ANYWAY_MS;
  if (waitsForVerdict || waitsForLightning() || isOld || stream?.readyState !== EventSource.OPEN) ask();
}

function waitsForLightning() {
  return main?.dataset.ways?.endsWith('down') ?? false;
}

/** What a buyer has to know while this page may be wrong. */
function adviceWhileLost() {
  if (main?.dataset.poll) return 'Nothing is lost.';
  return secondsLeft() === 0 ? `The time to pay is up: do not send a payment now. ${NOT_AGAIN}` : NOT_AGAIN;
}

/**
 * Shows the page as it is now.
 * @param {Document} page
 * @param {Response} response
 * @returns {boolean} false for what is not this page
 */
function take(page, response) {
  // Our own words for a page that is no more.
  if ([404, 410].includes(response.status) && page.querySelector('main.alone')) {
    location.reload();
    return true;
  }
  const fresh = response.ok ? pageMain(page) : null;
  if (!main || !fresh) return false;
  knownAtMs = Date.now();
  const { situation, facts, ways, headline } = main.dataset;
  const { dataset } = fresh;
  if (dataset.situation === situation && dataset.facts === facts && dataset.ways === ways) {
    clockOffsetMs = Number(fresh.dataset.now) - Date.now();
    if (fresh.dataset.events === main.dataset.events) return true;
  }
  const focused = main.contains(document.activeElement) ? document.activeElement : null;
  const unfolded = all('details[open]').map(({ id }) => id);
  clearInterval(returning);
  main.replaceWith(fresh);
  main = fresh;
  document.title = page.title;
  for (const id of unfolded) document.getElementById(id)?.setAttribute('open', '');
  if (focused) (document.getElementById(focused.id) ?? main.querySelector('h1'))?.focus({ preventScroll: true });
  if (main.dataset.headline !== headline) announce(main.dataset.headline ?? '');
  enter();
  return true;
}

/* Time */

function tick() {
  const { poll: everyMs } = main?.dataset ?? {};
  if (everyMs && !document.hidden && !isRetrying() && Date.now() - knownAtMs >= Number(everyMs)) ask();
  const left = secondsLeft();
  if (left === null) return;
  for (const timer of all('[data-countdown]')) timer.textContent = countdown(left);
  for (const line of all('progress[data-until]')) line.setAttribute('value', String(left * 1_000));
  for (const timer of all('.timer')) timer.classList.toggle('hurry', left <= 60);
  if (left === 60) announce('One minute left to pay');
  const { renew = '' } = main?.dataset ?? {};
  if (renew && renew !== askedToRenew && Number(renew) <= Date.now() + clockOffsetMs) {
    askedToRenew = renew;
    ask();
  }
  const end = endOf();
  if (left === 0 && end !== askedAboutEnd) {
    askedAboutEnd = end;
    ask();
  }
}

/** Whole seconds until the deadline, never negative; null on a page without one. */
function secondsLeft() {
  const end = endOf();
  return end === '' ? null : Math.max(0, Math.ceil((Number(end) - Date.now() - clockOffsetMs) / 1_000));
}

function endOf() {
  return all('[data-countdown]')[0]?.dataset.countdown ?? '';
}

/**
 * The same text as the server's countdownText (checkout/text.ts).
 * @param {number} seconds
 */
function countdown(seconds) {
  const hours = Math.floor(seconds / 3_600);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  const minutes = String(Math.floor(seconds / 60) % 60).padStart(hours > 0 ? 2 : 1, '0');
  const clock = `${minutes}:${String(seconds % 60).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${clock}` : clock;
}

/** @param {HTMLElement} time */
function localise(time) {
  const moment = new Date(time.getAttribute('datetime') ?? '');
  const today = moment.toDateString() === new Date().toDateString();
  const parts = today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' };
  time.textContent = moment.toLocaleString('en-GB', /** @type {Intl.DateTimeFormatOptions} */ (parts));
}

/* The way back to the shop */

function planReturn() {
  const note = all('[data-return]')[0];
  const back = main?.querySelector('a.back');
  if (!note || !(back instanceof HTMLAnchorElement) || !/^https?:$/.test(back.protocol) || staying) return;
  let left = Number(note.dataset.return);
  note.hidden = false;
  returning = setInterval(() => {
    left = Math.max(0, left - 1);
    const count = note.querySelector('b');
    if (count) count.textContent = String(left);
    if (left > 0) return;
    clearInterval(returning);
    if (!tellShop({ open: back.href })) location.assign(back.href);
  }, 1_000);
}

function stay() {
  staying = true;
  clearInterval(returning);
  for (const note of all('[data-return]')) note.hidden = true;
  const back = main?.querySelector('a.back');
  if (back instanceof HTMLElement) back.focus();
  announce('You stay on this page');
}

/* Buttons */

/** @param {MouseEvent} event */
function onClick(event) {
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  if (button?.id === 'stay') stay();
  if (button?.id === 'close') tellShop('close');
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link?.closest('.ways') && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    // The same page with another code: shown here, and kept on a reload.
    event.preventDefault();
    history.replaceState(null, '', link.href);
    ask();
  }
  // A frame may not leave the page that it is in; the shop's page may.
  if (/^(bitcoin|lightning):/.test(link?.href ?? '') && tellShop({ open: link?.href })) event.preventDefault();
  if (button?.dataset.copy) copy(button);
}

/* In a frame over the shop's own page: what modal/btcpay.js and the shop's script listen for */

/** @param {unknown} message @returns whether there is a page around this one */
function tellShop(message) {
  if (parent === window || main?.dataset.id === undefined) return false;
  parent.postMessage(message, shopOrigin());
  return true;
}

/** The page around this one, where the browser says which it is; no message holds a secret. */
function shopOrigin() {
  return location.ancestorOrigins?.[0] ?? URL.parse(document.referrer)?.origin ?? '*';
}

/** Each status once. */
function tellStatus() {
  const { id, told: status } = main?.dataset ?? {};
  if (!status || status === toldStatus || !tellShop({ invoiceId: id, status })) return;
  toldStatus = status;
}

/* Small things */

/**
 * @param {string} selector
 * @returns {HTMLElement[]}
 */
function all(selector) {
  return main ? [...main.querySelectorAll(selector)].filter((element) => element instanceof HTMLElement) : [];
}

/** @param {Document} page */
function pageMain(page) {
  return page.getElementById('checkout');
}
