// The list of orders, the events that belong to none, and deliveries that were refused. Called by app.ts.
import { html } from 'hono/html';
import type { OrderStore } from '../order-store.ts';
import type { ShopOrder } from '../orders.ts';
import { productOf } from '../products.ts';
import { verdict } from '../standing.ts';
import { clockText, productPriceText, timeText } from '../words.ts';
import { eventList } from './events.ts';
import { type Html, layout } from './layout.ts';

export function ordersPage(orderStore: OrderStore): Html {
  const orders = orderStore.orders();
  return layout({
    title: 'Orders',
    here: '/orders',
    body: html`
      <div class="page-head"><h1>Orders</h1><p>What SatLane's webhooks say about each. Coming back from the checkout page changes nothing.</p></div>
      <div id="live" data-live>
        ${orders.length === 0 ? empty() : html`<ul class="orders">${orders.map(row)}</ul>`}
        ${others(orderStore)}
        ${refusals(orderStore)}
      </div>
    `,
  });
}

function row(order: ShopOrder): Html {
  const product = productOf(order.productId);
  const { tone, label, order: advice } = verdict(order);
  return html`<li>
    <a class="order-row" href="/orders/${order.id}">
      <span class="order-what"><strong>${product?.name ?? order.productId}</strong><small>${order.id} · ${timeText(order.createdAt)}</small></span>
      <span class="order-price">${product ? productPriceText(product) : ''}</span>
      <span class="pill ${tone}">${label}</span>
      <span class="order-advice">${advice}</span>
    </a>
  </li>`;
}

function empty(): Html {
  return html`<section class="empty"><p>No orders yet.</p><a class="button" href="/">Buy the first coffee</a></section>`;
}

function others({ others }: OrderStore): Html | '' {
  if (others.length === 0) return '';
  return html`<section class="panel">
    <h2>Other events</h2>
    <p class="hint">Well signed, but about no order of this shop: test events, or invoices made elsewhere. They are answered 200 and kept.</p>
    ${eventList(others)}
  </section>`;
}

function refusals({ refusals }: OrderStore): Html | '' {
  if (refusals.length === 0) return '';
  return html`<section class="panel refused">
    <h2>Refused deliveries</h2>
    <p class="hint">Answered 400: the signature did not verify. Check that the shop has the store's webhook secret.</p>
    <ul>${refusals.map(({ at, reason }) => html`<li><time datetime="${at}">${clockText(at)}</time> ${reason}</li>`)}</ul>
  </section>`;
}
