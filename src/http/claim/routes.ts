// /pull-payments/:id and /claim/:id: a person says where a pull payment's money goes; /:id/:claim shows what became of it. Called by
// app.ts.

import { type Context, Hono } from 'hono';
import { formatDecimal } from '../../core/money/fiat.ts';
import { readTyped } from '../../core/money/typed.ts';
import { readAtMost } from '../../core/text/bounded.ts';
import { networkOfIp } from '../../core/text/ip.ts';
import { ApiError, blamed, type ErrorCode, toApiError } from '../../errors.ts';
import { claimPullPayment } from '../../services/payouts/claim.ts';
import { type PublicPullPayment, readClaimPage } from '../../services/payouts/public.ts';
import type { Ctx, HonoEnv } from '../api/http.ts';
import { buyersPage } from '../api/limit.ts';
import { sentence } from '../api/native/words.ts';
import { pageHeaders } from '../checkout/headers.ts';
import { themeAnswer } from '../checkout/theme.ts';
import { moneyText } from '../ui/text.ts';
import { claimPage, noClaimPage } from './page.tsx';
import type { ClaimDraft } from './view.ts';

/** The longest destination, percent-encoded. */
const MAX_BYTES = 24_000;

interface Claims {
  /** null for ids that name nothing. */
  read: (c: Context, id: string, claim: string | null) => Promise<PublicPullPayment | null>;
  /** The id of the claim. @throws ApiError */
  claim: (c: Context, id: string, wanted: { destination: string; amount: string | null }) => Promise<string>;
}

const REAL: Claims = {
  read: (c: Ctx, id, claim) => unlessNothing(readClaimPage(c.get('deps'), id, claim)),
  claim: async (c: Ctx, id, { destination, amount }) => {
    await allowClaim(c);
    const making = { by: { kind: 'claimant', id: null }, use: null } as const;
    return (await claimPullPayment(c.get('deps'), id, { destination, amount, method: null }, making)).id;
  },
};

/** null for what is not there, or not any more. */
export function unlessNothing(page: Promise<PublicPullPayment>): Promise<PublicPullPayment | null> {
  return page.catch((error: unknown) => {
    if (error instanceof ApiError && (error.code === 'not_found' || error.code === 'gone')) return null;
    throw error;
  });
}

/** Each claim is written down. @throws ApiError rate_limited */
export async function allowClaim(c: Ctx): Promise<void> {
  const claimant = networkOfIp(c.req.header('cf-connecting-ip') ?? 'local');
  if (!(await c.get('deps').allowCreate(`claimant ${claimant}`))) throw new ApiError('rate_limited');
}

const BLANK: ClaimDraft = { destination: '', amount: '', problem: null };

export function claimRoutes({ read, claim }: Claims = REAL): Hono<HonoEnv> {
  const routes = new Hono<HonoEnv>().use('/:id/*', buyersPage);

  const shown = (c: Context, pullPayment: PublicPullPayment, draft = BLANK, status = 200) => {
    const headers = pageHeaders(pullPayment.store.logoUrl, false, "'self'");
    return c.html(claimPage({ pullPayment, draft, path: pathOf(c, pullPayment) }), status as 200, headers);
  };
  const page = async (c: Context, id: string, claimId: string | null) => {
    const pullPayment = await read(c, id, claimId);
    return pullPayment ? shown(c, pullPayment) : c.html(noClaimPage(), 404, pageHeaders(null));
  };

  routes.get('/:id', (c) => page(c, c.req.param('id'), null));
  routes.get('/:id/theme.css', async (c) => themeAnswer((await read(c, c.req.param('id'), null))?.store.color ?? null));
  routes.get('/:id/:claim', (c) => page(c, c.req.param('id'), c.req.param('claim')));

  routes.post('/:id', async (c) => {
    const pullPayment = await read(c, c.req.param('id'), null);
    if (!pullPayment) return c.html(noClaimPage(), 404, pageHeaders(null));
    const { destination, amount } = await entered(c.req.raw);
    const again = (problem: NonNullable<ClaimDraft['problem']>, status: number) =>
      shown(c, pullPayment, { destination, amount, problem }, status);
    if (destination === '') return again({ field: 'destination', words: 'Enter where your money should go.' }, 400);
    const typed = amount === '' || pullPayment.isSingleUse ? null : readTyped(amount, pullPayment.currency);
    if (typed && 'problem' in typed) return again({ field: 'amount', words: typed.problem }, 400);
    try {
      const wanted = { destination, amount: typed && formatDecimal(typed.amount) };
      return c.redirect(`${pathOf(c, pullPayment)}/${await claim(c, pullPayment.id, wanted)}`, 303);
    } catch (thrown) {
      const error = toApiError(thrown);
      if (error.code === 'internal') throw thrown;
      // What has changed meanwhile says more than the form would.
      if (CHANGED.includes(error.code)) return page(c, pullPayment.id, null);
      return again(problemOf(error, pullPayment), error.status);
    }
  });

  return routes;
}

/** As it was opened: Greenfield's clients know another path than ours. */
function pathOf(c: Context, { id }: PublicPullPayment): string {
  return `/${c.req.path.split('/')[1]}/${encodeURIComponent(id)}`;
}

const CHANGED: ErrorCode[] = [
  'already_claimed',
  'pull_payment_archived',
  'pull_payment_expired',
  'pull_payment_not_started',
];

function problemOf(
  { code, message }: ApiError,
  { leftAmount, currency }: PublicPullPayment,
): NonNullable<ClaimDraft['problem']> {
  switch (code) {
    case 'rate_limited':
      return { field: 'form', words: 'Too many requests. Please wait a minute and try again.' };
    case 'database_unavailable':
    case 'disk_full':
      return { field: 'form', words: 'Your claim could not be saved. Please try again in a minute.' };
    case 'pull_payment_overdraft':
      return {
        field: 'amount',
        words: `This is more than what is left. Enter at most ${moneyText(leftAmount, currency)}.`,
      };
    case 'duplicate_destination':
      return { field: 'destination', words: 'This was used for another claim. Enter a new one from your wallet.' };
    case 'refund_exceeds_paid':
      return { field: 'form', words: 'The shop has made a refund already. Ask it for the link.' };
    case 'rate_unavailable':
      return { field: 'form', words: 'No exchange rate is known at the moment. Please try again in a few minutes.' };
    default: {
      const { field, words } = blamed(message);
      const named = field === 'amount' ? ('amount' as const) : ('destination' as const);
      return { field: named, words: sentence(words).replaceAll('BOLT11 invoice', 'Lightning invoice') };
    }
  }
}

async function entered(request: Request): Promise<{ destination: string; amount: string }> {
  const bytes = await readAtMost(request, MAX_BYTES);
  const fields = new URLSearchParams(new TextDecoder().decode(bytes ?? new Uint8Array()));
  const text = (name: string) => fields.get(name)?.trim() ?? '';
  return { destination: text('destination'), amount: text('amount') };
}
