// /v1/stores/:id/wallets and /v1/wallets/recognise: which wallet a store's money goes to, and what its merchant can take
// away of it. No answer holds an extended key.

import { Hono } from 'hono';
import * as z from 'zod';
import type { WalletRow } from '../../../adapters/db/wallets.ts';
import { SCRIPT_TYPES } from '../../../core/wallet/address.ts';
import { MAX_FILE_LENGTH } from '../../../core/wallet/exports.ts';
import { authenticate } from '../../../services/access/keys.ts';
import { actorOn, ownerOn } from '../../../services/access/people.ts';
import { personOf } from '../../../services/access/sessions.ts';
import {
  paymentsOf,
  readGap,
  readIndexMap,
  readLabels,
  readRescue,
  rescueText,
  USUAL_GAP_LIMIT,
} from '../../../services/wallets/files.ts';
import {
  activateWallet,
  DEFAULT_GAP_LIMIT,
  listWallets,
  MAX_GAP_LIMIT,
  MIN_GAP_LIMIT,
  readWallet,
  recogniseWallet,
  registerWallet,
  updateWallet,
} from '../../../services/wallets/wallets.ts';
import { type BodyLimit, type Ctx, type HonoEnv, jsonBody } from '../http.ts';
import { iso, label } from './store-body.ts';
import { idOf } from './store-keys.ts';
import { validate, validQuery } from './validate.ts';

const TOO_LARGE = 'is larger than 1 MiB: paste the key alone';
const pasted = z.string('must be a text').min(1, 'must not be empty').max(MAX_FILE_LENGTH, TOO_LARGE);
/** As JSON a file is longer by what is escaped. */
const fileLimit: BodyLimit = { bytes: 2 * MAX_FILE_LENGTH, problem: `text: ${TOO_LARGE}.` };
const gapLimit = z
  .number()
  .int('must be whole')
  .min(MIN_GAP_LIMIT, `must be at least ${MIN_GAP_LIMIT}`)
  .max(MAX_GAP_LIMIT, `must be at most ${MAX_GAP_LIMIT}`);

export const question = z.strictObject({ text: pasted });

export const registration = z.strictObject({
  text: pasted,
  script_type: z.enum(SCRIPT_TYPES, `must be one of ${SCRIPT_TYPES.join(', ')}`).optional(),
  gap_limit: gapLimit.default(DEFAULT_GAP_LIMIT),
  label: label.optional(),
  start_index: z.number().int('must be whole').min(0, 'must be at least 0').max(1_000_000, 'is too high').default(0),
});

export const walletChange = z.strictObject({ label: label.optional(), gap_limit: gapLimit.optional() });

const from = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 31)
  .default(0);
export const pageQuery = z.strictObject({ from });
export const rescueQuery = z.strictObject({
  from,
  format: z.enum(['json', 'electrum', 'sparrow'], 'must be json, electrum or sparrow').default('json'),
});

export function recogniseRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.post('/recognise', async (c) => {
    const deps = c.get('deps');
    const authorization = c.req.raw.headers.get('authorization');
    // Nothing is kept and nothing of a store is told: whoever may ask anything may ask this.
    await (authorization === null ? personOf(deps, c.req.raw) : authenticate(deps, authorization));
    const { text } = validate(question, await jsonBody(c.req.raw, fileLimit));
    const { source, label: name, network, usableLive, candidates } = recogniseWallet(deps, text);
    const needsChoice = candidates.length > 1;
    return c.json(
      {
        recognised: {
          source,
          label: name,
          network,
          usable_live: usableLive,
          script_type_needed: needsChoice,
          candidates: candidates.map(({ wallet, declared, addresses }) => ({
            script_type: wallet.scriptType,
            declared,
            fingerprint: wallet.fingerprint ?? null,
            origin_path: wallet.originPath ?? null,
            addresses,
          })),
          warnings: [
            ...(usableLive
              ? []
              : [`This wallet is on ${network}; live invoices of this server need ${deps.config.NETWORK}.`]),
            ...(needsChoice
              ? ['Compare the first addresses with those in your wallet, and choose the kind that matches.']
              : []),
            `Set the gap limit of your wallet to the store's: most look at ${USUAL_GAP_LIMIT} unused addresses and no further.`,
          ],
        },
      },
      200,
      { 'cache-control': 'no-store' },
    );
  });
  return app;
}

export function walletRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  const viewer = (c: Ctx) => actorOn(c.get('deps'), c.req.raw, idOf(c, 'id'), 'viewer');
  const owner = (c: Ctx) => ownerOn(c.get('deps'), c.req.raw, idOf(c, 'id'));

  app.get('/', async (c) => {
    const { store } = await viewer(c);
    const wallets = await listWallets(c.get('deps'), store);
    return c.json({ wallets: wallets.map((wallet) => walletBody(wallet, store.walletId)) });
  });

  app.post('/', async (c) => {
    const { store } = await owner(c);
    const body = validate(registration, await jsonBody(c.req.raw, fileLimit));
    const wallet = await registerWallet(c.get('deps'), store, {
      text: body.text,
      scriptType: body.script_type,
      gapLimit: body.gap_limit,
      label: body.label,
      startIndex: body.start_index,
    });
    return c.json({ wallet: walletBody(wallet, wallet.id) }, 201);
  });

  app.get('/:wid', async (c) => {
    const { store } = await viewer(c);
    return c.json({ wallet: walletBody(await readWallet(c.get('deps'), store, c.req.param('wid')), store.walletId) });
  });

  app.patch('/:wid', async (c) => {
    const { store } = await owner(c);
    const { label: name, gap_limit } = validate(walletChange, await jsonBody(c.req.raw));
    const change = {
      ...(name !== undefined && { label: name }),
      ...(gap_limit !== undefined && { gapLimit: gap_limit }),
    };
    const wallet = await updateWallet(c.get('deps'), store, c.req.param('wid'), change);
    return c.json({ wallet: walletBody(wallet, store.walletId) });
  });

  app.post('/:wid/activate', async (c) => {
    const { store } = await owner(c);
    const wallet = await activateWallet(c.get('deps'), store, c.req.param('wid'));
    return c.json({ wallet: walletBody(wallet, wallet.id) });
  });

  app.get('/:wid/gap', async (c) => {
    const { store } = await viewer(c);
    const gap = await readGap(c.get('deps'), store, c.req.param('wid'));
    return c.json({
      gap: {
        gap_limit: gap.gapLimit,
        highest_issued_index: gap.highestIssuedIndex,
        highest_funded_index: gap.highestFundedIndex,
        unused_in_a_row: gap.unusedInARow,
        issuing_stops_at_index: gap.issuingStopsAt,
        warning: gap.warning,
      },
    });
  });

  app.get('/:wid/addresses', async (c) => {
    const { store } = await viewer(c);
    const query = validQuery(pageQuery, c.req.queries());
    const map = await readIndexMap(c.get('deps'), store, c.req.param('wid'), query.from);
    return c.json({
      addresses: map.addresses.map((row) => ({
        index: row.index,
        path: row.path,
        address: row.address,
        invoice_id: row.invoiceId,
        order_ref: row.orderRef,
        environment: row.environment,
        status: row.status,
        payments: paymentsOf(row).map(({ sats, ...payment }) => ({ ...payment, sats: String(sats) })),
      })),
      next_from: map.nextFrom,
    });
  });

  app.get('/:wid/labels', async (c) => {
    const { store } = await viewer(c);
    const query = validQuery(pageQuery, c.req.queries());
    const { text, nextFrom } = await readLabels(c.get('deps'), store, c.req.param('wid'), query.from);
    return file(c, text, 'application/jsonl', 'satlane-labels.jsonl', nextFrom);
  });

  app.get('/:wid/rescue', async (c) => {
    const { store } = await viewer(c);
    const query = validQuery(rescueQuery, c.req.queries());
    const rescue = await readRescue(c.get('deps'), store, c.req.param('wid'), query.from);
    if (query.format !== 'json') {
      const wallet = await readWallet(c.get('deps'), store, c.req.param('wid'));
      const name = `satlane-find-my-money-${query.format}.txt`;
      return file(c, rescueText(rescue, wallet, query.format), 'text/plain', name, rescue.nextFrom);
    }
    return c.json({
      rescue: {
        funded_addresses: rescue.addresses,
        received_sats: String(rescue.sats),
        highest_funded_index: rescue.highest,
        widest_step: rescue.widestStep,
        gap_limit_to_set: rescue.gapLimitToSet,
        hidden_by_usual_gap_limit: rescue.isHidden,
        addresses: rescue.funded.map(({ index, path, address, sats, payments }) => ({
          index,
          path,
          address,
          received_sats: String(sats),
          payments,
        })),
        next_from: rescue.nextFrom,
      },
    });
  });

  return app;
}

/** Something to save. Where there is more, `x-next-from` says what to ask with. */
function file(c: Ctx, text: string, type: string, name: string, nextFrom: number | null): Response {
  return c.body(text, 200, {
    'content-type': `${type}; charset=utf-8`,
    'content-disposition': `attachment; filename="${name}"`,
    ...(nextFrom === null ? {} : { 'x-next-from': String(nextFrom) }),
  });
}

/** A closed list: the descriptor is not on it. */
function walletBody(wallet: WalletRow, activeId: string | null) {
  return {
    id: wallet.id,
    label: wallet.label,
    network: wallet.network,
    script_type: wallet.scriptType,
    gap_limit: wallet.gapLimit,
    active: wallet.id === activeId,
    first_index: wallet.poolFloor,
    used_addresses: wallet.usedBefore,
    history_checked: wallet.historyCheckedAtMs !== null,
    used_elsewhere_at: wallet.reusedAtMs === null ? null : iso(wallet.reusedAtMs),
    created_at: iso(wallet.createdAtMs),
  };
}
