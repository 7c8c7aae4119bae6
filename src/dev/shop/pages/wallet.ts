// The merchant's wallet on the control desk: signs batches of payouts, which nothing but the merchant's wallet can. SIMULATION ONLY;
// called by pages/desk.ts.
import { html } from 'hono/html';
import type { ShopOrder } from '../orders.ts';
import type { WaitingBatch } from '../satlane-payouts.ts';
import { satsText, shortText } from '../words.ts';
import type { Html } from './layout.ts';

/** @param order whose page of the desk it is on. @param signed what came of a PSBT that was pasted */
export function walletPanel(batches: WaitingBatch[], order: ShopOrder | undefined, signed: string | null): Html {
  const from = html`<input type="hidden" name="from" value="desk"><input type="hidden" name="order" value="${order?.id ?? ''}">`;
  return html`<section class="desk" aria-labelledby="wallet">
    <div class="desk-head">
      <h2 id="wallet">The merchant's wallet</h2>
      <span class="tag">Simulation only</span>
    </div>
    <p class="hint">SatLane holds no key. It puts approved payouts into a transaction, and this wallet signs it.</p>
    <h3>Batches to sign</h3>
    <div class="knobs two">
      ${batches.map(
        ({ id, payouts, total_sats }) => html`<form method="post" action="/desk/sign-batch" data-quiet>
          ${from}<input type="hidden" name="batch" value="${id}">
          <button class="knob">Sign and upload<small>${shortText(id)}: ${payouts.length} ${payouts.length === 1 ? 'payout' : 'payouts'}, ${satsText(total_sats)}</small></button>
        </form>`,
      )}
      <form method="post" action="/desk/batch" data-quiet>
        ${from}
        <button class="knob" id="desk-batch">New batch<small>of all approved payouts to addresses</small></button>
      </form>
    </div>
    <h3>Sign a PSBT</h3>
    <form method="post" action="/desk/sign" class="paste">
      ${from}
      <label for="psbt">PSBT in base64</label>
      <textarea id="psbt" name="psbt" rows="3" required spellcheck="false"></textarea>
      <button class="knob" id="desk-sign">Sign</button>
    </form>
    ${
      signed === null
        ? ''
        : html`<label for="signed">Signed PSBT</label><textarea id="signed" rows="3" readonly>${signed}</textarea>`
    }
  </section>`;
}
