// The shop's side of the page, in the shop's colour: who is paid, how much, on what terms. Called by page.tsx.

import { takesAnyAmount } from '../../core/snapshot/invoice.ts';
import { Moment } from '../ui/parts.tsx';
import { btcText, priceText, rateText, satsText, worthText } from '../ui/text.ts';
import { logoSource } from './links.ts';
import { shopNameCapital } from './text.ts';
import { type BuyerSituation, type CheckoutStore, type CheckoutView, isInSats, situationOf } from './view.ts';

export function OrderSummary({ view }: { view: CheckoutView }) {
  const { store, invoice } = view;
  const rate = rateText(invoice);
  return (
    <header class="summary">
      <ShopIdentity store={store} />
      <Amount view={view} />
      <dl class="terms">
        {rate !== null && <Term name="Exchange rate" value={rate} hint="fixed for this payment" />}
        <div>
          <dt>{situationOf(view) === 'pay' ? 'Pay before' : 'Time limit'}</dt>
          <dd>
            <Moment iso={invoice.expires_at} />
          </dd>
        </div>
        <Term
          name="Paid to"
          value={`${shopNameCapital(store)}’s own wallet`}
          hint={
            // The server of a Lightning address may hold it for the shop.
            invoice.payment_methods.includes('lightning')
              ? 'SatLane never holds your money'
              : 'no middleman holds your money'
          }
        />
      </dl>
    </header>
  );
}

export function ShopIdentity({ store }: { store: CheckoutStore }) {
  const logo = logoSource(store.logoUrl);
  const name = shopNameCapital(store);
  return (
    <p class="shop">
      {logo === null ? (
        <span class="monogram" aria-hidden="true">
          {[...name][0]?.toUpperCase()}
        </span>
      ) : (
        <img src={logo} alt="" width="40" height="40" />
      )}
      <span>{name}</span>
    </p>
  );
}

function Amount({ view }: { view: CheckoutView }) {
  const { invoice } = view;
  const situation = situationOf(view);
  if (takesAnyAmount(invoice) && situation === 'pay') {
    return (
      <div class="amount">
        <p class="amount-label">To pay</p>
        <p class="amount-btc">Any amount</p>
      </div>
    );
  }
  const sats = shownSats(view);
  const price = situation === 'pay_rest' ? worthText(sats, invoice) : priceText(invoice);
  return (
    <div class="amount">
      <p class="amount-label">{amountLabel(situation)}</p>
      <SumOf sats={sats} inSats={isInSats(view)} price={price} />
    </div>
  );
}

/** A sum in bitcoin and in sats, one of them first. */
export function SumOf({ sats, inSats, price }: { sats: string; inSats: boolean; price: string | null }) {
  const [count, unit = 'sats'] = inSats ? satsText(sats).split(' ') : [btcText(sats), 'BTC'];
  return (
    <>
      <p class="amount-btc">
        {count} <span>{unit}</span>
      </p>
      <p class="amount-more">
        {inSats ? `${btcText(sats)} BTC` : satsText(sats)}
        {price !== null && ` · ${price}`}
      </p>
    </>
  );
}

function shownSats(view: CheckoutView): string {
  const { invoice } = view;
  if (situationOf(view) === 'pay_rest') return invoice.amount_due_sats;
  return takesAnyAmount(invoice) ? invoice.amount_paid_sats : invoice.amount_sats;
}

function amountLabel(situation: BuyerSituation): string {
  if (situation === 'pay' || situation === 'unavailable') return 'To pay';
  if (situation === 'pay_rest') return 'Remaining';
  return 'Amount';
}

export function Term({ name, value, hint }: { name: string; value: string; hint: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value} <small>{hint}</small>
      </dd>
    </div>
  );
}
