// A payment's proof is kept in the page of its row, comes back as it was, and is read whichever way it was stored.

import { beforeAll, describe, expect, it } from 'vitest';
import { provenTransactions } from '../../../src/adapters/db/coins.ts';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { provenPaymentsOf, upsertPayment } from '../../../src/adapters/db/payments.ts';
import type { OnchainPayment, Proof } from '../../../src/core/onchain/payment.ts';
import { bindings, openMerchant } from '../../support/merchant.ts';

const { DB } = bindings;
const db = openDatabase(DB);

/** Of a row of a WITHOUT ROWID table in its page; the rest gets a page of its own. */
const MAX_BYTES = 1_002;

const hex = (bytes: number) =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');
/** One output of a wallet is spent to a merchant and back: version, input, two outputs of segwit, lock time. */
const TRANSACTION_BYTES = 4 + 1 + 41 + 1 + 2 * 31 + 4;

const proofOf = (siblings: number): Proof => ({
  header: hex(80),
  branch: Array.from({ length: siblings }, () => hex(32)),
  index: 2 ** siblings - 1,
  transaction: hex(TRANSACTION_BYTES),
});

let invoiceId: string;
const paymentOf = (): OnchainPayment => ({
  ...{ method: 'onchain', id: `${hex(32)}:1`, valueSats: 76_768n, firstSeenMs: 1_795_000_000_000, state: 'confirmed' },
  ...{ blockHeight: 950_000, blockHash: hex(32), inputs: [`${hex(32)}:0`] },
});

beforeAll(async () => {
  const merchant = await openMerchant();
  invoiceId = (await merchant.createInvoice()).id;
});

describe('The proof of a payment', () => {
  it.each([0, 1, 12, 13])('comes back as it was, with %i siblings', async (siblings) => {
    const payment = paymentOf();
    const proof = proofOf(siblings);
    await upsertPayment(db, invoiceId, payment, proof);
    expect(await provenPaymentsOf(db, invoiceId)).toContainEqual({ payment, proof });
    const coins = await provenTransactions(db, [{ invoiceId, outpoint: payment.id }]);
    expect([...coins]).toEqual([[payment.id.slice(0, 64), proof.transaction]]);
  });

  it('of a block with 8 192 transactions takes no page of its own', async () => {
    const payment = paymentOf();
    await upsertPayment(db, invoiceId, payment, proofOf(13));
    const { results: columns } = await DB.prepare("SELECT name FROM pragma_table_info('payments')").all<{
      name: string;
    }>();
    const bytes = columns.map(({ name }) => `coalesce(octet_length(${name}), 0)`).join(' + ');
    const sql = `SELECT ${bytes} AS bytes FROM payments WHERE invoice_id = ? AND id = ?`;
    const row = await DB.prepare(sql).bind(invoiceId, payment.id).first<number>('bytes');
    // With two bytes for each column at most, which say what it holds.
    expect((row ?? MAX_BYTES) + 2 * columns.length).toBeLessThan(MAX_BYTES);
  });

  it('from before is JSON, and read as it is', async () => {
    const payment = paymentOf();
    const proof = proofOf(12);
    await upsertPayment(db, invoiceId, payment);
    await DB.prepare('UPDATE payments SET proof = ? WHERE id = ?').bind(JSON.stringify(proof), payment.id).run();
    expect(await provenPaymentsOf(db, invoiceId)).toContainEqual({ payment, proof });
    const coins = await provenTransactions(db, [{ invoiceId, outpoint: payment.id }]);
    expect([...coins.values()]).toEqual([proof.transaction]);
  });
});
