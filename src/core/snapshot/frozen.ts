// The invoice as an event freezes it: its text, and which version of the shape that has. Written by payments/ with each event,
// read back here and nowhere else. Bills, mails and lists do not read it: the log has columns for them.

import type { Decider, PayoutState } from '../payout/payout.ts';
import type { InvoiceSnapshot, PaymentSnapshot } from './invoice.ts';

export interface Frozen {
  snapshotVersion: number;
  /** JSON. It is sent as it is, byte for byte, in every version. */
  snapshot: string;
}

/** What an event of a payout says of its step: the state after it, and who decided. */
export interface FrozenStep {
  state: PayoutState;
  by: Decider;
}

/** Of what is frozen today. It grows when a field of InvoiceSnapshot changes its meaning, its name or its type. */
const VERSION = 3;

/** What an older version lacks is added here. */
const READERS: Record<number, (frozen: InvoiceSnapshot) => InvoiceSnapshot> = {
  // From before Lightning.
  1: (frozen) => withMethods({ ...frozen, payment_methods: frozen.address === '' ? [] : ['onchain'], lightning: null }),
  // From before payments said how they came.
  2: withMethods,
  3: (frozen) => frozen,
};

export function freeze(invoice: InvoiceSnapshot): Frozen {
  return { snapshotVersion: VERSION, snapshot: JSON.stringify(invoice) };
}

/** @throws Error for a version that this code does not know */
export function readSnapshot({ snapshotVersion, snapshot }: Frozen): InvoiceSnapshot {
  const reader = READERS[snapshotVersion];
  if (!reader) throw new Error(`snapshot version ${snapshotVersion} is newer than this code`);
  return reader(JSON.parse(snapshot) as InvoiceSnapshot);
}

export function readPayoutStep({ snapshot }: Frozen): FrozenStep {
  const { state, by } = JSON.parse(snapshot) as FrozenStep;
  return { state, by };
}

function withMethods(frozen: InvoiceSnapshot): InvoiceSnapshot {
  return { ...frozen, payments: frozen.payments.map(withMethod) };
}

function withMethod(payment: PaymentSnapshot): PaymentSnapshot {
  const isLightning = payment.status === 'settled';
  const valid = isLightning || payment.status === 'mempool' || payment.status === 'confirmed';
  return { ...payment, method: isLightning ? 'lightning' : 'onchain', valid };
}
