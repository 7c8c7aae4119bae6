// Each kind of node pays a customer over real Lightning, or fails to, or its server does: what the payer answers, what the look-up after it
// finds, and whether the money moved. `failed` never stands where it did.

import { afterEach, describe, expect, test } from 'vitest';
import { openPayer } from '../../../src/adapters/nodes/nodes.ts';
import type { Payer, PayRequest } from '../../../src/adapters/nodes/payer.ts';
import { readBolt11 } from '../../../src/core/lightning/bolt11.ts';
import { writeBolt11 } from '../../../src/core/lightning/bolt11-write.ts';
import { readConnectionText } from '../../../src/core/lightning/connection-string.ts';
import { isPreimageOf } from '../../../src/core/lightning/preimage.ts';
import type { LookUpAnswer, PayAnswer } from '../../../src/core/payout/facts.ts';
import { lightningWorld } from '../../dev/lightning/support.ts';
import { hashOf, outside, serve } from './server.ts';

const { lever, server, world } = lightningWorld();
const KINDS = ['phoenixd', 'lnd', 'clnrest', 'lnbits', 'nwc'] as const;
type Kind = (typeof KINDS)[number];
/** Where no answer comes; else as long as a busy machine needs. */
const SILENT_MS = 1_000;
const TIMEOUT_MS = 30_000;
/** The merchant's side of the channel holds less. */
const TOO_MUCH_SATS = 900_000_000;

const fault = (name: string, of: object) => lever('fault', { server: name, ...of });
afterEach(async () => {
  for (const name of [...KINDS, 'customer']) await fault(name, {});
});

const open = (kind: Kind, timeoutMs = TIMEOUT_MS): Promise<Payer> => {
  const of = outside({ timeoutMs });
  return openPayer(readConnectionText(server(kind).payConnection ?? '', of.policy), of);
};

let asked = 0;
async function invoice(sats: number | null = 5_000 + ++asked, more: object = {}): Promise<PayRequest> {
  const { bolt11 } = await lever('invoice', sats === null ? more : { sats, ...more });
  return requestOf(String(bolt11));
}
function requestOf(bolt11: string): PayRequest {
  const { paymentHash, amountMsat } = readBolt11(bolt11);
  const of = { amountMsat: amountMsat ?? 7_000n, namesAmount: amountMsat === null };
  return { bolt11, paymentHash, ...of, maxFeeMsat: 10_000n, timeoutSeconds: 5 };
}

/** What the payee's node has. */
const moved = async ({ paymentHash }: PayRequest) =>
  (await world()).customer.incoming.get(paymentHash)?.state === 'settled';

/** `failed?` where it is not certain, and what stands before the node's words. */
function wordOf(answer: LookUpAnswer): string {
  if (answer.state === 'settled') return 'settled';
  if (answer.state === 'never') return answer.certain ? 'never' : 'never?';
  const code = answer.reason.split(':')[0];
  if (answer.state === 'unknown') return `unknown ${code}`;
  return `failed${answer.certain ? '' : '?'} ${code}`;
}

interface Case {
  name: string;
  /** The request, after what is to go wrong has been arranged. */
  given: (kind: Kind) => Promise<PayRequest>;
  moves: boolean;
  isSilent?: true;
  /** Of `pay`, and of the look-up once the fault is over. `*` for all others. */
  answers: Partial<Record<Kind | '*', [pay: string, lookUp: string]>>;
}

const during = (of: object) => async (kind: Kind) => {
  const request = await invoice();
  await fault(kind, { only: ['pay'], ...of });
  return request;
};
const LOST = { phoenixd: 'never', lnd: 'never', clnrest: 'never', lnbits: 'never', nwc: 'never?' } as const;
const lost = (pay: string): Case['answers'] =>
  Object.fromEntries(KINDS.map((kind) => [kind, [pay, LOST[kind]]])) as Case['answers'];

const CASES: Case[] = [
  { name: 'all is well', given: () => invoice(), moves: true, answers: { '*': ['settled', 'settled'] } },
  {
    name: 'the payee refuses it',
    async given() {
      const request = await invoice();
      const { customer } = await world();
      const payment = customer.incoming.get(request.paymentHash);
      if (payment) customer.cancel(payment);
      return request;
    },
    moves: false,
    answers: {
      phoenixd: ['failed no_route', 'failed failed'],
      lnd: ['failed rejected', 'failed rejected'],
      clnrest: ['failed rejected', 'failed failed'],
      lnbits: ['failed? failed', 'failed? failed'],
      nwc: ['failed? failed', 'failed? failed'],
    },
  },
  {
    name: 'there is no route',
    given: async () =>
      requestOf(
        writeBolt11(
          {
            ...{ network: 'regtest', amountMsat: 5_000_000n, createdAtMs: Date.now(), expirySeconds: 600 },
            ...{ paymentHash: hashOf(++asked), paymentSecret: hashOf(1), description: 'Far away' },
          },
          new Uint8Array(32).fill(9),
        ),
      ),
    moves: false,
    answers: {
      phoenixd: ['failed no_route', 'failed failed'],
      lnd: ['failed no_route', 'failed no_route'],
      clnrest: ['failed no_route', 'failed failed'],
      lnbits: ['failed? failed', 'failed? failed'],
      nwc: ['failed? failed', 'failed? failed'],
    },
  },
  {
    name: 'the balance is too small',
    given: () => invoice(TOO_MUCH_SATS),
    moves: false,
    answers: {
      phoenixd: ['failed insufficient_balance', 'failed failed'],
      lnd: ['failed insufficient_balance', 'failed insufficient_balance'],
      clnrest: ['failed no_route', 'failed failed'],
      lnbits: ['failed? failed', 'failed? failed'],
      nwc: ['failed insufficient_balance', 'failed? failed'],
    },
  },
  {
    name: 'the BOLT11 has run out',
    async given() {
      const request = await invoice(undefined, { expirySeconds: 1 });
      await expect.poll(() => readBolt11(request.bolt11).expiresAtMs < Date.now(), { timeout: 5_000 }).toBe(true);
      return request;
    },
    moves: false,
    answers: {
      phoenixd: ['failed expired', 'failed failed'],
      lnd: ['failed expired', 'failed failed'],
      clnrest: ['failed expired', 'failed failed'],
      lnbits: ['failed? failed', 'failed? failed'],
      nwc: ['failed? failed', 'failed? failed'],
    },
  },
  {
    name: 'the fee is above the limit',
    async given(kind) {
      await fault(kind, { routeFeeMsat: 10_001 });
      return invoice();
    },
    moves: false,
    answers: {
      lnd: ['failed no_route', 'failed no_route'],
      clnrest: ['failed no_route', 'failed failed'],
    },
  },
  {
    name: 'it was paid by this node before',
    async given(kind) {
      const request = await invoice();
      const payer = await open(kind);
      expect((await payer.pay(request)).state).toBe('settled');
      payer.close();
      return request;
    },
    moves: true,
    answers: { '*': ['settled', 'settled'] },
  },
  {
    name: 'the payee holds it without end',
    isSilent: true,
    async given() {
      await fault('customer', { hold: true });
      return invoice();
    },
    moves: false,
    answers: {
      '*': ['unknown no_answer', 'unknown in_flight'],
      lnbits: ['unknown in_flight', 'unknown in_flight'],
    },
  },
  {
    name: 'it is under way already',
    async given(kind) {
      await fault('customer', { hold: true });
      const request = await invoice();
      const payer = await open(kind, SILENT_MS);
      expect((await payer.pay(request)).state).toBe('unknown');
      payer.close();
      return request;
    },
    moves: false,
    answers: { '*': ['unknown in_flight', 'unknown in_flight'], nwc: ['failed? failed', 'unknown in_flight'] },
  },
  { name: 'the request is lost', given: during({ drop: true }), moves: false, answers: lost('unknown no_answer') },
  {
    name: 'the answer is lost',
    given: during({ drop: true, after: true }),
    moves: true,
    answers: { '*': ['unknown no_answer', 'settled'] },
  },
  {
    name: 'it is silent, and pays nothing',
    isSilent: true,
    given: during({ hang: true }),
    moves: false,
    answers: lost('unknown no_answer'),
  },
  {
    name: 'it is silent after it paid',
    isSilent: true,
    given: during({ hang: true, after: true }),
    moves: true,
    answers: { '*': ['unknown no_answer', 'settled'] },
  },
  { name: 'a tunnel says 500', given: during({ status: 500 }), moves: false, answers: lost('unknown no_answer') },
  {
    name: 'a tunnel says 502 after it paid',
    given: during({ status: 502, after: true }),
    moves: true,
    answers: { '*': ['unknown no_answer', 'settled'] },
  },
  {
    name: 'a tunnel says 401 after it paid',
    given: during({ status: 401, after: true }),
    moves: true,
    answers: { '*': ['unknown no_answer', 'settled'] },
  },
  {
    name: 'a tunnel says 403 after it paid',
    given: during({ status: 403, after: true }),
    moves: true,
    answers: { '*': ['unknown no_answer', 'settled'] },
  },
  {
    name: 'a tunnel says 404 after it paid',
    given: during({ status: 404, after: true }),
    moves: true,
    answers: { '*': ['unknown no_answer', 'settled'] },
  },
  {
    name: 'a page comes in place of the answer',
    given: during({ html: true, after: true }),
    moves: true,
    answers: { '*': ['unknown no_answer', 'settled'] },
  },
  {
    name: 'half an answer comes',
    given: during({ cut: true }),
    moves: true,
    answers: { '*': ['unknown no_answer', 'settled'] },
  },
  {
    name: 'the answer comes twice',
    given: during({ twice: true }),
    moves: true,
    answers: { '*': ['settled', 'settled'] },
  },
  {
    name: 'the preimage is of another payment',
    given: during({ alterPreimage: true }),
    moves: true,
    answers: { '*': ['unknown wrong_preimage', 'settled'] },
  },
  {
    name: 'it says failed, and has paid',
    given: during({ sayFailed: true }),
    moves: true,
    answers: { lnbits: ['failed? failed', 'settled'], nwc: ['failed? failed', 'settled'] },
  },
  {
    name: 'the budget of the connection is used up',
    given: during({ budgetSats: 10 }),
    moves: false,
    answers: { nwc: ['failed budget', 'failed? failed'] },
  },
];

const ROWS = CASES.flatMap(({ answers, ...one }) =>
  KINDS.flatMap((kind) => {
    const expected = answers[kind] ?? answers['*'];
    return expected ? [[one.name, kind, one, expected] as const] : [];
  }),
);

describe.each(ROWS)('%s: %s', (_, kind, { given, moves, isSilent }, expected) => {
  test('what it answers, and what the look-up finds', async () => {
    const request = await given(kind);
    // A relay loses what a server over HTTP would answer wrongly.
    const isLost = kind === 'nwc' && expected[0] === 'unknown no_answer';
    const payer = await open(kind, isSilent || isLost ? SILENT_MS : TIMEOUT_MS);
    const answers: (PayAnswer | LookUpAnswer)[] = [await payer.pay(request)];
    await fault(kind, {});
    answers.push(await payer.lookupPay(request));
    payer.close();
    expect(answers.map(wordOf)).toEqual(expected);
    expect(await moved(request)).toBe(moves);
    for (const answer of answers) {
      const claims = answer.state === 'settled' && isPreimageOf(answer.preimage, request.paymentHash);
      expect(answer.state === 'settled').toBe(claims);
      const saysNothingMoved = (answer.state === 'failed' || answer.state === 'never') && answer.certain;
      expect(saysNothingMoved && moves).toBe(false);
    }
  });
});

describe.each(KINDS)('%s', (kind) => {
  const use = async <Found>(work: (payer: Payer) => Promise<Found>, timeoutMs?: number): Promise<Found> => {
    const payer = await open(kind, timeoutMs);
    return work(payer).finally(() => payer.close());
  };

  test('asked twice in one moment pays once', async () => {
    const request = await invoice();
    await use(async (payer) => {
      const answers = await Promise.all([payer.pay(request), payer.pay(request)]);
      expect(answers.map(({ state }) => state)).toContain('settled');
      expect(answers.every((answer) => answer.state !== 'failed' || !answer.certain)).toBe(true);
      expect(await payer.lookupPay(request)).toMatchObject({ state: 'settled' });
    });
    const { customer } = await world();
    expect(customer.incoming.get(request.paymentHash)?.receivedMsat).toBe(request.amountMsat);
  });

  test('tells what it never tried, and tries it again after a failure', async () => {
    const request = await invoice(null);
    await use(async (payer) => {
      expect(await payer.lookupPay(request)).toEqual({ state: 'never', certain: kind !== 'nwc' });
      const answer = await payer.pay(request);
      if (payer.paysAmountless) expect(answer).toMatchObject({ state: 'settled' });
      else expect(answer).toMatchObject({ state: 'failed', permanent: true, certain: true });
    });
    expect((await world()).customer.incoming.get(request.paymentHash)?.receivedMsat).toBe(
      kind === 'lnbits' ? 0n : request.amountMsat,
    );
  });

  test('names the fee that it paid, where it is not above the limit', async () => {
    await fault(kind, { routeFeeMsat: 9_000 });
    const request = await invoice();
    await use(async (payer) => {
      const paid = await payer.pay(request);
      expect(paid).toMatchObject({ state: 'settled', feeMsat: 9_000n });
      expect(await payer.lookupPay(request)).toEqual(paid);
    });
  });

  test('whose payee gives a held payment back has failed, and can pay it then', async () => {
    await fault('customer', { hold: true });
    const request = await invoice();
    await use(async (payer) => {
      expect((await payer.pay(request)).state).toBe('unknown');
      await lever('release', { paymentHash: request.paymentHash });
      expect(await payer.lookupPay(request)).toMatchObject({ state: 'settled' });
      const returned = await invoice();
      expect((await payer.pay(returned)).state).toBe('unknown');
      await lever('release', { paymentHash: returned.paymentHash, fail: true });
      expect(await payer.lookupPay(returned)).toMatchObject({
        state: 'failed',
        certain: !['lnbits', 'nwc'].includes(kind),
      });
    }, SILENT_MS);
  });

  test('may pay by the credential that pays, and not by the one that receives', async () => {
    await use((payer) => payer.assertMayPay());
    const of = outside({ timeoutMs: TIMEOUT_MS });
    const receiver = await openPayer(readConnectionText(server(kind).connection, of.policy), of);
    await expect(receiver.assertMayPay()).rejects.toMatchObject({ fault: 'forbidden' });
    const request = await invoice();
    expect(wordOf(await receiver.pay(request))).toMatch(/^failed credential/);
    expect(await moved(request)).toBe(false);
    receiver.close();
    // Trying it has paid nothing.
    expect([...server(kind).wallet.outgoing.values()].map(({ bolt11 }) => bolt11)).not.toContain('');
  });

  test('says no word of its credential', async () => {
    const of = outside({ timeoutMs: TIMEOUT_MS });
    const text = server(kind).payConnection ?? '';
    const secret = /(?:password|macaroon|rune|api-key|secret)=([^;&]+)$/.exec(text)?.[1] ?? '';
    for (const reply of [{ status: 401 }, { status: 403 }, { status: 500 }, {}]) {
      if (kind === 'nwc') break;
      const liar = await serve(({ headers }) => ({
        ...reply,
        body: { code: 2, message: JSON.stringify(headers), reason: 'x' },
      }));
      const payer = await openPayer(readConnectionText(text.replace(server(kind).url, liar.url), of.policy), of);
      const answer = await payer.pay(await invoice());
      expect(secret.length).toBeGreaterThan(20);
      expect(JSON.stringify(answer, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
        secret,
      );
      expect('reason' in answer && answer.reason.length).toBeLessThan(400);
      payer.close();
    }
  });
});

test('a Lightning address cannot pay', async () => {
  await expect(
    openPayer({ kind: 'lightning_address', address: 'shop@wallet.example' }, outside()),
  ).rejects.toMatchObject({
    fault: 'unsupported',
  });
});

// The last: no server knows a payment of before.
describe.each(KINDS)('%s as another node than before', (kind) => {
  test('knows of no payment, and has another key', async () => {
    const request = await invoice();
    const payer = await open(kind);
    expect((await payer.pay(request)).state).toBe('settled');
    const before = await payer.nodeId();
    await lever('restart', { identity: 'new' });
    expect(await payer.lookupPay(request)).toMatchObject({ state: 'never' });
    if (kind === 'lnbits') expect(before).toBeNull();
    else
      expect([await payer.nodeId(), before]).toEqual([
        (await world()).merchant.node.id,
        expect.not.stringMatching((await world()).merchant.node.id),
      ]);
    payer.close();
  });
});
