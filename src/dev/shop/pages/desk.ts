// The control desk on a page of its own, for any order. SIMULATION ONLY; called by desk.ts.
import { html } from 'hono/html';
import type { DemoChainState } from '../control.ts';
import type { OrderStore } from '../order-store.ts';
import { invoiceOf, type ShopOrder } from '../orders.ts';
import { productOf } from '../products.ts';
import { verdict } from '../standing.ts';
import { type Html, layout } from './layout.ts';
import { deskPanel } from './panel.ts';

const SHOWN_ORDERS = 6;

interface DeskPage {
  order: ShopOrder | undefined;
  orderStore: OrderStore;
  hasLightning: boolean;
  chain: DemoChainState | null;
  /** The merchant's. */
  wallet: Html;
}

export function deskPage({ order, orderStore, hasLightning, chain, wallet }: DeskPage): Html {
  const orders = orderStore.orders().filter(invoiceOf).slice(0, SHOWN_ORDERS);
  return layout({
    title: 'Control desk',
    here: '/desk',
    body: html`
      <div class="page-head"><h1>Control desk</h1><p>Play the buyer, the miners and bad luck, and watch the events that the shop receives.</p></div>
      <div id="live" data-live class="desk-page">
        ${
          orders.length === 0
            ? html`<p class="hint">Nothing to pay yet. <a href="/">Buy something</a> first.</p>`
            : html`<ul class="chips" aria-label="Which order">${orders.map((one) => chip(one, one.id === order?.id))}</ul>`
        }
        ${deskPanel({ order, from: 'desk', orderStore, hasLightning, chain })}
        ${wallet}
      </div>
    `,
  });
}

function chip(order: ShopOrder, isChosen: boolean): Html {
  const { tone, label, order: advice } = verdict(order);
  return html`<li class="chip">
    <a href="/desk?order=${order.id}" ${isChosen ? html`aria-current="true"` : ''}>
      <strong>${productOf(order.productId)?.name ?? order.productId}</strong>
      <small>${order.id}</small>
      <span class="pill ${tone}">${label}</span>
    </a>
    ${isChosen ? html`<a class="chip-more" href="/orders/${order.id}">${advice}. See the order</a>` : ''}
  </li>`;
}
