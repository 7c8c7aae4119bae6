// The product page: what is sold, and how the demo goes. Called by app.ts.
import { html } from 'hono/html';
import { newOrderId } from '../order-id.ts';
import type { ShopOrder } from '../orders.ts';
import { PRODUCTS, type Product, productOf } from '../products.ts';
import { verdict } from '../standing.ts';
import { productPriceText } from '../words.ts';
import { picture } from './art.ts';
import { type Html, layout } from './layout.ts';

export function shopHomePage({ last, hasDesk }: { last: ShopOrder | undefined; hasDesk: boolean }): Html {
  return layout({
    title: 'Coffee worth its sats',
    here: '/',
    body: html`
      <section class="welcome">
        <h1>Coffee worth its sats</h1>
        <p>Small-batch beans and what goes with them, paid in bitcoin, straight to the roaster's wallet.</p>
      </section>
      <div id="live" data-live>${last ? resume(last) : ''}</div>
      <ul class="goods">${PRODUCTS.map(card)}</ul>
      ${hasDesk ? tour() : ''}
    `,
  });
}

/** The way back from the checkout page to the order, for a visitor who left without paying. */
function resume(order: ShopOrder): Html | '' {
  const { standing, tone, label } = verdict(order);
  if (standing !== 'awaiting' && standing !== 'detected' && standing !== 'under') return '';
  return html`<p class="resume">
    <span class="pill ${tone}">${label}</span>
    <span>${productOf(order.productId)?.name ?? order.productId}, ${order.id}</span>
    <a href="/orders/${order.id}">Go to the order</a>
  </p>`;
}

function card(product: Product): Html {
  return html`<li class="good-card">
    ${picture(product.id)}
    <div class="good-text">
      <h2>${product.name}</h2>
      <p>${product.text}</p>
      <form method="post" action="/buy" class="till">
        <input type="hidden" name="product" value="${product.id}">
        <input type="hidden" name="order" value="${newOrderId()}">
        <strong class="price">${productPriceText(product)}</strong>
        <button class="button" aria-label="Buy ${product.name} with bitcoin">Buy with bitcoin</button>
      </form>
    </div>
  </li>`;
}

function tour(): Html {
  return html`<section class="tour" aria-labelledby="tour">
    <h2 id="tour">The whole loop in a minute</h2>
    <ol>
      <li><strong>Buy something.</strong> The shop asks <code>POST /v1/invoices</code> and sends you to the checkout page.</li>
      <li><strong>Pay it.</strong> In another tab, on the <a href="/orders">order's page</a>, the demo wallet plays the buyer. The checkout page notices by itself.</li>
      <li><strong>Mine a block.</strong> The payment is confirmed, and SatLane calls the shop's webhook.</li>
      <li><strong>Ship it.</strong> The order says so the moment the signed <code>invoice.paid</code> is in. Then try what goes wrong.</li>
    </ol>
  </section>`;
}
