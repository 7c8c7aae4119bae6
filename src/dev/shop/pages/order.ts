// One order: what to do with it, its events, the invoice, and the control desk. Called by app.ts.
import { html } from 'hono/html';
import { invoiceOf, type ShopOrder } from '../orders.ts';
import { apology } from '../problems.ts';
import { productOf } from '../products.ts';
import type { PlacedInvoice, Problem } from '../satlane.ts';
import { type Advice, verdict } from '../standing.ts';
import { fiatText, productPriceText, satsText, timeText } from '../words.ts';
import { picture } from './art.ts';
import { eventList } from './events.ts';
import { type Html, layout } from './layout.ts';

/** @param desk the control desk's panel, where there is one */
export function orderPage(order: ShopOrder, desk: Html | null): Html {
  const invoice = invoiceOf(order);
  const { problem } = order;
  return layout({
    title: `Order ${order.id}`,
    here: '/orders',
    body: html`<div id="live" data-live class="order">
      <div class="order-main">
        ${invoice || !problem ? decision(order, verdict(order), invoice) : sorry(order, problem)}
        ${invoice ? refundBox(order) : ''}
        ${invoice ? desk : ''}
      </div>
      <div class="order-side">
        ${summary(order)}
        <section class="panel">
          <h2>Webhooks received</h2>
          ${
            order.events.length > 0
              ? eventList(order.events)
              : html`<p class="hint">None yet. SatLane calls <code>/webhooks/satlane</code> when something happens.</p>`
          }
        </section>
        ${invoice ? facts(invoice) : ''}
      </div>
    </div>`,
  });
}

function decision(
  { id }: ShopOrder,
  { standing, tone, label, order, why }: Advice,
  invoice: PlacedInvoice | null,
): Html {
  const isPayable = ['awaiting', 'under', 'detected', 'expired'].includes(standing);
  return html`<section class="decision ${tone}">
    <span class="pill ${tone}">${label}</span>
    <h1 data-say>${order}</h1>
    <p>${why}</p>
    ${road(standing)}
    ${
      invoice
        ? html`<a class="button ${isPayable ? '' : 'plain'}" href="${invoice.hosted_checkout_url}" target="_blank">Open the checkout page</a>`
        : html`<form method="post" action="/orders/${id}/pay"><button class="button">Pay with bitcoin</button></form>`
    }
  </section>`;
}

/** What has arrived can go back, as far as it is confirmed: SatLane says where it cannot. */
function refundBox(order: ShopOrder): Html | '' {
  const { id, refund } = order;
  const { standing } = verdict(order);
  if (refund)
    return html`<section class="panel">
      <h2>Refund</h2>
      <p class="hint">Send the buyer this link. They say on the page where ${refund.amount} BTC go.</p>
      <a class="button plain" href="${refund.claim_url}" target="_blank">Open the refund page</a>
    </section>`;
  if (BigInt(invoiceOf(order)?.amount_paid_sats ?? 0) === 0n) return '';
  const text = standing === 'over' ? 'Refund what was paid too much' : 'Refund the buyer';
  return html`<section class="panel">
    <h2>Refund</h2>
    <form method="post" action="/orders/${id}/refund"><button id="refund" class="button plain">${text}</button></form>
  </section>`;
}

/** The straight road, shown while the order is on it. */
function road(standing: Advice['standing']): Html | '' {
  const step = ['awaiting', 'detected', 'paid'].indexOf(standing);
  if (step < 0) return '';
  return html`<ol class="road">${['Ordered', 'Payment seen', 'Confirmed'].map(
    (name, i) =>
      html`<li class="${i <= step ? 'done' : ''}" ${i === step ? html`aria-current="step"` : ''}>${name}</li>`,
  )}</ol>`;
}

function sorry({ id }: ShopOrder, problem: Problem): Html {
  const { title, text, canRetry } = apology(problem);
  return html`<section class="decision warn" role="alert">
    <span class="pill warn">Not placed</span>
    <h1 data-say>${title}</h1>
    <p>${text}</p>
    <form method="post" action="/orders/${id}/pay" class="buttons">
      <button class="button ${canRetry ? '' : 'plain'}">Try again</button>
      <a class="button plain" href="/">Back to the shop</a>
    </form>
    <details>
      <summary>For the shop's owner</summary>
      <p><code>${problem.code}</code> ${problem.message}</p>
      ${problem.requestId ? html`<p>Request <code>${problem.requestId}</code></p>` : ''}
    </details>
  </section>`;
}

function summary(order: ShopOrder): Html {
  const product = productOf(order.productId);
  return html`<section class="panel summary">
    ${product ? picture(product.id) : ''}
    <div>
      <h2>${product?.name ?? order.productId}</h2>
      <p class="price">${product ? productPriceText(product) : ''}</p>
      <small>${order.id}<br><time datetime="${order.createdAt}">${timeText(order.createdAt)}</time></small>
    </div>
  </section>`;
}

function facts(invoice: PlacedInvoice): Html {
  const rate = invoice.btc_usd_rate;
  const rows: [string, string, string?][] = [
    ['Status', invoice.status, 'mono'],
    ['Amount', satsText(invoice.amount_sats)],
    ['Received', satsText(invoice.amount_paid_sats)],
    ['Counts as exact', `± ${satsText(invoice.amount_tolerance_sats)}`],
    ['Confirmations needed', String(invoice.conf_threshold)],
    ['Price holds until', timeText(invoice.expires_at)],
    ['Late payments until', timeText(invoice.late_payment_deadline_at)],
    ...(rate && invoice.amount_fiat ? [['BTC/USD locked at', fiatText(rate, 'USD')] as [string, string]] : []),
    ['Address', invoice.address, 'mono'],
    ['Invoice', invoice.id, 'mono'],
    ['Environment', invoice.environment, 'mono'],
  ];
  return html`<section class="panel">
    <h2>Invoice, as last received</h2>
    <dl class="facts">${rows.map(([name, value, kind]) => html`<div><dt>${name}</dt><dd class="${kind ?? ''}">${value}</dd></div>`)}</dl>
  </section>`;
}
