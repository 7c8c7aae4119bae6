// A merchant pays people on chain by forms alone: puts approved payouts into a batch, takes its PSBT to the wallet, brings back what was
// signed, raises the fee, cancels, and drops what was not signed. Each forgery is refused in a sentence, and nothing is sent.

import { hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { SigHash, Transaction } from '@scure/btc-signer/transaction.js';
import { describe, expect, it } from 'vitest';
import { readBatch } from '../../../src/services/payouts/batches.ts';
import { psbtOf, signed, walletOf } from '../../core/psbt/support.ts';
import { openBatches } from '../../support/batches.ts';
import { scanned } from '../../support/qr.ts';
import { colleague, expectPolicy, follow, get, openOwner, post, postFile, wordsOf } from './visitor.ts';

/** A shop whose wallet signs, its owner at the dashboard, and what they do there. */
async function openDesk(scriptType?: Parameters<typeof openBatches>[0]) {
  const shop = await openBatches(scriptType);
  const { clock, account } = shop.merchant;
  const overrides = { watcher: shop.deps.watcher, now: clock.now };
  const member = (role: 'owner' | 'manager' | 'viewer') => colleague({ accountId: account.id, clock }, role, overrides);
  const owner = await member('owner');
  const home = `/stores/${shop.storeId}/payout-batches`;
  const words = async (path: string) => wordsOf((await get(owner, path)).html);
  return {
    ...shop,
    owner,
    member,
    home,
    words,
    /** By the form, with all that waits. */
    async batch(fee: Record<string, string> = { fee: 'own', fee_rate: '2' }) {
      const { html } = await get(owner, `${home}/new`);
      const ids = [...html.matchAll(/name="payout_ids" value="([^"]+)" checked/g)].map(([, id = '']) => id);
      const fields = [...ids.map((id) => ['payout_ids', id]), ...Object.entries(fee)] as [string, string][];
      const made = await post(owner, `${home}/new`, fields);
      if (made.status !== 303) throw new Error(wordsOf(made.html));
      return (made.location ?? '').split('?')[0] ?? '';
    },
    psbt: async (path: string) => {
      const response = await owner.request('GET', `${path}/psbt`);
      expect(response.headers.get('content-disposition')).toMatch(
        /^attachment; filename="satlane-[0-9a-f]{12}\.psbt"$/,
      );
      return base64.encode(new Uint8Array(await response.arrayBuffer()));
    },
  };
}

describe('A batch', () => {
  it('goes from the form to the wallet and back as a file, and is paid by six blocks', async () => {
    const desk = await openDesk();
    await desk.earn(90_000);
    const [a, b] = [await desk.owe(20_000), await desk.owe(30_000)];
    expect(await desk.words(`/stores/${desk.storeId}/payouts`)).toContain('Put them into a batch');
    expect(await desk.words(desk.home)).toContain('2 approved payouts wait for a batch: 50,000 sats in total.');
    const form = await get(desk.owner, `${desk.home}/new`);
    expectPolicy(form);
    for (const { destination } of [a, b]) expect(form.html).toContain(String(destination));
    const path = await desk.batch();
    const made = await get(desk.owner, path);
    expectPolicy(made);
    expect(wordsOf(made.html)).toMatch(/Batch of 2 payouts Needs your signature/);
    expect(wordsOf(made.html)).toMatch(/Fee \d+ sats Fee rate 2(\.\d+)? sats per virtual byte/);
    const file = desk.signPsbt(await desk.psbt(path));
    const sent = await postFile(desk.owner, `${path}/signed`, { file: new Blob([base64.decode(file)]), text: '' });
    expect([sent.status, sent.location]).toEqual([303, `${path}?done=batch_signed`]);
    expect(await desk.words(path)).toContain('On its way');
    await desk.grow();
    expect(await desk.words(path)).toMatch(/In a block .* Confirmations 1 of 6/);
    await desk.grow(5);
    expect(await desk.words(path)).toMatch(/Batch of 2 payouts Confirmed .* Confirmations 6 of 6/);
    expect((await desk.payouts([a.id, b.id])).map(({ state }) => state)).toEqual(['settled', 'settled']);
  });

  it('takes a signed text too, and half of the signatures at a time', async () => {
    const desk = await openDesk();
    await desk.earn(30_000);
    await desk.earn(40_000);
    await desk.owe(60_000);
    const path = await desk.batch();
    const unsigned = base64.decode(await desk.psbt(path));
    const halves = [0, 1].map((at) => {
      const one = Transaction.fromPSBT(unsigned, { allowUnknownOutputs: true });
      one.signIdx(desk.device.master, at, undefined, new Uint8Array(32));
      return psbtOf(one);
    });
    const first = await follow(desk.owner, `${path}/signed`, { text: halves[0] ?? '', file: '' });
    expect(wordsOf(first.html)).toMatch(/Your signatures are saved.* Signed 1 of 2 coins/);
    const second = await follow(desk.owner, `${path}/signed`, { text: ` ${halves[1]}\n`, file: '' });
    expect(wordsOf(second.html)).toContain('The signed transaction is what you approved');
    // A second click, or the same again later.
    expect((await post(desk.owner, `${path}/signed`, { text: halves[1] ?? '', file: '' })).status).toBe(303);
  });

  it('of a wallet of three says how many have to sign, who has, and who still can', async () => {
    const desk = await openDesk('p2wsh');
    const names = desk.device.masters.map(({ fingerprint }) => fingerprint.toString(16).padStart(8, '0'));
    await desk.earn(90_000);
    await desk.owe(20_000);
    const path = await desk.batch();
    const page = await desk.words(path);
    expect(page).toContain('2 of 3 keys have to sign it. Download the transaction');
    expect(page).toContain(`Signatures 0 of 2 Can still sign ${names.join(', ')}`);
    const signedBy = async (signer: number) => {
      const one = Transaction.fromPSBT(base64.decode(await desk.psbt(path)), { allowUnknownOutputs: true });
      const master = desk.device.masters[signer];
      if (master) one.sign(master, undefined, new Uint8Array(32));
      return psbtOf(one);
    };
    const first = wordsOf((await follow(desk.owner, `${path}/signed`, { text: await signedBy(1), file: '' })).html);
    expect(first).toContain(`Signed by ${names[1]}: 1 of 2 signatures. Sign it with another key`);
    expect(first).toContain(`Signatures 1 of 2 Signed by ${names[1]} Can still sign ${names[0]}, ${names[2]}`);
    await follow(desk.owner, `${path}/signed`, { text: await signedBy(2), file: '' });
    const sent = await desk.words(path);
    expect(sent).toContain(`Signatures 2 of 2 Signed by ${names[1]}, ${names[2]} `);
    expect(sent).not.toContain('Can still sign');
  });

  it('shows its PSBT as a text and as a code', async () => {
    const desk = await openDesk();
    await desk.earn(90_000);
    await desk.owe(20_000);
    const path = await desk.batch();
    const { html } = await get(desk.owner, `${path}/text`);
    expect(html).toContain(`data-copy="${await desk.psbt(path)}"`);
    expect(scanned(html)).toBe(await desk.psbt(path));
  });

  it('of which the fee is raised, and which is cancelled, by transactions that take its place', async () => {
    const desk = await openDesk();
    await desk.earn(90_000);
    const { id } = await desk.owe(50_000);
    const path = await desk.batch();
    await follow(desk.owner, `${path}/signed`, { text: desk.signPsbt(await desk.psbt(path)) });
    const bump = await follow(desk.owner, `${path}/version`, { kind: 'bump', fee: 'own', fee_rate: '9.5' });
    expect(wordsOf(bump.html)).toContain('Higher fee for 1 payout');
    const bumpPath = bump.path.split('?')[0] ?? '';
    expect(await desk.words(path)).not.toContain('Make another version');
    await follow(desk.owner, `${bumpPath}/signed`, { text: desk.signPsbt(await desk.psbt(bumpPath)) });
    expect(await desk.words(bumpPath)).toContain('Other versions');
    const cancel = await follow(desk.owner, `${bumpPath}/version`, { kind: 'cancel', fee: 'own', fee_rate: '20' });
    expect(wordsOf(cancel.html)).toContain('all of its coins go back to your wallet');
    const cancelPath = cancel.path.split('?')[0] ?? '';
    await follow(desk.owner, `${cancelPath}/signed`, { text: desk.signPsbt(await desk.psbt(cancelPath)) });
    await desk.grow();
    expect(await desk.words(path)).toMatch(/Replaced Another version of this batch is in a block instead/);
    // Of one moment: in any order.
    const listed = [...(await desk.words(desk.home)).matchAll(/In a block|Replaced/g)].map(([word]) => word);
    expect(listed.toSorted()).toEqual(['In a block', 'Replaced', 'Replaced']);
    await desk.grow(5);
    expect(await desk.words(cancelPath)).toMatch(/^.*Cancellation Confirmed/);
    expect((await desk.payouts([id]))[0]?.state).toBe('awaiting_approval');
    expect(await desk.words(`/stores/${desk.storeId}`)).toContain('1 payout needs your approval');
  });

  it('is dropped by typing its id, and its payouts wait again', async () => {
    const desk = await openDesk();
    await desk.earn(90_000);
    await desk.owe(20_000);
    const path = await desk.batch();
    expect(await desk.words(path)).toContain('The PSBT was never given out');
    await desk.psbt(path);
    expect(await desk.words(path)).toContain('Only if no signed copy exists');
    const wrong = await post(desk.owner, `${path}/void`, { confirmation: 'yes' });
    expect([wrong.status, wrong.html.includes('id="confirmation-error"')]).toEqual([400, true]);
    const dropped = await follow(desk.owner, `${path}/void`, { confirmation: path.split('/').at(-1) ?? '' });
    expect(wordsOf(dropped.html)).toMatch(/The batch is void.* Void/);
    expect(await desk.words(desk.home)).toContain('1 approved payout waits for a batch: 20,000 sats.');
  });

  it('is not made without a choice, a coin or a fee that can be meant', async () => {
    const desk = await openDesk();
    const { id } = await desk.owe(20_000);
    const send = (fields: Record<string, string>) => post(desk.owner, `${desk.home}/new`, fields);
    const none = await send({ fee: 'estimated', fee_rate: '' });
    expect([none.status, none.html.includes('id="payout_ids-error"')]).toEqual([400, true]);
    for (const fee_rate of ['', '0', '0.5', '501', '1e3', '-2', '1,500']) {
      const wrong = await send({ payout_ids: id, fee: 'own', fee_rate });
      expect([fee_rate, wrong.status, wrong.html.includes('id="fee_rate-error"')]).toEqual([fee_rate, 400, true]);
    }
    const poor = await send({ payout_ids: id, fee: 'own', fee_rate: '2' });
    expect([poor.status, wordsOf(poor.html)]).toEqual([409, expect.stringContaining('coins')]);
    const foreign = await send({ payout_ids: crypto.randomUUID(), fee: 'own', fee_rate: '2' });
    expect(foreign.status).toBe(404);
  });
});

describe('What a batch waits for', () => {
  it('is said where its time is over, where no node has it yet, and where another transaction took its coins', async () => {
    const desk = await openDesk();
    await desk.earn(90_000);
    const { id } = await desk.owe(20_000);
    expect(await desk.words(`/stores/${desk.storeId}/payouts/${id}`)).toContain('Put it into a batch');
    const path = await desk.batch();
    const batchId = path.split('/').at(-1) ?? '';
    const text = desk.signPsbt(await desk.psbt(path));
    desk.merchant.clock.advanceMinutes(25 * 60);
    expect(await desk.words(path)).toContain('It is older than 24 hours.');
    expect(await desk.words(`/stores/${desk.storeId}/payouts/${id}`)).not.toContain('Put it into a batch');
    const rival = await desk.rival(await readBatch(desk.deps, { storeId: desk.storeId, id: batchId }));
    await desk.offline(() => follow(desk.owner, `${path}/signed`, { text }));
    expect(await desk.words(path)).toContain('SatLane keeps sending it to the network');
    await desk.send(rival);
    await desk.grow();
    expect(await desk.words(path)).toMatch(/Conflict A block holds another transaction .* The other transaction/);
    expect(await desk.words(`${desk.home}?state=conflicted`)).toContain('1 payout');
    expect(await desk.words(`/stores/${desk.storeId}`)).toContain('1 payout has an unknown outcome');
    await desk.grow(6);
    expect(await desk.words(path)).toContain('Void');
  });

  it('is nothing where the merchant’s wallet sent it by itself', async () => {
    const desk = await openDesk();
    await desk.earn(90_000);
    await desk.owe(20_000);
    const path = await desk.batch();
    const place = { storeId: desk.storeId, id: path.split('/').at(-1) ?? '' };
    await desk.send(await desk.finish(await readBatch(desk.deps, place)));
    await desk.grow();
    expect(await desk.words(path)).toMatch(/In a block .* Nothing to do\./);
  });
});

describe('What comes back', () => {
  it('is refused in a sentence where it is not what was approved, and nothing is sent', async () => {
    const desk = await openDesk();
    await desk.earn(90_000);
    const { id } = await desk.owe(20_000);
    const path = await desk.batch();
    const psbt = await desk.psbt(path);
    const change = (work: (transaction: Transaction) => void) => {
      const transaction = Transaction.fromPSBT(base64.decode(psbt), { allowUnknownOutputs: true });
      work(transaction);
      transaction.sign(desk.device.master, undefined, new Uint8Array(32));
      return psbtOf(transaction);
    };
    const theirs = hexToBytes(`0014${'99'.repeat(20)}`);
    const loose = Transaction.fromPSBT(base64.decode(psbt), { allowUnknownOutputs: true });
    loose.updateInput(0, { sighashType: SigHash.NONE }, true);
    loose.signIdx(desk.device.master, 0, [SigHash.NONE], new Uint8Array(32));
    const foreign = Transaction.fromPSBT(base64.decode(psbt), { allowUnknownOutputs: true });
    const stranger = walletOf('p2wpkh', 251).account.deriveChild(0).deriveChild(0);
    const [[, good = new Uint8Array()] = []] = signed(desk.device, psbt).getInput(0).partialSig ?? [];
    foreign.updateInput(0, { partialSig: [[stranger.publicKey ?? new Uint8Array(), good]] }, true);
    const bent = signed(desk.device, psbt);
    bent.finalize();
    const forgeries: [what: string, text: string, words: string][] = [
      [
        'another address',
        change((tx) => tx.updateOutput(0, { script: theirs }, true)),
        'not the transaction that was approved',
      ],
      [
        'another amount',
        change((tx) => tx.updateOutput(0, { amount: 20_001n }, true)),
        'not the transaction that was approved',
      ],
      [
        'one output more',
        change((tx) => tx.addOutput({ script: theirs, amount: 1_000n })),
        'not the transaction that was approved',
      ],
      [
        'another sequence',
        change((tx) => tx.updateInput(0, { sequence: 0xffffffff }, true)),
        'not the transaction that was approved',
      ],
      ['no signature', psbt, 'No key of this wallet has signed it'],
      ['a loose signature', psbtOf(loose), 'does not cover the whole transaction'],
      ['a stranger’s key', psbtOf(foreign), 'No key of this wallet has signed it'],
      [
        'a bent signature',
        bent.hex.replace(/(3044|3045)(.{40})(.)/, (_, head, body, digit) => head + body + (digit === '0' ? '1' : '0')),
        'Sign it again',
      ],
      ['no transaction', 'Here it is, signed.', 'neither a PSBT nor a transaction'],
      ['nothing', '', 'Choose the signed file, or paste its text.'],
    ];
    for (const [what, text, words] of forgeries) {
      const refused = await post(desk.owner, `${path}/signed`, { text, file: '' });
      expect([what, refused.status >= 400, wordsOf(refused.html)]).toEqual([
        what,
        true,
        expect.stringContaining(words),
      ]);
      // Never shown again: a page that holds what was pasted can be read by others.
      if (text.length > 40) expect(refused.html).not.toContain(text);
    }
    const file = await postFile(desk.owner, `${path}/signed`, { file: new Blob([new Uint8Array(400).fill(0xfe)]) });
    expect([file.status, wordsOf(file.html)]).toEqual([
      422,
      expect.stringContaining('neither a PSBT nor a transaction'),
    ]);
    expect((await desk.payouts([id]))[0]?.state).toBe('queued');
    expect(await desk.words(path)).toContain('Needs your signature');
  });

  it('is refused while payouts are paused, and taken after that', async () => {
    const desk = await openDesk();
    await desk.earn(90_000);
    await desk.owe(20_000);
    const path = await desk.batch();
    const text = desk.signPsbt(await desk.psbt(path));
    const limits = `/stores/${desk.storeId}/payouts/limits`;
    await follow(desk.owner, `${limits}/pause`);
    expect(await desk.words(path)).toContain('a signed transaction is not sent');
    expect((await post(desk.owner, `${path}/signed`, { text })).status).toBe(409);
    await follow(desk.owner, `${limits}/resume`);
    expect((await post(desk.owner, `${path}/signed`, { text })).status).toBe(303);
  });
});

describe('A hundred and more payouts', () => {
  it('fill a batch and the start of the next one', async () => {
    const desk = await openDesk();
    await desk.earn(900_000);
    for (let n = 0; n < 102; n++, desk.merchant.clock.ms++) await desk.owe(1_000 + n);
    expect(await desk.words(desk.home)).toContain('More than 100 approved payouts wait.');
    const form = await get(desk.owner, `${desk.home}/new`);
    expect([...form.html.matchAll(/name="payout_ids"/g)]).toHaveLength(100);
    const path = await desk.batch();
    const { html } = await get(desk.owner, path);
    expect([...html.matchAll(/\/payouts\/[0-9a-f-]{36}"/g)]).toHaveLength(100);
    expect(await desk.words(desk.home)).toContain('2 approved payouts wait for a batch');
  });
});

describe('Who lacks the right', () => {
  it('sees the batch and is offered nothing; another account finds nothing', async () => {
    const desk = await openDesk();
    await desk.earn(90_000);
    const { id } = await desk.owe(20_000);
    const path = await desk.batch();
    const viewer = await desk.member('viewer');
    for (const page of [desk.home, path]) {
      const { status, html } = await get(viewer, page);
      const forms = [...html.matchAll(/<form method="post" action="([^"]+)"/g)].map(([, action]) => action);
      expect([page, status, forms]).toEqual([page, 200, ['/logout']]);
      expect(html).not.toMatch(/\/(psbt|text|new)"/);
    }
    for (const page of [`${desk.home}/new`, `${path}/psbt`, `${path}/text`])
      expect([page, (await get(viewer, page)).status]).toEqual([page, 403]);
    const forms = [`${desk.home}/new`, ...['signed', 'version', 'void'].map((one) => `${path}/${one}`)];
    for (const form of forms) expect([form, (await post(viewer, form)).status]).toEqual([form, 403]);
    const manager = await desk.member('manager');
    expect((await get(manager, `${path}/psbt`)).status).toBe(200);

    const other = await openOwner();
    const theirs = `${other.home}/payout-batches`;
    const batchId = path.split('/').at(-1);
    for (const page of [path, `${theirs}/${batchId}`, `${theirs}/${batchId}/psbt`, `${theirs}/${batchId}/text`])
      expect([page, (await get(other, page)).status]).toEqual([page, 404]);
    const fields = { confirmation: batchId ?? '', text: 'aa', kind: 'bump', fee: 'own', fee_rate: '2', payout_ids: id };
    for (const form of [`${theirs}/new`, ...['signed', 'version', 'void'].map((one) => `${theirs}/${batchId}/${one}`)])
      expect([form, (await post(other, form, fields)).status]).not.toEqual([form, 303]);
  });
});

describe('A store in test mode', () => {
  it('says on the form that it sends no bitcoin', async () => {
    const owner = await openOwner();
    expect(wordsOf((await get(owner, `${owner.home}/payout-batches/new`)).html)).toContain('it sends no bitcoin');
  });
});
