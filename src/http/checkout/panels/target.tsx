// What a wallet is given to pay: a code to scan, a link to tap, values to copy; and the choice between the codes. Called by the panels
// that ask for money and by the page of a permanent address.

import { qrText } from '../../../core/lightning/link.ts';
import { Icon } from '../../ui/icons.tsx';
import { Address, CopyField } from '../../ui/parts.tsx';
import { QrCode } from '../../ui/qr.tsx';
import { btcText, satsText } from '../../ui/text.ts';
import { type CheckoutView, wayOf } from '../view.ts';
import { pathOfWay, type Way, walletLink, waysOf } from '../ways.ts';

const WORDS: Record<Way, string> = { both: 'Any wallet', lightning: 'Lightning', onchain: 'On-chain' };

/** One tap to a code of one rail. Plain links, which work without a script. */
function Ways({ view: { invoice, nowMs, isFramed }, shown }: { view: CheckoutView; shown: Way }) {
  const ways = waysOf(invoice, nowMs);
  if (ways.length === 1) return null;
  return (
    <nav class="ways" aria-label="Ways to pay">
      {ways.map((way) => (
        <a
          id={`way-${way}`}
          href={pathOfWay(invoice.id, way, isFramed)}
          aria-current={way === shown ? 'true' : undefined}
        >
          {way === 'lightning' && <Icon name="bolt" />}
          {WORDS[way]}
        </a>
      ))}
    </nav>
  );
}

/** @param amountSats null where the buyer chooses it */
export function InvoiceTarget({ view, amountSats }: { view: CheckoutView; amountSats: string | null }) {
  const { invoice } = view;
  const way = wayOf(view);
  if (way === undefined) return null;
  const link = walletLink(invoice, way, BigInt(amountSats ?? 0));
  const bolt11 = way === 'onchain' ? null : (invoice.lightning?.bolt11 ?? null);
  const address = way === 'lightning' ? null : invoice.address;
  return (
    <>
      {view.isLightningDown && way === 'onchain' && <LightningDown />}
      <Ways view={view} shown={way} />
      <PaymentTarget way={way} link={link} address={address} bolt11={bolt11} amountSats={amountSats} />
    </>
  );
}

function LightningDown() {
  return (
    <div class="callout">
      <Icon name="alert" />
      <p>
        Lightning is not available right now. You can pay on-chain with this code. This page offers Lightning again when
        it is back.
      </p>
    </div>
  );
}

interface Target {
  way: Way;
  link: string;
  address: string | null;
  bolt11: string | null;
  amountSats: string | null;
}

/** One amount to one place, in every way a wallet takes it: scan, tap, copy. */
export function PaymentTarget(props: Target) {
  const { link, address, bolt11, amountSats } = props;
  const amount = amountSats === null ? null : btcText(amountSats);
  return (
    <div class="target">
      <QrCode data={qrText(link)} label={labelOf(props)} />
      <div class="target-text">
        <a class="button" id="open-wallet" href={link}>
          <Icon name="wallet" />
          Open in wallet
        </a>
        <div class="fields">
          {bolt11 !== null && (
            <CopyField id="bolt11" label="Lightning invoice" value={bolt11}>
              <span class="clip">{bolt11}</span>
            </CopyField>
          )}
          {amount !== null && address !== null && <CopyField id="amount" label="Amount in BTC" value={amount} />}
          {address !== null && (
            <CopyField id="address" label="Address" value={address}>
              <Address address={address} />
            </CopyField>
          )}
        </div>
      </div>
    </div>
  );
}

function labelOf({ way, address, amountSats }: Target): string {
  if (way === 'lightning') return `QR code of a Lightning payment of ${satsText(amountSats ?? 0n)}`;
  const amount = amountSats === null ? '' : `of ${btcText(amountSats)} BTC `;
  return `QR code of a payment ${amount}${way === 'both' ? 'over Lightning or ' : ''}to ${address}`;
}
