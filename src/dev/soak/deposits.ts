// Deposits to permanent addresses: each output is one invoice, announced at each confirmation in the seed's order. Called by
// oracle.ts and outcome.ts, which hold a deposit to what every invoice is held to.

import type { EventRow, Records } from './records.ts';
import { Violation } from './violation.ts';
import type { InvoiceTerms, World } from './world.ts';

const THRESHOLD = 6;
const ANNOUNCED = [...Array.from({ length: THRESHOLD }, (_, count) => `Processing ${count}`), `Settled ${THRESHOLD}`];

/** The invoices of deposits as they stand. @throws Violation where one is not one output, or an output is two of them */
export function depositsIn({ customers }: World, { invoices, payments }: Records): InvoiceTerms[] {
  const own = Map.groupBy(payments, ({ invoiceId }) => invoiceId);
  const outpoints = new Set<string>();
  return invoices.flatMap(({ id, depositAddressId, expiresAtMs, lateDeadlineMs }) => {
    if (depositAddressId === null) return [];
    const customer = customers.find((one) => one.id === depositAddressId);
    const [payment, ...more] = own.get(id) ?? [];
    if (!customer || !payment || more.length > 0)
      throw new Violation(`the deposit ${id} is not one payment of a customer`);
    const outpoint = `${payment.txid}:${payment.vout}`;
    if (outpoints.has(outpoint)) throw new Violation(`${outpoint} is two deposits`);
    outpoints.add(outpoint);
    const terms = { least: 1, most: Number.POSITIVE_INFINITY, threshold: THRESHOLD, expiresAtMs, lateDeadlineMs };
    return [{ ...customer, ...terms, id, sats: payment.sats, deposit: { outpoint, addressId: customer.id } }];
  });
}

/** Each confirmation once, in order, from the mempool on. */
export function checkDeposit(events: EventRow[]): void {
  const heard = events.flatMap(({ heard }) => heard);
  const expected = ANNOUNCED.slice(0, heard.length);
  if (heard.join() !== expected.join()) throw new Violation(`a deposit is announced as ${heard.join(', ')}`);
  if (events.some(({ type }) => type === 'invoice.paid') !== heard.includes(`Settled ${THRESHOLD}`)) {
    throw new Violation(`paid and settled are not one: ${heard.join(', ')}`);
  }
}
