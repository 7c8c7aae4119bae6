// What a merchant takes away of a wallet: how full its gap is, which invoice had which address, labels for other wallets
// (BIP 329), and the way back to money that a wallet does not show.

import { refreshFundedIndex } from '../../adapters/db/addresses.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import {
  addressMap,
  type FundedAddress,
  type FundedSpan,
  fundedAddresses,
  fundedSpan,
  highestIssuedIndex,
  type MappedAddress,
  type WalletRow,
} from '../../adapters/db/wallets.ts';
import { GAP_RESERVE } from '../../core/invoice/policy.ts';
import type { Deps } from '../../deps.ts';
import { descriptorOf, openStored, readWallet } from './wallets.ts';

/** Most wallets look at 20 unused addresses in a row and no further by default. */
export const USUAL_GAP_LIMIT = 20;
/** Addresses of one page of the map, and of one rescue file. */
const ADDRESSES_PER_PAGE = 1_000;

export interface Gap {
  gapLimit: number;
  /** −1 before any. */
  highestIssuedIndex: number;
  highestFundedIndex: number;
  /** Unpaid addresses after the last paid one. */
  unusedInARow: number;
  /** From this index on nothing is given out until money comes or the limit is raised. */
  issuingStopsAt: number;
  warning: string | null;
}

/** @throws ApiError not_found */
export async function readGap(deps: Deps, store: StoreRow, walletId: string): Promise<Gap> {
  const wallet = await readWallet(deps, store, walletId);
  const issued = await highestIssuedIndex(deps.db, wallet.id);
  const fundedIndex = await refreshFundedIndex(deps.db, wallet);
  const unusedInARow = Math.max(0, issued - fundedIndex);
  const issuingStopsAt = fundedIndex + 1 + wallet.gapLimit - GAP_RESERVE;
  return {
    gapLimit: wallet.gapLimit,
    highestIssuedIndex: issued,
    highestFundedIndex: fundedIndex,
    unusedInARow,
    issuingStopsAt,
    warning: warningOf(unusedInARow, wallet.gapLimit, issued >= issuingStopsAt - 1),
  };
}

function warningOf(unusedInARow: number, gapLimit: number, isFull: boolean): string | null {
  if (isFull) {
    return (
      `${unusedInARow} addresses in a row are unpaid: live invoices get no further ones. Raise the gap limit, in your ` +
      'wallet and then here, or register another wallet.'
    );
  }
  if (unusedInARow < USUAL_GAP_LIMIT) return null;
  return (
    `${unusedInARow} addresses in a row are unpaid. A wallet with the usual gap limit of ${USUAL_GAP_LIMIT} will not show ` +
    `what is paid next: set the gap limit in your wallet to ${gapLimit} or more.`
  );
}

export interface IndexMap {
  addresses: (MappedAddress & { path: string })[];
  /** Where the next page starts; null at the end. */
  nextFrom: number | null;
}

/** Which invoice has or has had which address, from an index on. @throws ApiError not_found */
export async function readIndexMap(
  deps: Deps,
  store: StoreRow,
  walletId: string,
  from: number,
  perPage = ADDRESSES_PER_PAGE,
): Promise<IndexMap> {
  const wallet = await readWallet(deps, store, walletId);
  const to = from + perPage;
  const [rows, issued] = await Promise.all([
    addressMap(deps.db, wallet.id, from, to),
    highestIssuedIndex(deps.db, wallet.id),
  ]);
  const path = await pathOf(deps, wallet);
  return {
    addresses: rows.map((row) => ({ ...row, path: path(row.index) })),
    nextFrom: issued >= to ? to : null,
  };
}

/**
 * Labels as BIP 329 has them, one JSON text a line: of each address and of each output that paid it.
 * @throws ApiError not_found
 */
export async function readLabels(deps: Deps, store: StoreRow, walletId: string, from: number) {
  const wallet = await readWallet(deps, store, walletId);
  const { addresses, nextFrom } = await readIndexMap(deps, store, walletId, from);
  const origin = originOf(await descriptorOf(deps, wallet));
  const lines = addresses.flatMap((row) => {
    const label = labelOf(row);
    const keypath = `/${row.path}`;
    return [
      { type: 'addr', ref: row.address, label, keypath },
      ...mappedPaymentsOf(row).flatMap(({ txid, vout, sats, height }) => [
        { type: 'tx', ref: txid, label, origin, ...(height !== null && { height }) },
        { type: 'output', ref: `${txid}:${vout}`, label, keypath, value: sats },
      ]),
    ];
  });
  return { text: lines.map((line) => `${JSON.stringify(line)}\n`).join(''), nextFrom };
}

/** What came to an address for its invoice. */
export function mappedPaymentsOf({ payments }: MappedAddress) {
  return JSON.parse(payments) as { txid: string; vout: number; sats: number; height: number | null }[];
}

function labelOf({ orderRef, invoiceId, environment, status }: MappedAddress): string {
  const what = environment === 'live' ? 'SatLane invoice' : 'SatLane test invoice';
  return [what, orderRef ?? '', invoiceId, status].filter((part) => part !== '').join(' ');
}

interface Rescue extends FundedSpan {
  /** Set this in the wallet and everything shows. */
  gapLimitToSet: number;
  /** With its usual settings a wallet misses some of it. */
  isHidden: boolean;
  funded: (FundedAddress & { path: string })[];
  /** Where the next page of `funded` starts; null at the end. */
  nextFrom: number | null;
}

/** Where the money of a wallet is, and what makes the wallet show it. @throws ApiError not_found */
export async function readRescue(deps: Deps, store: StoreRow, walletId: string, from: number): Promise<Rescue> {
  const wallet = await readWallet(deps, store, walletId);
  const [span, rows, path] = await Promise.all([
    fundedSpan(deps.db, wallet.id),
    fundedAddresses(deps.db, wallet.id, from, ADDRESSES_PER_PAGE + 1),
    pathOf(deps, wallet),
  ]);
  const widestStep = span.widestStep ?? 0;
  return {
    ...span,
    // Wallets differ by one in what they count; a round number leaves room for that.
    gapLimitToSet: Math.max(wallet.gapLimit, Math.ceil((widestStep + 1) / 10) * 10),
    isHidden: widestStep > USUAL_GAP_LIMIT,
    funded: rows.slice(0, ADDRESSES_PER_PAGE).map((row) => ({ ...row, path: path(row.index) })),
    nextFrom: rows[ADDRESSES_PER_PAGE]?.index ?? null,
  };
}

type RescueProgram = 'electrum' | 'sparrow';

const STEPS: Record<RescueProgram, (gapLimit: number) => string[]> = {
  electrum: (gapLimit) => [
    'In Electrum: View ▸ Show Console, open the Console tab, and enter these two lines:',
    '',
    `    wallet.change_gap_limit(${gapLimit})`,
    '    wallet.synchronize()',
    '',
    'Electrum now looks at so many unused addresses in a row, and remembers it in this wallet file.',
  ],
  sparrow: (gapLimit) => [
    `In Sparrow: open the wallet, Settings ▸ Advanced, set "Gap limit" to ${gapLimit}, Close, Apply.`,
    'Then View ▸ Refresh Wallet. The labels file of this wallet can be read in by File ▸ Import Labels.',
  ],
};

/** The rescue as a text for people who stand before their wallet and miss money. */
export function rescueText(rescue: Rescue, wallet: WalletRow, program: RescueProgram): string {
  const { addresses, sats, funded, gapLimitToSet, nextFrom } = rescue;
  return [
    `Find my money: wallet ${wallet.label || wallet.id} (${wallet.scriptType}, ${wallet.network})`,
    '',
    addresses === 0
      ? 'SatLane has seen no payment to this wallet yet.'
      : `SatLane has seen ${sats} sats come to ${addresses} of its addresses. Whether they were spent since, it does not know.`,
    '',
    ...STEPS[program](gapLimitToSet),
    '',
    'Money came to these addresses (index, path below the account, sats received, address):',
    '',
    ...funded.map((row) => `  ${row.index}\t${row.path}\t${row.sats}\t${row.address}`),
    ...(nextFrom === null ? [] : [`  … and more from index ${nextFrom} on`]),
    '',
  ].join('\n');
}

/** From an index to its path below the wallet's key, `0/5` or `5`. */
async function pathOf(deps: Deps, wallet: WalletRow): Promise<(index: number) => string> {
  const prefix = (await openStored(deps, wallet))(0).path.slice(0, -1);
  return (index) => `${prefix}${index}`;
}

/** BIP 329 wants to know the wallet without its keys: `wpkh([d34db33f/84'/0'/0'])`. Undefined where a key has no origin. */
function originOf(descriptor: string): string | undefined {
  const without = descriptor.replace(/#.*$/, '').replaceAll(/\][^,)]+/g, ']');
  if (/[xt]pub/.test(without)) return undefined;
  return without.replaceAll(/\[[^\]]*/g, (origin) => origin.replaceAll('h', "'"));
}
