// The frame of every page of the shop. Called by the pages beside it.
import { html } from 'hono/html';

export type Html = ReturnType<typeof html>;

interface Page {
  title: string;
  /** The path that the menu marks as here. */
  here: '/' | '/orders' | '/desk' | null;
  body: Html;
}

export function layout({ title, here, body }: Page): Html {
  const link = (href: string, text: string) =>
    html`<a href="${href}" ${here === href ? html`aria-current="page"` : ''}>${text}</a>`;
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
    <title>${title} · Sat &amp; Bean</title>
    <link rel="icon" href="/favicon.svg">
    <link rel="stylesheet" href="/shop.css">
    <script src="/shop.js" defer></script>
  </head>
  <body>
    <p class="ribbon"><strong>Demo shop</strong> <span>Play money on a simulated chain. Nothing is sold.</span></p>
    <header class="top">
      <a class="logo" href="/">${logo()}<span>Sat <i>&amp;</i> Bean</span></a>
      <nav aria-label="Main">${link('/', 'Shop')}${link('/orders', 'Orders')}${link('/desk', 'Desk')}</nav>
    </header>
    <main>${body}</main>
    <footer>Sat &amp; Bean takes bitcoin through <strong>SatLane</strong>. Coins go straight to the merchant's own wallet.</footer>
  </body>
</html>`;
}

/** For a page that cannot be shown. */
export function sorryPage(title: string, text: string): Html {
  return layout({
    title,
    here: null,
    body: html`<section class="sorry"><h1>${title}</h1><p>${text}</p><a class="button" href="/">Back to the shop</a></section>`,
  });
}

function logo(): Html {
  return html`<svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
    <ellipse cx="16" cy="16" rx="10.5" ry="14" transform="rotate(32 16 16)" class="logo-bean" />
    <path d="M22.5 5.5c-5.5 3.4-1.8 8.6-6.5 10.5s-1.4 7.2-6.5 10.5" class="logo-crease" />
  </svg>`;
}
