// What holds for a batch of payouts and all its versions, in any order in which blocks come and go: a payout is where our chain has it, it is
// let go of only once no version of it can confirm any more, and looking again changes nothing. A failure prints the seed that repeats it.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { outputOf, type PayoutBatch } from '../../../src/core/payout/batch.ts';
import { type CoinSpend, followBatch } from '../../../src/core/payout/follow-batch.ts';
import type { Payout } from '../../../src/core/payout/payout.ts';
import { step } from '../../../src/core/payout/step.ts';
import * as of from './support.ts';

const COINS = ['aa:0', 'bb:0', 'cc:0'];
const PAYOUTS = ['first', 'second'];
const SETTLED_AT = 6;

type Start = 'signed' | 'given out' | 'voided';
type Action =
  | { do: 'mine' | 'bump'; pick: number }
  | { do: 'cancel' | 'follow' }
  /** A block that is settled never goes. */
  | { do: 'reorg'; depth: number; picks: number[] };

const pick = fc.nat({ max: 50 });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('mine' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('bump' as const), pick }) },
  { weight: 1, arbitrary: fc.constant<Action>({ do: 'cancel' }) },
  { weight: 5, arbitrary: fc.constant<Action>({ do: 'follow' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('reorg' as const),
      depth: fc.integer({ min: 1, max: SETTLED_AT - 1 }),
      picks: fc.array(pick, { minLength: SETTLED_AT, maxLength: SETTLED_AT }),
    }),
  },
);
const starts = fc.constantFrom<Start>('signed', 'given out', 'voided');

test('a payout is where our chain has it, and is let go of once no version can confirm any more', () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(starts, fc.array(action, { maxLength: 50 }), (start, actions) => {
      const place = new Place(start);
      for (const one of [...actions, { do: 'follow' } as const]) {
        place.play(one);
        for (const { state } of [...place.payouts, ...place.versions]) reached.add(state);
      }
    }),
    { numRuns: 1_500 },
  );
  // The generator gets everywhere.
  expect([...reached].toSorted()).toEqual([
    ...['awaiting_approval', 'awaiting_signatures', 'broadcast', 'confirmed', 'conflicted'],
    ...['in_flight', 'queued', 'settled', 'unknown', 'void'],
  ]);
});

interface Tx {
  txid: string;
  spends: string[];
}

interface Block {
  height: number;
  hash: string;
  tx: Tx | null;
}

/** A chain, a batch with its versions, and what the product has made of them so far. */
class Place {
  payouts: Payout[];
  versions: PayoutBatch[];
  readonly #blocks: Block[] = [];
  #drawn = 0;

  constructor(start: Start) {
    const facts = start === 'signed' ? [of.BATCHED, of.SIGNED] : start === 'given out' ? [of.BATCHED] : [];
    const { payout } = of.become([of.TO_ADDRESS, of.APPROVED, ...facts]);
    this.payouts = PAYOUTS.map((id) => ({ ...payout, id }));
    const state = { signed: 'broadcast', 'given out': 'awaiting_signatures', voided: 'void' } as const;
    const raw = start === 'signed' ? 'signed' : null;
    this.versions = [versionOf({ id: 'batch', txid: of.TXID, state: state[start], raw }, COINS.slice(0, 2), PAYOUTS)];
  }

  play(action: Action): void {
    if (action.do === 'mine') this.#mine(action.pick);
    else if (action.do === 'follow') this.#follow();
    else if (action.do === 'reorg') {
      const height = this.#blocks.length;
      this.#blocks.splice(-action.depth);
      // It has more work than the branch that it replaces.
      for (const one of action.picks) if (this.#blocks.length <= height) this.#mine(one);
    } else this.#replace(action.do === 'bump' ? action.pick : null);
  }

  /** An empty block, one with any version, or one with a transaction that the merchant's wallet made of a coin. */
  #mine(which: number): void {
    const spent = new Set(this.#blocks.flatMap(({ tx }) => tx?.spends ?? []));
    const foreign = COINS.map((coin) => ({ txid: `spends ${coin} ${this.#drawn}`, spends: [coin] }));
    const own = this.versions.map(({ txid, plan }) => ({
      txid: txid ?? '',
      spends: plan.inputs.map(({ outpoint }) => outpoint),
    }));
    const able = [...own, ...foreign].filter(({ spends }) => !spends.some((coin) => spent.has(coin)));
    const tx = able[which] ?? null;
    this.#blocks.push({ height: this.#blocks.length + 1, hash: `block ${this.#drawn++}`, tx });
  }

  /** @param extra whether a bump spends one more coin; null: a transaction that pays the coins back */
  #replace(extra: number | null): void {
    if (this.versions.some(({ state, blockHash }) => state === 'void' || blockHash !== null)) return;
    const id = `version ${this.#drawn++}`;
    const txid = `tx of ${id}`;
    const ids = extra === null ? [] : PAYOUTS;
    if (extra !== null) {
      const replaced = this.payouts.map((payout) =>
        step(payout, { kind: 'replaced', batchId: id, txid, vout: PAYOUTS.indexOf(payout.id) }, of.context()),
      );
      if (replaced.some((result) => 'refused' in result)) return;
      this.payouts = replaced.flatMap((result) => ('refused' in result ? [] : result.payout));
    }
    const coins = COINS.slice(0, extra !== null && extra % 2 === 1 ? 3 : 2);
    this.versions.push(versionOf({ id, txid, state: 'broadcast', raw: 'signed' }, coins, ids));
  }

  #follow(): void {
    const before = { payouts: this.payouts, versions: this.versions };
    const isOver = this.#take();
    this.#check(before, isOver);
    const { payouts, versions } = structuredClone({ payouts: this.payouts, versions: this.versions });
    expect([this.#take(), this.payouts, this.versions]).toEqual([isOver, payouts, versions]);
  }

  /** As services/payouts/follow-batches.ts does it: a block that was left first. */
  #take(): boolean {
    const { factOf, changes, isOver } = followBatch(this.versions, this.#spends(), this.#blocks.length, of.NOW_MS);
    for (const isReorg of [true, false]) {
      this.payouts = this.payouts.map((payout) => {
        const fact = factOf(payout);
        if (fact === null || (isReorg && fact.kind !== 'reorged')) return payout;
        const result = step(payout, fact, of.context());
        return 'refused' in result ? payout : result.payout;
      });
    }
    this.versions = changes.map(({ version, change }) => ({ ...version, ...change }));
    return isOver;
  }

  #spends(): Map<string, CoinSpend> {
    const spends = this.#blocks.flatMap(({ tx, height, hash }) =>
      (tx?.spends ?? []).map((coin): [string, CoinSpend] => [coin, { txid: tx?.txid ?? '', height, hash }]),
    );
    return new Map(spends);
  }

  /** How deep the version's own transaction is, and the deepest other one that spends a coin of it; 0 for none. */
  #depths({ txid, plan }: PayoutBatch): { own: number; other: number; block: Block | undefined } {
    const touching = this.#blocks.filter(({ tx }) => plan.inputs.some(({ outpoint }) => tx?.spends.includes(outpoint)));
    const depth = (block: Block | undefined) => (block ? this.#blocks.length - block.height + 1 : 0);
    const block = touching.find(({ tx }) => tx?.txid === txid);
    return { own: depth(block), other: depth(touching.find(({ tx }) => tx?.txid !== txid)), block };
  }

  #check(before: { payouts: Payout[]; versions: PayoutBatch[] }, isOver: boolean): void {
    const all = before.versions.map((version) => ({ version, ...this.#depths(version) }));
    const live = all.filter(({ version, own }) => own > 0 || version.state !== 'void');
    expect(isOver).toBe(live.every(({ own, other }) => Math.max(own, other) >= SETTLED_AT));
    for (const [i, { version, own, other, block }] of all.entries()) {
      const after = this.versions[i];
      expect(after?.blockHash).toBe(block?.hash ?? null);
      if (own > 0) expect(after?.state).toBe(own >= SETTLED_AT ? 'confirmed' : 'broadcast');
      else if (version.state === 'void' || other >= SETTLED_AT) expect(after?.state).toBe('void');
      else if (other > 0) expect(after?.state).toBe('conflicted');
      else
        expect(after?.state).toBe(
          version.raw === null && version.broadcastAtMs === null ? 'awaiting_signatures' : 'broadcast',
        );
    }
    for (const [i, was] of before.payouts.entries()) {
      const payout = this.payouts[i] as Payout;
      const paying = all.filter(({ version }) => outputOf(version, payout.id) >= 0);
      const winner = paying.find(({ own }) => own > 0);
      if (winner) {
        const { version, own, block } = winner;
        expect(payout).toMatchObject({ txid: version.txid, batchId: version.id, blockHash: block?.hash });
        const staysSettled = was.state === 'settled' && was.blockHash === block?.hash;
        expect(payout.state).toBe(own >= SETTLED_AT || staysSettled ? 'settled' : 'in_flight');
      } else
        this.#checkUnpaid(
          was,
          payout,
          Math.min(...paying.filter((one) => live.includes(one)).map(({ other }) => other)),
        );
    }
  }

  /** @param ended how deep what keeps each of its versions from confirming is, at least; Infinity where it has no version */
  #checkUnpaid(was: Payout, { state, blockHash, txid, batchId, approvals }: Payout, ended: number): void {
    expect(blockHash).toBeNull();
    expect(state).not.toBe('settled');
    if (was.batchId === null) {
      expect(state).toBe(was.state);
      return;
    }
    const isSent = was.txid !== null;
    if (ended >= SETTLED_AT && Number.isFinite(ended)) {
      expect({ state, txid, batchId }).toEqual({
        ...{ txid: null, batchId: null },
        state: isSent ? 'awaiting_approval' : 'queued',
      });
      if (isSent) expect(approvals).toEqual([]);
    } else {
      expect(batchId).toBe(was.batchId);
      if (ended > 0 && Number.isFinite(ended) && isSent) expect(state).toBe('unknown');
      else expect(['queued', 'in_flight', 'unknown']).toContain(state);
    }
  }
}

function versionOf(
  of_: Pick<PayoutBatch, 'id' | 'txid' | 'state' | 'raw'>,
  coins: string[],
  payoutIds: string[],
): PayoutBatch {
  const inputs = coins.map((outpoint) => ({ outpoint }) as PayoutBatch['plan']['inputs'][number]);
  const change = { script: '', valueSats: 1_000n, payoutId: null, place: null };
  return {
    ...of_,
    ...{ storeId: 'store', walletId: 'wallet', rootId: 'batch', signers: { required: 1, fingerprints: [] } },
    plan: {
      inputs,
      outputs: [...payoutIds.map((payoutId) => ({ ...change, payoutId })), change],
      feeSats: 0n,
      vsize: 1,
    },
    signatures: null,
    reservedUntilMs: of.NOW_MS,
    ...{ downloadedAtMs: of.NOW_MS, createdAtMs: of.NOW_MS, createdBy: of.ANNA, uploadedAtMs: null },
    broadcastAtMs: of_.raw === null ? null : of.NOW_MS,
    ...{ refusal: null, dueAtMs: null, blockHeight: null, blockHash: null, conflictTxid: null },
    ...{ isWatched: true, version: 1 },
  };
}
