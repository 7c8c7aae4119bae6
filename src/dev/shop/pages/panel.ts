// The control desk's buttons, on the order page and at /desk. SIMULATION ONLY; called by pages/order.ts, pages/desk.ts.
import { html } from 'hono/html';
import type { DemoChainState } from '../control.ts';
import type { OrderStore } from '../order-store.ts';
import { invoiceOf, type ShopOrder } from '../orders.ts';
import { orderSats, type Share, satsFor, sentSats } from '../shares.ts';
import { clockText, satsText } from '../words.ts';
import type { Html } from './layout.ts';

interface Desk {
  order: ShopOrder | undefined;
  from: 'order' | 'desk';
  orderStore: OrderStore;
  /** There is a customer's Lightning node that can pay. */
  hasLightning: boolean;
  /** Null when there is no simulated chain, or it does not answer. */
  chain: DemoChainState | null;
}

const SHOWN_NOTES = 4;

export function deskPanel({ order, from, orderStore, hasLightning, chain }: Desk): Html {
  const button = (id: string, path: string, text: string, fields: Record<string, string> = {}, more: Html | '' = '') =>
    html`<form method="post" action="/desk/${path}" data-quiet>
      ${Object.entries({ from, order: order?.id ?? '', ...fields }).map(
        ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
      )}
      <button id="desk-${id}" class="knob">${text}${more}</button>
    </form>`;
  const pay = (share: Share, text: string) =>
    order ? button(share, 'pay', text, { share }, html`<small>${satsText(satsFor(order, share))}</small>`) : '';
  const isTest = order && invoiceOf(order)?.environment === 'test';
  return html`<section class="desk" aria-labelledby="desk">
    <div class="desk-head">
      <h2 id="desk">Control desk</h2>
      <span class="tag">Simulation only</span>
    </div>
    <p class="hint">In production there is no such thing: people pay, miners mine, and luck is luck.</p>
    ${chain ? state(chain) : html`<p class="hint strong">The simulated chain does not answer.</p>`}
    ${isTest ? html`<p class="hint strong">A test-mode invoice: SatLane does not watch the chain for it. Simulate its events instead.</p>` : ''}
    ${
      order && invoiceOf(order)
        ? html`<h3>Pay from the demo wallet</h3>
          <div class="knobs">${pay('full', fullText(order))}${pay('half', 'Pay half')}${pay('over', 'Pay too much')}${hasLightning ? button('lightning', 'lightning', 'Pay by Lightning') : ''}</div>`
        : ''
    }
    ${
      order?.refund
        ? html`<h3>Take the refund, as the buyer</h3>
          <div class="knobs">${button('claim', 'claim', 'On chain')}${hasLightning ? button('claim-lightning', 'claim-lightning', 'By Lightning') : ''}</div>`
        : ''
    }
    <h3>Let time pass</h3>
    <div class="knobs">${button('mine', 'mine', 'Mine a block')}</div>
    <h3>Let things go wrong</h3>
    <div class="knobs two">
      ${order ? button('replace', 'replace', 'Double-spend the payment') : ''}
      ${order ? button('reorg', 'reorg', 'Reorg, drop the payment') : button('reorg', 'reorg', 'Reorg 1 block, drop its payments')}
      ${hasLightning && order?.refund ? button('lose-answer', 'lose-answer', 'Lose the answer to the next payout') : ''}
      ${chain?.views.map(({ name, fault }) => {
        const isFailing = Object.keys(fault).length > 0;
        const text = `${isFailing ? 'Heal' : 'Fail'} explorer ${name.toUpperCase()}`;
        return button(`explorer-${name}`, 'explorer', text, { view: name, fail: isFailing ? 'no' : 'yes' });
      })}
    </div>
    ${notes(orderStore, order)}
  </section>`;
}

function fullText(order: ShopOrder): string {
  const sent = sentSats(order);
  if (sent === 0n) return 'Pay in full';
  return sent < orderSats(order) ? 'Pay the rest' : 'Pay again';
}

function state({ height, mempool, wallet, views }: DemoChainState): Html {
  const down = views.filter(({ fault }) => Object.keys(fault).length > 0).map(({ name }) => name.toUpperCase());
  return html`<dl class="gauges">
    <div><dt>Height</dt><dd>${height}</dd></div>
    <div><dt>Mempool</dt><dd>${mempool.length}</dd></div>
    <div><dt>Demo wallet</dt><dd>${Math.round(wallet.balanceSats / 1e8).toLocaleString('en-US')} BTC</dd></div>
    <div><dt>Explorers</dt><dd>${down.length === 0 ? `${views.length} up` : `${down.join(', ')} down`}</dd></div>
  </dl>`;
}

function notes(orderStore: OrderStore, order: ShopOrder | undefined): Html | '' {
  const mine = orderStore.notes.filter(({ orderId }) => !order || orderId === order.id).slice(-SHOWN_NOTES);
  if (mine.length === 0) return '';
  return html`<ol class="notes" aria-label="What the desk did">${mine
    .toReversed()
    .map(
      ({ at, text, ok }) =>
        html`<li class="${ok ? '' : 'refused'}"><time datetime="${at}">${clockText(at)}</time> ${text}</li>`,
    )}</ol>`;
}
