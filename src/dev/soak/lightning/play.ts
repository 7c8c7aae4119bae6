// Plays the steps of a history of Lightning: what buyers, merchants, nodes and machines do. What cannot be done any more is left.
// Called by game.ts.

import { removeFromStore } from '../../../services/connections/connections.ts';
import { cancel } from '../../../services/payments/cancel.ts';
import { create } from '../../../services/payments/create.ts';
import { expireOffChain } from '../../../services/payments/expire.ts';
import { lookAtInvoice, readInvoice } from '../../../services/payments/read.ts';
import { isRefusal, unlessCrashed } from '../crash.ts';
import { Violation } from '../violation.ts';
import type { LightningStep, SoakCall } from './history.ts';
import { type LightningSoak, type Sent, type SoakInvoice, STORE_ID } from './world.ts';

const MAX_INVOICES = 12;
/** Between any two steps. */
const STEP_MS = 1_000;

/** Plays one step. Throws what the product must not throw. */
export async function playLightning(world: LightningSoak, step: LightningStep): Promise<void> {
  world.chain.nowMs += STEP_MS;
  try {
    await perform(world, step);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  await world.settled();
  world.chain.noteBlocks();
}

async function perform(world: LightningSoak, step: LightningStep): Promise<void> {
  const { chain, nodes } = world;
  switch (step.do) {
    case 'create':
      return order(world, { ...step, key: step.key === null ? null : `key-${step.key}` });
    case 'call':
      return void (await Promise.all(Array.from({ length: step.times }, () => call(world, step.call, step.invoice))));
    case 'chain':
      return payOnChain(world, step.invoice, step.part);
    case 'mine':
      chain.chain.mine(1);
      return chain.rounds.sweep();
    case 'remove':
      return remove(world, step);
    case 'connect':
      return void world.connect(step.node);
    case 'restart':
      return world.restart();
    case 'second object':
      return world.addObject();
    case 'crash':
      return crash(world, step);
    case 'pass':
      await cron(world);
      return world.pass(step.seconds);
    case 'pay':
    case 'hold':
    case 'stumble':
      return atBolt11(world, step);
    case 'trouble':
    case 'heal':
    case 'another identity': {
      const node = one(nodes, step.node);
      if (step.do === 'another identity') node?.becomeAnother();
      else if (node) node.trouble = step.do === 'heal' ? null : step.trouble;
    }
  }
}

function atBolt11(world: LightningSoak, step: Extract<LightningStep, { bolt11: number }>): void {
  const bolt11 = one(world.bolt11s, step.bolt11);
  const node = world.nodes.find(({ host }) => host === bolt11?.nodeId);
  if (!bolt11 || !node) return;
  if (step.do === 'pay') node.pay(bolt11, step.over);
  else if (step.do === 'hold') node.hold(bolt11, step.release);
  else bolt11.stumbles = true;
}

/** What reaches the product. */
async function call(world: LightningSoak, name: SoakCall, index: number): Promise<void> {
  const { deps } = world;
  const invoice = one(world.invoices, index);
  switch (name) {
    case 'look':
      return invoice && look(world, invoice);
    case 'page':
      return invoice && deps.lightning.hot(STORE_ID, invoice.id);
    case 'hook':
      return deps.lightning.look(STORE_ID, hashesOf(world));
    case 'nameless hook':
      return deps.lightning.look(STORE_ID, null);
    case 'forged hook':
      return deps.lightning.look(STORE_ID, ['ab'.repeat(32)]);
    case 'alarm':
      return world.ring();
    case 'cron':
      return cron(world);
    case 'cancel':
      return invoice && cancelled(world, invoice);
    case 'create':
      return order(world, { sats: 5_000, minutes: 15, rails: 'lightning', key: 'key-crash' });
    case 'create again': {
      const sent = one(world.sent, index);
      return sent && order(world, sent);
    }
  }
}

export async function cron({ deps, chain }: LightningSoak): Promise<void> {
  await chain.rounds.sweep();
  await expireOffChain(deps);
  if (chain.d1.rows(OPEN).length > 0) await deps.lightning.wake(STORE_ID);
}

async function order(world: LightningSoak, { sats, minutes, rails, key }: Sent): Promise<void> {
  const { deps, chain, invoices } = world;
  if (invoices.length >= MAX_INVOICES) return;
  const sent = { sats, minutes, rails, key };
  if (key !== null) world.sent.push(sent);
  await chain.rounds.sweep();
  const request = {
    ...{ price: { sats: BigInt(sats) }, expiresInMinutes: minutes, metadata: {} },
    ...{ orderRef: null, callbackUrl: null, successUrl: null, buyerEmail: null, checkout: null },
    paymentMethods: rails === 'both' ? null : ['lightning'],
  };
  const allowed = Promise.resolve(true);
  const { id } = await create(deps, { keyHash: chain.keyHash }, allowed, request, key, JSON.stringify(sent));
  if (invoices.some((invoice) => invoice.id === id)) return;
  invoices.push(...chain.d1.rows<SoakInvoice>(TERMS, id));
}

/** What a buyer is shown can be paid: it asks for what is due, and is looked up. */
async function look({ deps, chain }: LightningSoak, { id }: SoakInvoice): Promise<void> {
  await lookAtInvoice(deps, STORE_ID, id);
  const { lightning } = await readInvoice(deps, STORE_ID, id);
  if (!lightning) return;
  const rows = chain.d1.rows(WATCHED, STORE_ID, lightning.payment_hash, id);
  if (rows.length === 0) throw new Violation(`${lightning.payment_hash} is shown and not looked up`);
}

async function cancelled({ deps, chain }: LightningSoak, { id }: SoakInvoice): Promise<void> {
  await cancel(deps, STORE_ID, id, 'merchant');
  const [row] = chain.d1.rows<{ status: string }>('SELECT status FROM invoices WHERE id = ?', id);
  if (row?.status !== 'cancelled') throw new Violation('it was cancelled and is not');
}

async function payOnChain(world: LightningSoak, index: number, part: 'all' | 'part'): Promise<void> {
  const { chain, onchain } = world;
  const invoice = one(world.invoices, index);
  if (!invoice) return;
  const [row] = chain.d1.rows<{ script: string; sats: number }>(
    'SELECT script, amount_sats AS sats FROM invoices WHERE id = ?',
    invoice.id,
  );
  if (!row?.script) return;
  const sats = part === 'all' ? row.sats : Math.ceil(row.sats / 3);
  chain.noteSent(chain.coins.pay([{ script: row.script, sats }]));
  onchain.set(invoice.id, (onchain.get(invoice.id) ?? 0) + sats);
  await chain.rounds.look([invoice.id]);
}

async function remove(world: LightningSoak, step: Extract<LightningStep, { do: 'remove' }>): Promise<void> {
  const { deps, chain } = world;
  const host = one(world.nodes, step.node)?.host ?? '';
  const store = { id: STORE_ID, archivedAtMs: null };
  const [connection] = chain.d1.rows<{ id: string }>(CONNECTION, host);
  const during = step.during ? call(world, step.during, step.invoice) : undefined;
  if (connection) await removeFromStore(deps, store, connection.id).finally(() => during?.catch(() => {}));
  await during;
}

/** The machine dies in the middle of a call, and its object with it. */
async function crash(world: LightningSoak, step: Extract<LightningStep, { do: 'crash' }>): Promise<void> {
  const { d1 } = world.chain;
  d1.failAt({ inCalls: step.inCalls, isDone: step.isDone });
  await call(world, step.call, step.invoice).catch(unlessCrashed);
  await world.settled();
  d1.failAt(null);
  world.alarmMs = null;
  world.restart();
}

function hashesOf(world: LightningSoak): string[] {
  return world.bolt11s.map(({ fresh }) => fresh.paymentHash);
}

function one<T>(list: readonly T[], index: number): T | undefined {
  return list[index % Math.max(1, list.length)];
}

const OPEN = 'SELECT 1 FROM bolt11_invoices WHERE watch_until IS NOT NULL LIMIT 1';
const CONNECTION = 'SELECT id FROM connections WHERE host = ? AND removed_at IS NULL';
const WATCHED = `
  SELECT 1 FROM bolt11_invoices b WHERE b.store_id = ? AND b.payment_hash = ? AND b.invoice_id = ?
    AND (b.watch_until IS NULL OR EXISTS (
      SELECT 1 FROM connections c WHERE c.store_id = b.store_id AND c.id = b.connection_id))`;
const TERMS = `
  SELECT id, created_at AS createdAtMs, expires_at AS expiresAtMs, late_deadline_at AS lateDeadlineMs,
    amount_sats - tolerance_below_sats AS least, amount_sats + tolerance_above_sats AS most
  FROM invoices WHERE id = ?`;
