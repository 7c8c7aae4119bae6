// Anyone with a Lightning wallet pays a merchant at a name: the wallet asks what it may pay, gets a BOLT11 for it, and sees that it was
// paid. The merchant gets a paid invoice; of what was never paid nothing is left.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { readBolt11 } from '../../../src/core/lightning/bolt11.ts';
import { readStore, updateStore } from '../../../src/services/accounts/stores.ts';
import { unreachable } from '../../support/lightning.ts';
import { bindings, startReceiver } from '../../support/merchant.ts';
import { webhookOf } from '../../support/outbox.ts';
import { ask, openPaidName, openTestName } from './support.ts';

const MINUTE = 60;

describe('A payment to a Lightning address', () => {
  it('is one over the metadata as they were sent, of the exact amount, for ten minutes', async () => {
    const { merchant, first, pay, name } = await openPaidName({ successMessage: 'Thank you' });
    const offer = await first();
    expect(offer).toEqual({
      ...{ tag: 'payRequest', minSendable: 1_000, maxSendable: 1_000_000_000, commentAllowed: 200 },
      callback: expect.stringMatching(new RegExp(`^https?://[^/]+/lnurl/pay/${name}/[\\w-]+$`)),
      metadata: expect.stringContaining('Payment to Corner Shop'),
    });
    const answer = await pay(21_000);
    expect(answer).toEqual({
      ...{ pr: expect.stringMatching(/^lnbcrt210n/), routes: [], verify: expect.stringMatching(/\/lnurl\/verify\//) },
      successAction: { tag: 'message', message: 'Thank you' },
    });
    const bolt11 = readBolt11(answer.pr);
    expect(bolt11).toMatchObject({
      amountMsat: 21_000n,
      descriptionHash: bytesToHex(sha256(utf8ToBytes(offer.metadata))),
      expiresAtMs: merchant.clock.ms + 10 * MINUTE * 1_000,
    });
  });

  it.each(['Corner Shop & Söhne', '☕'.repeat(50)])(
    'is one over what the wallet was shown, where the store is renamed meanwhile (to %s)',
    async (renamed) => {
      const { merchant, first } = await openPaidName();
      const { deps, store } = merchant;
      for (const name of [renamed, 'Corner Shop']) {
        const offer = await first();
        await updateStore(deps, await readStore(deps, store.id), { name });
        expect((await first()).metadata).not.toBe(offer.metadata);
        const { pr } = await ask(merchant, `${offer.callback}?amount=21000`);
        expect(readBolt11(pr)).toMatchObject({ descriptionHash: bytesToHex(sha256(utf8ToBytes(offer.metadata))) });
      }
    },
  );

  it('is possible by the callback of an earlier version, over the store’s name as it is', async () => {
    const { merchant, first, name } = await openPaidName();
    const { pr } = await ask(merchant, `/lnurl/pay/${name}?amount=21000`);
    const { metadata } = await first();
    expect(readBolt11(pr)).toMatchObject({ descriptionHash: bytesToHex(sha256(utf8ToBytes(metadata))) });
  });

  it.each(['a', '%00', '_-8', 'A'.repeat(600)])('is refused for what is no name of a store (%s)', async (payee) => {
    const { merchant, name } = await openPaidName();
    expect(await ask(merchant, `/lnurl/pay/${name}/${payee}?amount=21000`)).toMatchObject({ status: 'ERROR' });
  });

  it('becomes a paid invoice when it arrives, and the wallet sees it settled', async () => {
    const receiver = await startReceiver();
    const { merchant, node, pay, invoices, name } = await openPaidName({}, { endpointUrl: receiver.url });
    const { verify, pr } = await pay(50_000, { comment: 'For the tea ☕' });
    expect(await ask(merchant, verify)).toEqual({ status: 'OK', settled: false, preimage: null, pr });
    expect(await invoices()).toEqual([]);
    node.pay(readBolt11(pr).paymentHash);
    await merchant.pass(3);
    expect(await ask(merchant, verify)).toEqual({
      ...{ status: 'OK', settled: true, pr },
      preimage: node.made[0]?.preimage,
    });
    const [made, ...others] = await invoices();
    expect([made?.status, others]).toEqual(['paid', []]);
    const invoice = await merchant.readInvoice(made?.id ?? '');
    expect(invoice).toMatchObject({
      ...{ amount_sats: '50', amount_paid_sats: '50', amount_due_sats: '0', payment_methods: ['lightning'] },
      metadata: { lightning_address: expect.stringContaining(`${name}@`), comment: 'For the tea ☕' },
    });
    expect(await merchant.eventTypes(made?.id ?? '')).toEqual(['invoice.created', 'invoice.paid']);
    const events = (await receiver.deliveries(2)).map(webhookOf);
    expect(events.map(({ event_type }) => event_type).toSorted()).toEqual(['invoice.created', 'invoice.paid']);
  });

  it('is credited once, however often and concurrently it is found, and after a crash half-way', async () => {
    const { merchant, node, pay, invoices } = await openPaidName();
    const { pr } = await pay(50_000);
    const hash = readBolt11(pr).paymentHash;
    node.pay(hash);
    const look = () => merchant.deps.lightning.look(merchant.store.id, [hash]);
    await Promise.all([look(), look(), merchant.pass(3), look()]);
    merchant.restart();
    await look();
    const [made, ...others] = await invoices();
    expect([made?.status, others]).toEqual(['paid', []]);
    expect((await merchant.readInvoice(made?.id ?? '')).payments).toHaveLength(1);
    expect(await merchant.eventTypes(made?.id ?? '')).toEqual(['invoice.created', 'invoice.paid']);
  });

  it('is made once where the invoice was made and its payment was not written', async () => {
    const { merchant, node, pay, invoices } = await openPaidName();
    const { pr } = await pay(50_000);
    const hash = readBolt11(pr).paymentHash;
    node.pay(hash);
    // The database refuses payments for a moment: the step after the invoice fails.
    await bindings.DB.exec(
      "CREATE TRIGGER no_payments BEFORE INSERT ON payments BEGIN SELECT RAISE(ABORT, 'D1_ERROR: not now'); END",
    );
    await merchant.pass(3);
    expect((await invoices()).map(({ status }) => status)).toEqual(['pending']);
    await bindings.DB.exec('DROP TRIGGER no_payments');
    merchant.restart();
    await merchant.pass(10);
    const [made, ...others] = await invoices();
    expect([made?.status, others]).toEqual(['paid', []]);
    expect(await merchant.eventTypes(made?.id ?? '')).toEqual(['invoice.created', 'invoice.paid']);
  });

  it('that arrives after its time is late', async () => {
    const { merchant, node, pay, invoices } = await openPaidName();
    const { pr } = await pay(50_000);
    await merchant.pass(11 * MINUTE);
    node.pay(readBolt11(pr).paymentHash);
    await merchant.pass(2 * MINUTE);
    expect((await invoices()).map(({ status }) => status)).toEqual(['late_paid']);
  });

  it('that never arrives leaves nothing', async () => {
    const { merchant, pay, invoices, rows } = await openPaidName();
    const { verify } = await pay(50_000);
    expect(await rows()).toHaveLength(1);
    await merchant.pass(3 * 60 * MINUTE);
    expect([await rows(), await invoices(), merchant.alarmMs()]).toEqual([[], [], null]);
    const { results } = await bindings.DB.prepare('SELECT 1 FROM events WHERE store_id = ?')
      .bind(merchant.store.id)
      .all();
    expect(results).toEqual([]);
    expect(await ask(merchant, verify)).toEqual({ status: 'ERROR', reason: 'No such payment.' });
  });

  it('goes to a name with a tag, which is kept', async () => {
    const { merchant, node, first, name, invoices } = await openPaidName();
    const offer = await first(`${name.toUpperCase()}+Table-4`);
    expect(JSON.parse(offer.metadata)).toContainEqual(['text/tag', 'table-4']);
    const { pr } = await ask(merchant, `${offer.callback}?amount=1000`);
    const bolt11 = readBolt11(pr);
    expect(bolt11.descriptionHash).toBe(bytesToHex(sha256(utf8ToBytes(offer.metadata))));
    node.pay(bolt11.paymentHash);
    await merchant.pass(3);
    expect(JSON.parse((await invoices())[0]?.metadata ?? '{}')).toMatchObject({ tag: 'table-4' });
  });

  it('goes to whichever connection mints over a hash', async () => {
    const { merchant, first } = await openPaidName();
    const other = crypto.randomUUID();
    await bindings.DB.prepare(
      `INSERT INTO connections (store_id, id, kind, name, host, receive, capabilities, network, created_at)
       VALUES (?, ?, 'lightning_address', 'Name', 'a@b.example', '', '{"descriptionHashes":false}', 'regtest', 0)`,
    )
      .bind(merchant.store.id, other)
      .run();
    await bindings.DB.prepare('UPDATE stores SET connection_id = ? WHERE id = ?').bind(other, merchant.store.id).run();
    expect(await first()).toMatchObject({ tag: 'payRequest' });
    await bindings.DB.prepare('UPDATE connections SET removed_at = 1 WHERE id = ?').bind(merchant.connectionId).run();
    expect(await first()).toEqual({ status: 'ERROR', reason: expect.stringContaining('cannot do this at the moment') });
  });
});

describe('A wallet is answered with LNURL’s error', () => {
  it.each([
    ['a name that is none', '/.well-known/lnurlp/a%20b'],
    ['a name that no store has', '/.well-known/lnurlp/no-such-shop'],
    ['a payment to it', '/lnurl/pay/no-such-shop?amount=1000'],
    ['a payment that was never asked for', `/lnurl/verify/${crypto.randomUUID()}`],
    ['a path that there is not', '/lnurl/other'],
    ['a query that is not UTF-8', '/lnurl/pay/no-such-shop?comment=%ff'],
  ])('for %s', async (_, path) => {
    const { merchant } = await openTestName();
    expect(await ask(merchant, path)).toEqual({ status: 'ERROR', reason: expect.stringMatching(/\.$/) });
  });

  it('where the name is switched off or removed, or the store archived', async () => {
    const { merchant, first, name } = await openPaidName();
    const set = (sql: string, id: string) => bindings.DB.prepare(sql).bind(id).run();
    const gone = { status: 'ERROR', reason: 'No such Lightning address.' };
    await set('UPDATE lightning_names SET enabled = 0 WHERE name = ?', name);
    expect(await first()).toEqual(gone);
    await set('UPDATE lightning_names SET enabled = 1, removed_at = 1 WHERE name = ?', name);
    expect(await first()).toEqual(gone);
    await set('UPDATE lightning_names SET removed_at = NULL WHERE name = ?', name);
    expect(await first()).toMatchObject({ tag: 'payRequest' });
    await set('UPDATE stores SET archived_at = 1 WHERE id = ?', merchant.store.id);
    expect(await first()).toEqual(gone);
  });

  it.each(['', 'x', '999', '1000001000', '1500', '-1000', '1e3'])('for the amount %j', async (amount) => {
    const { pay, rows } = await openPaidName();
    expect(await pay(amount)).toEqual({ status: 'ERROR', reason: expect.stringMatching(/^amount: Send /) });
    expect(await rows()).toEqual([]);
  });

  it('where the node does not answer, without a word of the node', async () => {
    const { node, pay, rows } = await openPaidName();
    node.fault = unreachable();
    const answer = await pay(1_000);
    expect(answer).toEqual({ status: 'ERROR', reason: expect.stringContaining('Try again later') });
    expect(JSON.stringify(answer)).not.toContain('node');
    expect(await rows()).toEqual([]);
  });
});

describe('Many requests', () => {
  it('of one payer are refused after twenty in ten minutes; others are answered', async () => {
    const { merchant, pay, rows, node } = await openPaidName();
    const answers = [];
    for (let index = 0; index < 25; index++) {
      merchant.clock.ms += 1_000;
      answers.push(await pay(1_000, {}, '203.0.113.7'));
    }
    expect(answers.filter(({ pr }) => pr).length).toBe(20);
    expect(answers.at(-1)).toEqual({ status: 'ERROR', reason: expect.stringContaining('Too many') });
    expect(await pay(1_000, {}, '198.51.100.7')).toMatchObject({ pr: expect.any(String) });
    expect([(await rows()).length, node.count('mint')]).toEqual([21, 21]);
    merchant.clock.advanceMinutes(10);
    expect(await pay(1_000, {}, '203.0.113.7')).toMatchObject({ pr: expect.any(String) });
  });

  it('of many payers fill neither the node nor the database', async () => {
    const { merchant, pay, rows, node, invoices } = await openPaidName();
    for (let index = 0; index < 220; index++) {
      await pay(1_000, {}, `2001:db8:${index.toString(16)}::1`);
    }
    expect([(await rows()).length, node.count('mint'), (await invoices()).length]).toEqual([200, 200, 0]);
    node.lists = true;
    await merchant.pass(15 * MINUTE);
    expect(await pay(1_000)).toMatchObject({ pr: expect.any(String) });
    await merchant.pass(3 * 60 * MINUTE);
    expect(await rows()).toEqual([]);
  });

  it('are counted by name too', async () => {
    const { merchant, pay } = await openPaidName();
    merchant.deps.allowCreate = async () => false;
    expect(await pay(1_000)).toEqual({ status: 'ERROR', reason: expect.stringContaining('Too many') });
  });
});

describe('In test mode', () => {
  it('a request becomes an open invoice, which is paid by a simulated event', async () => {
    const { merchant, first, pay, invoices } = await openTestName();
    const { metadata } = await first();
    const { pr, verify } = await pay(2_000, { comment: 'Try' });
    expect(readBolt11(pr).descriptionHash).toBe(bytesToHex(sha256(utf8ToBytes(metadata))));
    const [made] = await invoices();
    expect(made?.status).toBe('pending');
    expect(await ask(merchant, verify)).toEqual({ status: 'OK', settled: false, preimage: null, pr });
    const simulated = await merchant.request('POST', `/v1/invoices/${made?.id}/simulate`, {
      ...{ event_type: 'invoice.paid', payment_method: 'lightning' },
    });
    expect(simulated.status).toBe(200);
    expect(await ask(merchant, verify)).toMatchObject({ settled: true });
    expect((await invoices()).map(({ status }) => status)).toEqual(['paid']);
  });
});
