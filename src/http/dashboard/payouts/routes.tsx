// /stores/:id/payouts/:pid and what a manager decides about it: approve, reject, mark as paid, say what became of an unknown one.

import { Hono } from 'hono';
import * as z from 'zod';
import type { Decider } from '../../../core/payout/payout.ts';
import { listMembers } from '../../../services/accounts/team.ts';
import { approvePayout } from '../../../services/payouts/approve.ts';
import {
  cancelForStore,
  markPayoutPaid,
  readPayout,
  readPayoutHistory,
  resolvePayout,
} from '../../../services/payouts/payouts.ts';
import type { Ctx, HonoEnv } from '../../api/http.ts';
import { BLANK, formsOn } from '../forms.ts';
import { page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import type { NoticeCode } from '../notices.ts';
import { PayoutPage, type PayoutView } from './page.tsx';

const hex = (words: string) =>
  z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[0-9a-f]{64}$/, words);
const nothing = z.object({});
const approval = z.object({ revision: z.coerce.number().int() });
const marking = z.object({ proof: z.union([z.literal(''), hex('Enter 64 hexadecimal digits.')]) });
const paid = z.object({ preimage: hex('Enter the 64 hexadecimal digits of the preimage.') });
const failed = z.object({ confirmation: z.string().trim() });

const PATH = '/stores/:id/payouts/:pid';

interface Place {
  storeId: string;
  id: string;
}

const placeOf = ({ store }: StorePageContext, c: Ctx): Place => ({ storeId: store.id, id: c.req.param('pid') ?? '' });

/** Who decides, for the record. */
export const decider = ({ person }: StorePageContext): Decider => ({ kind: 'person', id: person.userId });

export async function memberNames({ deps, person }: StorePageContext): Promise<Map<string, string>> {
  const members = await listMembers(deps, person.account.id);
  return new Map(members.map(({ userId, name }) => [userId, name]));
}

export function payoutPageRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get(PATH, async (c) => {
    const frame = await storePageContext(c);
    return page(c, <PayoutPage frame={frame} view={await readView(frame, placeOf(frame, c))} draft={BLANK} />);
  });

  const form = formsOn(
    app,
    (c) => storePageContext(c, 'manager'),
    async (frame, draft, c) => (
      <PayoutPage frame={frame} view={await readView(frame, placeOf(frame, c))} draft={draft} />
    ),
  );
  const action = <T,>(
    name: string,
    schema: z.ZodType<T>,
    /** Answers with what is said of its outcome. */
    act: (frame: StorePageContext, place: Place, form: T) => Promise<NoticeCode>,
  ) =>
    form(`${PATH}/${name}`, schema, async (frame, values, c) => {
      const place = placeOf(frame, c);
      const notice = await act(frame, place, values);
      return redirectAfter(c, `/stores/${place.storeId}/payouts/${place.id}`, notice);
    });

  action('approve', approval, async (frame, place, { revision }) => {
    const { payout } = await approvePayout(frame.deps, place, revision, { by: decider(frame) });
    return payout.state === 'awaiting_approval' ? 'payout_half_approved' : 'payout_approved';
  });
  action('cancel', nothing, async (frame, place) => {
    await cancelForStore(frame.deps, place, { by: decider(frame) });
    return 'payout_cancelled';
  });
  action('mark-paid', marking, async (frame, place, { proof }) => {
    await markPayoutPaid(frame.deps, place, proof === '' ? null : proof, { by: decider(frame) });
    return 'payout_marked_paid';
  });
  action('resolve-paid', paid, async (frame, place, { preimage }) => {
    await resolvePayout(frame.deps, place, { preimage }, { by: decider(frame) });
    return 'payout_marked_paid';
  });
  action('resolve-failed', failed, async (frame, place, { confirmation }) => {
    await resolvePayout(frame.deps, place, { confirmation }, { by: decider(frame) });
    return 'payout_marked_failed';
  });

  return app;
}

/** @throws ApiError not_found, for another store's payout too */
async function readView(frame: StorePageContext, place: Place): Promise<PayoutView> {
  const [payout, history, names] = await Promise.all([
    readPayout(frame.deps, place),
    readPayoutHistory(frame.deps, place),
    memberNames(frame),
  ]);
  return { payout, history, names };
}
