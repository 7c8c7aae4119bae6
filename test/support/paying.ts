// A store that pays over Lightning, from a node that a test scripts. The object that pays works here, so that it follows the test's clock.

import { createVault } from '../../src/adapters/vault.ts';
import type { Payout } from '../../src/core/payout/payout.ts';
import { hashOfPreimage, preimageOf, ScriptedPayer } from '../../src/dev/soak/payouts/node.ts';
import { PayQueue } from '../../src/jobs/pay/queue.ts';
import { sealed } from '../../src/services/connections/sealed.ts';
import { readPayout } from '../../src/services/payouts/payouts.ts';
import { bindings, type MerchantOptions } from './merchant.ts';
import { openPayer } from './payouts.ts';

export async function openPayingStore(options: MerchantOptions = {}) {
  const merchant = await openPayer({ mode: 'live', ...options });
  const { clock, deps, store, settled } = merchant;
  const node = new ScriptedPayer({ now: clock.now, wait: (ms) => clock.advanceMinutes(ms / 60_000) });
  let alarmMs: number | null = null;
  const open = () =>
    new PayQueue(() => deps, store.id, {
      async wakeIn(ms) {
        alarmMs = clock.ms + ms;
      },
      async rest() {
        alarmMs = null;
      },
    });
  let queue = open();
  Object.assign(deps, {
    payouts: { wake: () => queue.wake(), check: () => queue.check() },
    openPayer: async () => node,
  });
  const connectionId = await connect(merchant);
  let drawn = 0;
  /** A BOLT11 whose preimage the payee reveals to the node. */
  const invoice = (sats: bigint, over: Parameters<typeof merchant.bolt11>[1] = {}) => {
    const preimage = preimageOf(`${store.id} ${drawn++}`);
    node.preimages.set(hashOfPreimage(preimage), preimage);
    return merchant.bolt11(sats, { paymentHash: hashOfPreimage(preimage), ...over });
  };
  const ring = async () => {
    alarmMs = null;
    await queue.run();
    await settled();
  };
  return Object.assign(merchant, {
    ...{ node, connectionId, invoice, ring },
    queue: () => queue,
    alarmMs: () => alarmMs,
    /** Claimed and approved, and not paid yet. */
    async queued(sats = 5_000n, destination = invoice(sats)): Promise<Payout> {
      const { id } = await merchant.offer({ amount: amountOf(sats) });
      return (await merchant.approve(await merchant.claim(id, destination, { amount: amountOf(sats) }))).payout;
    },
    read: (payout: Pick<Payout, 'storeId' | 'id'>) => readPayout(deps, payout),
    /** Time passes, and the alarm rings whenever it is due. */
    async pass(seconds: number) {
      await settled();
      const untilMs = clock.ms + seconds * 1_000;
      while (alarmMs !== null && alarmMs <= untilMs) {
        clock.ms = Math.max(clock.ms, alarmMs);
        await ring();
      }
      clock.ms = Math.max(clock.ms, untilMs);
    },
    /** The object is gone, with all that it remembered. */
    restart() {
      queue = open();
    },
  });
}

const amountOf = (sats: bigint) => `0.${String(sats).padStart(8, '0')}`;

/** A connection of the store's own, which pays. */
export async function connect(
  { store, deps }: Awaited<ReturnType<typeof openPayer>>,
  createdAtMs = 1,
): Promise<string> {
  const id = crypto.randomUUID();
  const vault = createVault(bindings.ENCRYPTION_KEY);
  const secret = { kind: 'lnd', server: 'https://node.test', macaroon: 'ab' } as const;
  const [receive, pay] = await Promise.all(
    (['receive', 'pay'] as const).map((purpose) => sealed({ ...deps, vault }, id, purpose, secret)),
  );
  await bindings.DB.prepare(
    `INSERT INTO connections (store_id, id, kind, name, host, receive, pay, capabilities, network, created_at)
     VALUES (?, ?, 'lnd', 'Node', 'node.test', ?, ?, '{}', 'regtest', ?)`,
  )
    .bind(store.id, id, receive, pay, createdAtMs)
    .run();
  return id;
}
