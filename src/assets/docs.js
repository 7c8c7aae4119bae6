// The documentation's script: copies snippets, searches the entries of /docs/index, remembers the language that a reader chose.
// Every page can be read without it.

const FEEDBACK_MS = 2_000;
const MAX_RESULTS = 20;
/** Letters around a match. */
const BEFORE = 40;
const EXCERPT = 140;

start();

function start() {
  const template = document.getElementById('copy');
  if (template instanceof HTMLTemplateElement) {
    for (const snippet of document.querySelectorAll('.snippet')) {
      snippet.append(template.content.cloneNode(true));
      snippet.querySelector('.copy')?.addEventListener('click', () => copy(snippet));
    }
  }
  startSearch();
  startTabs();
}

/* Snippets */

/** @param {string} text */
async function writeClipboard(text) {
  await navigator.clipboard.writeText(text);
}

/** @param {Element} snippet */
async function copy(snippet) {
  const [code, button, word, status] = ['code', '.copy', '.copy-word', '[role=status]'].map((selector) =>
    snippet.querySelector(selector),
  );
  if (!code || !button || !word || !status) return;
  // Where the browser closes the clipboard to pages, or has none (plain http), the reader copies the selection.
  const done = await writeClipboard(code.textContent ?? '').then(
    () => true,
    () => getSelection()?.selectAllChildren(code) ?? false,
  );
  button.classList.toggle('copied', done);
  word.textContent = done ? 'Copied' : 'Selected';
  status.textContent = done ? 'Copied' : 'Selected, copy it with your keyboard';
  setTimeout(() => {
    button.classList.remove('copied');
    word.textContent = 'Copy';
    status.textContent = '';
  }, FEEDBACK_MS);
}

/* Languages: one choice for all groups and pages */

function startTabs() {
  choose(remembered());
  document.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLInputElement) || !target.name.startsWith('language-')) return;
    choose(target.value);
    try {
      localStorage.setItem('language', target.value);
    } catch {
      // The choice holds for this page.
    }
  });
}

function remembered() {
  try {
    return localStorage.getItem('language');
  } catch {
    return null;
  }
}

/** @param {string | null} language */
function choose(language) {
  for (const input of document.querySelectorAll('.tab-names input')) {
    if (input instanceof HTMLInputElement && input.value === language) input.checked = true;
  }
}

/* Search */

/** @typedef {{title: string, href: string, group: string, text: string}} Entry */

function startSearch() {
  const dialog = document.getElementById('search');
  const input = dialog?.querySelector('input');
  const status = dialog?.querySelector('[role=status]');
  const list = dialog?.querySelector('ul');
  if (!(dialog instanceof HTMLDialogElement) || !input || !status || !list) return;
  /** @type {Promise<Entry[]> | undefined} */
  let loading;

  document.getElementById('open-search')?.addEventListener('click', (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof HTMLInputElement && event.target.type !== 'radio';
    const isSlash = event.key === '/' && !isTyping && !event.metaKey && !event.ctrlKey && !event.altKey;
    if (!isSlash && !(event.key === 'k' && (event.metaKey || event.ctrlKey))) return;
    event.preventDefault();
    open();
  });
  input.addEventListener('input', show);
  dialog.addEventListener('keydown', move);
  dialog.addEventListener('click', ({ target }) => {
    // The space around the box is the dialog itself. A link within the page leaves the dialog open.
    if (target === dialog || (target instanceof Element && target.closest('a'))) dialog.close();
  });

  function open() {
    if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
    input?.select();
    show();
  }

  async function show() {
    if (!input || !status || !list) return;
    loading ??= load();
    const found = await loading.then(
      (entries) => search(entries, input.value),
      () => null,
    );
    if (found === null) loading = undefined;
    list.replaceChildren(...(found ?? []).slice(0, MAX_RESULTS).map((entry) => resultOf(entry, input.value)));
    status.textContent = statusOf(input.value, found);
  }

  /** @param {KeyboardEvent} event */
  function move(event) {
    const links = [...(list?.querySelectorAll('a') ?? [])];
    const at = links.findIndex((link) => link.matches(':focus'));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter' && at < 0) links[0]?.click();
    if (step === undefined) return;
    event.preventDefault();
    const next = links[at + step];
    if (next) next.focus();
    else if (step < 0) input?.focus();
  }
}

/** @returns {Promise<Entry[]>} */
async function load() {
  const response = await fetch('/docs/index');
  if (!response.ok) throw new Error(String(response.status));
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  return [...page.querySelectorAll('.entries[data-group] li')].map((item) => ({
    title: item.textContent ?? '',
    href: item.querySelector('a')?.getAttribute('href') ?? '',
    group: item.closest('ul')?.dataset.group ?? '',
    text: item instanceof HTMLElement ? (item.dataset.text ?? '') : '',
  }));
}

/**
 * Entries that hold every word, the best first.
 * @param {Entry[]} entries
 * @param {string} query
 */
function search(entries, query) {
  const words = wordsOf(query);
  if (words.length === 0) return [];
  return entries
    .map((entry) => ({ entry, score: scoreOf(entry, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ entry }) => entry);
}

/**
 * 0 where a word is missing. A title that is the query comes before one that begins with it, a title before a text.
 * @param {Entry} entry
 * @param {string[]} words
 */
function scoreOf(entry, words) {
  const title = entry.title.toLowerCase();
  const text = `${entry.group} ${entry.text}`.toLowerCase();
  if (title === words.join(' ')) return 1_000;
  let score = 0;
  for (const word of words) {
    if (title.startsWith(word)) score += 20;
    else if (title.includes(word)) score += 10;
    else if (text.includes(word)) score += 1;
    else return 0;
  }
  return score;
}

/** @param {string} query */
const wordsOf = (query) => query.toLowerCase().split(/\s+/).filter(Boolean);

/**
 * @param {Entry} entry
 * @param {string} query
 */
function resultOf({ title, href, group, text }, query) {
  const [item, link, where, excerpt] = ['li', 'a', 'small', 'span'].map((name) => document.createElement(name));
  if (!(link instanceof HTMLAnchorElement) || !item || !where || !excerpt) throw new Error('unreachable');
  link.href = href;
  where.textContent = group;
  excerpt.textContent = excerptOf(text, wordsOf(query));
  link.append(title, where, excerpt);
  item.append(link);
  return item;
}

/**
 * The text around the first word that it holds, or its beginning.
 * @param {string} text
 * @param {string[]} words
 */
function excerptOf(text, words) {
  const at = words.map((word) => text.toLowerCase().indexOf(word)).find((place) => place >= 0) ?? 0;
  const begin = at <= BEFORE ? 0 : text.indexOf(' ', at - BEFORE) + 1;
  const rest = text.slice(begin);
  const part = rest.length <= EXCERPT ? rest : `${rest.slice(0, rest.lastIndexOf(' ', EXCERPT))} …`;
  return `${begin > 0 ? '… ' : ''}${part}`;
}

/**
 * @param {string} query
 * @param {Entry[] | null} found
 */
function statusOf(query, found) {
  if (found === null) return 'The search could not load. Check your connection, then type again.';
  if (wordsOf(query).length === 0) return 'Type a word, a path or an error code.';
  if (found.length === 0) return `No results for “${query.trim()}”.`;
  const shown = found.length > MAX_RESULTS ? `, the first ${MAX_RESULTS} are shown` : '';
  return `${found.length} ${found.length === 1 ? 'result' : 'results'}${shown}. Choose with ↓ and ↑, open with Enter.`;
}
