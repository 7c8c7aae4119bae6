// Keeps an open page of the shop up to date: told by /live that something changed, it fetches itself again and swaps
// the part marked data-live. Without this script every page works by reload and every button by form.

const live = () => document.querySelector('[data-live]');

let isFetching = false;
let isStale = false;

async function refresh() {
  isStale = true;
  if (isFetching) return;
  isFetching = true;
  try {
    while (isStale) {
      isStale = false;
      const response = await fetch(location.href, { headers: { accept: 'text/html' } });
      if (response.ok) swap(await response.text());
    }
  } finally {
    isFetching = false;
  }
}

function swap(text) {
  const fresh = new DOMParser().parseFromString(text, 'text/html').querySelector('[data-live]');
  const old = live();
  if (!fresh || !old || old.innerHTML === fresh.innerHTML) return;
  const focused = document.activeElement?.id;
  const said = old.querySelector('[data-say]')?.textContent;
  old.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  const says = fresh.querySelector('[data-say]');
  if (said && says && says.textContent !== said) {
    says.closest('section')?.classList.add('news');
    announcer.textContent = says.textContent;
  }
}

// Outside of the part that is swapped, or a screen reader would miss the change.
const announcer = document.createElement('p');
announcer.className = 'sr-only';
announcer.setAttribute('role', 'status');
document.body.append(announcer);

if (live()) {
  const source = new EventSource('/live');
  source.onmessage = refresh;
  // Something may have happened while the connection was gone.
  source.onopen = refresh;
  addEventListener('pagehide', () => source.close());
}

addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.matches('[data-quiet]')) return;
  event.preventDefault();
  const button = form.querySelector('button');
  button.setAttribute('aria-busy', 'true');
  try {
    await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)), redirect: 'manual' });
    await refresh();
  } finally {
    button.removeAttribute('aria-busy');
  }
});

// A page that the browser kept would offer an order id that was used already, and has lost its stream.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
