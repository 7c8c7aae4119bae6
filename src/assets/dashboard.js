// The dashboard's script. Everything works without it; with it times are local, values are copied by a press, links of
// mails fill in their own form, and an invoice's page follows the chain.

import { announce, copy, EVENT_TYPES, keepFresh } from './page.js';

const POLL_MS = 20_000;

/** @type {EventSource | null} */
let stream = null;
/** On a page that follows something. @type {import('./page.js').Refresh | null} */
let refresh = null;

const WORDS = {
  offline: () => 'You are offline. This page updates when you are back online.',
  unreachable: () => 'You seem to be offline. This page keeps trying to update.',
  failing: () => 'This page cannot be updated right now. We keep trying.',
};

localise(document);
takeToken();
listen();
offerPasskeys();
sendOn();
addEventListener('hashchange', takeToken);
document.addEventListener('click', onClick);
document.addEventListener('keydown', onKey);
// Nothing of a page may be shown again after a log-out by the back button.
addEventListener('pageshow', (event) => event.persisted && location.reload());

/* Times */

/** @param {ParentNode} part */
function localise(part) {
  for (const time of part.querySelectorAll('time[data-local]')) {
    const moment = new Date(time.getAttribute('datetime') ?? '');
    const today = moment.toDateString() === new Date().toDateString();
    const form = today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' };
    time.textContent = moment.toLocaleString('en-GB', /** @type {Intl.DateTimeFormatOptions} */ (form));
    time.setAttribute('title', moment.toISOString());
  }
}

/* A form that goes on to somewhere else by itself */

function sendOn() {
  const form = document.querySelector('form[data-submit]');
  if (form instanceof HTMLFormElement) form.submit();
}

/* Links of mails */

/** The token comes behind a #, where no server sees it: into the form with it, and out of the address. */
function takeToken() {
  const token = /[#&]token=([^&]+)/.exec(location.hash)?.[1];
  const box = document.querySelector('[data-token]');
  const field = box?.querySelector('input');
  if (!token || !(box instanceof HTMLElement) || !field) return;
  field.value = token;
  box.hidden = true;
  history.replaceState(null, '', location.pathname);
  const next = document.querySelector('input[type="password"], main form button');
  if (next instanceof HTMLElement) next.focus();
}

/* Passkeys: the API makes the challenge and judges the answer */

function offerPasskeys() {
  const [login, add] = [document.querySelector('[data-passkey-login]'), document.querySelector('[data-passkey-add]')];
  if (typeof PublicKeyCredential === 'undefined' || !PublicKeyCredential.parseCreationOptionsFromJSON) return;
  if (login instanceof HTMLButtonElement) {
    login.hidden = false;
    login.addEventListener('click', () => trying(logInByPasskey));
  }
  if (add instanceof HTMLFormElement) {
    add.hidden = false;
    add.addEventListener('submit', (event) => {
      event.preventDefault();
      trying(() => addPasskey(new FormData(add)));
    });
  }
}

async function logInByPasskey() {
  const { options } = await say('/v1/auth/passkeys/login/options', {});
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  await say('/v1/auth/passkeys/login', { credential: await navigator.credentials.get({ publicKey }) });
  const next = document.querySelector('input[name="next"]');
  location.assign(next instanceof HTMLInputElement ? next.value : '/stores');
}

/** @param {FormData} form */
async function addPasskey(form) {
  const { options } = await say('/v1/auth/passkeys/options', { password: form.get('passkey_password') });
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey });
  await say('/v1/auth/passkeys', { label: form.get('passkey_label'), credential });
  location.assign('/profile?done=passkey_added');
}

/**
 * What goes wrong is said where it was tried.
 * @param {() => Promise<void>} attempt
 */
async function trying(attempt) {
  const problem = document.querySelector('[data-passkey-problem]');
  if (problem) problem.textContent = '';
  try {
    await attempt();
  } catch (error) {
    const isRefusal = error instanceof DOMException;
    if (problem) problem.textContent = isRefusal ? 'The device did not give a passkey.' : String(Object(error).message);
  }
}

/**
 * @param {string} path
 * @param {object} body
 */
async function say(path, body) {
  const response = await fetch(path, { method: 'POST', body: JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}

/* News */

function listen() {
  const url = document.getElementById('main')?.dataset.events;
  if (!url) {
    stream?.close();
    stream = null;
    return;
  }
  if (!refresh) {
    refresh = keepFresh({ take, isWaiting: () => stream !== null, reconnect, words: WORDS });
    // Confirmations grow without news: a block that changes no status is none.
    setInterval(poll, POLL_MS);
  }
  if (stream) return;
  stream = new EventSource(url);
  for (const type of EVENT_TYPES) stream.addEventListener(type, refresh.ask);
}

function reconnect() {
  stream?.close();
  stream = null;
  listen();
}

function poll() {
  if (!stream || document.hidden) return;
  // A browser gives a stream up for good when it is answered by an error.
  if (stream.readyState === EventSource.CLOSED) reconnect();
  if (refresh && !refresh.isRetrying()) refresh.ask();
}

/**
 * Shows what follows the invoice as it is now.
 * @param {Document} page
 * @param {Response} response
 * @returns {boolean} false for what is not this page
 */
function take(page, response) {
  // Logged out elsewhere: nothing more is shown, and what was typed here is kept.
  if (response.redirected) {
    stream?.close();
    stream = null;
    announce('You are logged out. Reload the page to log in');
    return true;
  }
  if (!response.ok || !page.querySelector('[data-live]')) return false;
  const before = statusOf(document);
  for (const part of document.querySelectorAll('[data-live]')) {
    const fresh = page.getElementById(part.id);
    if (!fresh || part.contains(document.activeElement)) continue;
    const unfolded = [...part.querySelectorAll('details[open][id]')].map(({ id }) => id);
    part.replaceWith(fresh);
    for (const id of unfolded) document.getElementById(id)?.setAttribute('open', '');
    localise(fresh);
  }
  const [main, freshMain] = [document.getElementById('main'), page.getElementById('main')];
  if (main && freshMain) {
    if (freshMain.dataset.events) main.dataset.events = freshMain.dataset.events;
    else delete main.dataset.events;
  }
  if (statusOf(document) !== before) announce(`The invoice is now: ${statusOf(document)}`);
  listen();
  return true;
}

/** @param {Document} page */
function statusOf(page) {
  return page.querySelector('#live-head .badge')?.textContent ?? '';
}

/* Buttons and menus */

/** @param {MouseEvent} event */
function onClick(event) {
  const target = event.target instanceof Element ? event.target : null;
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!target || !menu.contains(target)) menu.removeAttribute('open');
  }
  const button = target?.closest('button');
  if (button?.dataset.copy) copy(button);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.key !== 'Escape') return;
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    menu.removeAttribute('open');
    if (menu.contains(document.activeElement)) menu.querySelector('summary')?.focus();
  }
}
