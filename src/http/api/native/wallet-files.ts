// /v1/stores/{id}/wallets/{wid}/…: what a merchant can take away of a wallet: its gap, its addresses, its labels, where money came.

import * as z from 'zod';
import {
  mappedPaymentsOf,
  readGap,
  readIndexMap,
  readLabels,
  readRescue,
  rescueText,
} from '../../../services/wallets/files.ts';
import { readWallet } from '../../../services/wallets/wallets.ts';
import type { Ctx } from '../http.ts';
import { ok, operation } from './operation.ts';
import { VIEWER } from './store-who.ts';

type Rescue = Awaited<ReturnType<typeof readRescue>>;

const from = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 31)
  .default(0);
const pageQuery = z.strictObject({ from });
const rescueQuery = z.strictObject({
  from,
  format: z.enum(['json', 'electrum', 'sparrow'], 'must be json, electrum or sparrow').default('json'),
});

const tag = 'Wallets';
const FROM = 'The first index of this page.';

export const walletFileApi = [
  operation('GET /v1/stores/{id}/wallets/{wid}/gap', () => ({
    id: 'getGap',
    tag,
    summary: 'How full its gap is',
    who: VIEWER,
    answers: [ok('gap', 'Where it stands.')],
    async run({ deps, caller, params }) {
      const gap = await readGap(deps, caller.store, params.wid);
      return {
        gap: {
          gap_limit: gap.gapLimit,
          highest_issued_index: gap.highestIssuedIndex,
          highest_funded_index: gap.highestFundedIndex,
          unused_in_a_row: gap.unusedInARow,
          issuing_stops_at_index: gap.issuingStopsAt,
          warning: gap.warning,
        },
      };
    },
  })),

  operation('GET /v1/stores/{id}/wallets/{wid}/addresses', () => ({
    id: 'listAddresses',
    tag,
    summary: 'Which invoice has which address',
    who: VIEWER,
    query: { schema: pageQuery, notes: { from: FROM } },
    answers: [ok('addresses', 'A page of a thousand indexes.')],
    async run({ deps, caller, params, query }) {
      const map = await readIndexMap(deps, caller.store, params.wid, query.from);
      return {
        addresses: map.addresses.map((row) => ({
          index: row.index,
          path: row.path,
          address: row.address,
          invoice_id: row.invoiceId,
          order_ref: row.orderRef,
          environment: row.environment,
          status: row.status,
          payments: mappedPaymentsOf(row).map(({ sats, ...payment }) => ({ ...payment, sats: String(sats) })),
        })),
        next_from: map.nextFrom,
      };
    },
  })),

  operation('GET /v1/stores/{id}/wallets/{wid}/labels', () => ({
    id: 'getLabels',
    tag,
    summary: 'Labels for your wallet (BIP 329)',
    who: VIEWER,
    query: { schema: pageQuery, notes: { from: FROM } },
    answers: [
      {
        status: 200,
        description: 'One JSON text a line, to be imported.',
        type: 'application/jsonl',
        headers: { 'x-next-from': 'Where there is more: ask with it as `from`.' },
      },
    ],
    async run({ c, deps, caller, params, query }) {
      const { text, nextFrom } = await readLabels(deps, caller.store, params.wid, query.from);
      return file(c, text, 'application/jsonl', 'satlane-labels.jsonl', nextFrom);
    },
  })),

  operation('GET /v1/stores/{id}/wallets/{wid}/rescue', () => ({
    id: 'getRescue',
    tag,
    summary: 'Find my money',
    description: 'Where money came, and the gap limit that makes your wallet show all of it.',
    who: VIEWER,
    query: {
      schema: rescueQuery,
      notes: { from: FROM, format: '`electrum` or `sparrow`: steps to follow in that program, as a text.' },
    },
    answers: [ok('rescue', 'Where it came. With another `format` a text.')],
    async run({ c, deps, caller, params, query: { from, format } }) {
      const rescue = await readRescue(deps, caller.store, params.wid, from);
      if (format === 'json') return { rescue: rescueBody(rescue) };
      const wallet = await readWallet(deps, caller.store, params.wid);
      const name = `satlane-find-my-money-${format}.txt`;
      return file(c, rescueText(rescue, wallet, format), 'text/plain', name, rescue.nextFrom);
    },
  })),
];

function rescueBody(rescue: Rescue) {
  return {
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
  };
}

/** Something to save. Where there is more, `x-next-from` says what to ask with. */
function file(c: Ctx, text: string, type: string, name: string, nextFrom: number | null): Response {
  return c.body(text, 200, {
    'content-type': `${type}; charset=utf-8`,
    'content-disposition': `attachment; filename="${name}"`,
    ...(nextFrom === null ? {} : { 'x-next-from': String(nextFrom) }),
  });
}
