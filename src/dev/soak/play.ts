// Plays the steps of a history in its world: what people, miners and explorers do, and the calls that reach the product.
// What cannot be done any more (a payment that is mined cannot be replaced) is left. Called by run.ts.

import { cancel } from '../../services/payments/cancel.ts';
import { create } from '../../services/payments/create.ts';
import { depositAddress } from '../../services/payments/deposits.ts';
import type { Fault } from '../chain/faults.ts';
import type { Tx } from '../chain/transaction.ts';
import { ADDRESS_RULES } from './address-terms.ts';
import { type Output, OWN_SCRIPT } from './coins.ts';
import { isRefusal, unlessCrashed } from './crash.ts';
import type { Amount, Rival, SoakStep, Trouble } from './history.ts';
import { Violation } from './violation.ts';
import type { InvoiceTerms, PaidPlace, World } from './world.ts';

const MAX_INVOICES = 4;
/** Between any two steps. */
const STEP_MS = 2_000;
const DUST_SATS = 400;

/** Plays one step. Throws what the product must not throw. */
export async function play(world: World, step: SoakStep): Promise<void> {
  world.nowMs += STEP_MS;
  for (const view of world.views) view.beginStep();
  try {
    await perform(world, step);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  world.noteBlocks();
}

/** What people, miners and explorers do. */
async function perform(world: World, step: SoakStep): Promise<void> {
  const { chain } = world;
  switch (step.do) {
    case 'create':
      return createInvoice(world, step.sats, step.minutes);
    case 'pay':
      return pay(world, step);
    case 'deposit':
      return deposit(world, step);
    case 'pay somebody else':
      return world.noteSent(world.coins.pay([{ script: OWN_SCRIPT, sats: 50_000 }]));
    case 'pay ahead': {
      const [free] = world.d1.rows<{ script: string }>(FREE, step.ahead);
      if (free) world.noteSent(world.coins.pay([{ script: free.script, sats: step.sats }]));
      return;
    }
    case 'raise fee': {
      const tx = world.sent.at(-1);
      if (tx && chain.frame().mempool.has(tx.txid)) respend(world, tx, 'same');
      return;
    }
    case 'replace': {
      const tx = one(world.sent, step.tx);
      if (tx && chain.frame().mempool.has(tx.txid)) respend(world, tx, step.rival);
      return;
    }
    case 'evict': {
      const tx = one(world.sent, step.tx);
      if (tx) chain.evict(tx.txid);
      return;
    }
    case 'rebroadcast': {
      const tx = one(world.sent, step.tx);
      if (tx) chain.broadcast(tx.raw, { trusted: true });
      return;
    }
    case 'mine':
      chain.mine(step.blocks);
      return;
    case 'reorg':
      return reorg(world, step);
    case 'trouble': {
      const fault = faultOf(world, step.trouble, step.invoice);
      if (fault) one(world.views, step.explorer)?.setFault(fault, step.trouble === 'no index');
      return;
    }
    case 'heal':
      return one(world.views, step.explorer)?.setFault({});
    case 'wait':
      world.nowMs += step.seconds * 1_000;
      return;
    default:
      return performCall(world, step);
  }
}

/** What reaches the product. */
async function performCall(world: World, step: SoakStep): Promise<void> {
  const { rounds } = world;
  switch (step.do) {
    case 'tick':
      await Promise.all(Array.from({ length: step.times }, () => rounds.sweep()));
      return;
    case 'ask address':
      return askAddress(world, step.customer, step.times);
    case 'look': {
      const place = one(world.places, step.invoice);
      return place && rounds.look([place.id]);
    }
    case 'rescan': {
      const place = one(world.places, step.invoice);
      return place && rounds.rescan(place.id);
    }
    case 'cancel': {
      const invoice = one(world.invoices, step.invoice);
      if (!invoice) return;
      const ticked = step.duringTick ? rounds.sweep() : undefined;
      await cancel(world.deps, 'store', invoice.id, 'merchant').finally(() => ticked);
      return;
    }
    case 'restart':
      return world.restart();
    case 'crash':
      world.d1.failAt({ inCalls: step.inCalls, isDone: step.isDone });
      await rounds.sweep().catch(unlessCrashed);
      world.d1.failAt(null);
      if (step.restart) world.restart();
  }
}

/**
 * Explorers are honest again, blocks are found, time passes, and each open invoice is looked at.
 * @param blocks enough to end every hold on payments
 */
export async function settleDown(world: World, blocks: number, check: () => void): Promise<void> {
  const tick: SoakStep = { do: 'tick', times: 1 };
  const looks = world.places.map((_, invoice): SoakStep => ({ do: 'look', invoice }));
  const then = async (seconds: number, steps: SoakStep[]) => {
    world.nowMs += seconds * 1_000;
    for (const step of steps) {
      await play(world, step);
      check();
    }
  };
  for (const view of world.views) view.setFault({});
  await then(MAX_PAUSE_S, [tick]);
  for (let left = blocks; left > 0; left -= 2) await then(600, [{ do: 'mine', blocks: Math.min(left, 2) }, tick]);
  for (const steps of [looks, looks, [tick], [tick]]) await then(90, steps);
}

/** The pause after an explorer's failure is over by then. */
const MAX_PAUSE_S = 20 * 60;

async function createInvoice(world: World, sats: number, minutes: number): Promise<void> {
  if (world.invoices.length >= MAX_INVOICES) return;
  const { d1, deps, keyHash } = world;
  const usd = { rate: '50000', sources: ['fixed'], asOfMs: world.nowMs };
  d1.rows("INSERT OR REPLACE INTO rates (name, by_currency) VALUES ('latest', ?)", JSON.stringify({ USD: usd }));
  const order = {
    ...{ price: { sats: BigInt(sats) }, expiresInMinutes: minutes, metadata: {} },
    ...{ orderRef: null, callbackUrl: null, successUrl: null, buyerEmail: null, checkout: null },
  };
  const { id } = await create(deps, { keyHash }, Promise.resolve(true), order, null, '');
  world.invoices.push(...d1.rows<InvoiceTerms>(TERMS, id));
}

/** The same address for each who asks. */
async function askAddress(world: World, customer: number, times: number): Promise<void> {
  const { d1, deps, keyHash } = world;
  const store = { id: 'store', testMode: false };
  const ask = () => depositAddress(deps, { keyHash, store }, `customer-${customer}`, ADDRESS_RULES, {});
  const given = await Promise.all(Array.from({ length: times }, ask));
  const ids = new Set(given.map(({ id }) => id));
  if (ids.size > 1) throw new Violation('a customer has two addresses');
  const known = new Set(world.customers.map(({ id }) => id));
  for (const id of ids) if (!known.has(id)) world.customers.push(...d1.rows<PaidPlace>(ADDRESS, id));
}

const ADDRESS = 'SELECT id, address, script, created_at AS createdAtMs FROM deposit_addresses WHERE id = ?';

function deposit(world: World, step: Extract<SoakStep, { do: 'deposit' }>): void {
  const customer = one(world.customers, step.customer);
  const invoice = step.alsoInvoice === null ? undefined : one(world.invoices, step.alsoInvoice);
  if (!customer) return;
  const outputs = step.sats.map((sats) => ({ script: customer.script, sats }));
  if (invoice) outputs.push({ script: invoice.script, sats: invoice.sats });
  world.noteSent(world.coins.pay(outputs));
}

const FREE = 'SELECT script FROM addresses WHERE invoice_id IS NULL AND used_at IS NULL ORDER BY idx LIMIT 1 OFFSET ?';

const TERMS = `
  SELECT id, address, script, amount_sats AS sats, conf_threshold AS threshold, created_at AS createdAtMs,
    amount_sats - tolerance_below_sats AS least, amount_sats + tolerance_above_sats AS most,
    expires_at AS expiresAtMs, late_deadline_at AS lateDeadlineMs
  FROM invoices WHERE id = ?`;

function pay(world: World, step: Extract<SoakStep, { do: 'pay' }>): void {
  const invoice = one(world.invoices, step.invoice);
  const other = one(world.invoices, step.invoice + 1);
  if (!invoice || !other) return;
  const sats = satsOf(invoice, step.amount);
  const outputs: Output[] = [{ script: invoice.script, sats }];
  if (step.how === 'two invoices') outputs.push({ script: other.script, sats: other.sats });
  if (step.how === 'two outputs') {
    const part = Math.ceil(sats / 3);
    outputs.splice(0, 1, { script: invoice.script, sats: part }, { script: invoice.script, sats: sats - part });
  }
  world.noteSent(world.coins.pay(outputs));
}

function satsOf({ sats, least, most }: InvoiceTerms, amount: Amount): number {
  const by: Record<Amount, number> = {
    exact: sats,
    within: least,
    short: least - 1,
    half: Math.ceil(sats / 2),
    over: most + 1,
    double: sats * 2,
    dust: DUST_SATS,
  };
  return by[amount];
}

function respend(world: World, tx: Tx, rival: Rival): void {
  const paid = tx.outputs.filter(({ script }) => script !== OWN_SCRIPT);
  const last = world.invoices.at(-1);
  const outputs: Record<Rival, Output[]> = {
    same: paid,
    more: paid.map(({ script, sats }) => ({ script, sats: sats * 2 })),
    less: paid.map(({ script, sats }) => ({ script, sats: Math.ceil(sats / 2) })),
    elsewhere: [],
    'other invoice': last ? [{ script: last.script, sats: last.sats }] : [],
  };
  world.noteSent(world.coins.respend(tx, outputs[rival]));
}

function reorg(world: World, step: Extract<SoakStep, { do: 'reorg' }>): void {
  const { chain } = world;
  const depth = Math.min(step.depth, chain.tip.height - 2);
  const left = chain
    .frame()
    .best.slice(-depth)
    .flatMap((block) => block.txs.slice(1));
  const ours = left.find((tx) => world.sentAtMs.has(tx.txid) && tx.outputs.some(({ script }) => script !== OWN_SCRIPT));
  const drop = step.drop === 'all' || (step.drop === 'one' && ours ? [ours.txid] : false);
  chain.reorg({ depth, drop, remine: step.remine });
  if (step.rival && drop && ours) respend(world, ours, step.rival);
}

function faultOf(world: World, trouble: Trouble, index: number): Fault | null {
  const place = one(world.places, index);
  if (trouble === 'forge' || trouble === 'forge another') {
    if (!place) return null;
    world.forgedFor.add(place.script);
    const txid = trouble === 'forge' ? undefined : world.sent.at(-1)?.txid;
    return { forge: { txid, address: place.address, sats: 'sats' in place ? Number(place.sats) : 100_000 } };
  }
  return FAULTS[trouble];
}

const FAULTS: Record<Exclude<Trouble, 'forge' | 'forge another'>, Fault> = {
  down: { down: true },
  status: { status: 503 },
  html: { html: true },
  garbage: { garbage: true },
  'lag 1': { lagBlocks: 1 },
  'lag 3': { lagBlocks: 3 },
  freeze: { freeze: true },
  'freeze and lag 1': { freeze: true, lagBlocks: 1 },
  'hide mempool': { hideMempool: true },
  'alter sats': { alterSats: 7_777 },
  duplicates: { duplicates: true },
  'slow index': { slowIndex: true },
  'no index': {},
};

function one<T>(list: readonly T[], index: number): T | undefined {
  return list[index % Math.max(1, list.length)];
}
