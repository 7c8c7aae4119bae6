// /stores/:id/payouts/limits: what a store lets out, in plain words, and the switch that stops it. An owner changes them; every manager
// may pause.

import { Hono } from 'hono';
import * as z from 'zod';
import { readTyped } from '../../../core/money/typed.ts';
import type { PayoutLimits } from '../../../core/payout/limits.ts';
import { changeLimits, readLimits } from '../../../services/payouts/limits.ts';
import type { HonoEnv } from '../../api/http.ts';
import { satsText } from '../../ui/text.ts';
import { Form, TextField } from '../fields.tsx';
import { BLANK, draftOf, type FormDraft, formsOn } from '../forms.ts';
import { may, page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { satsField, wholeField } from '../numbers.ts';
import { Action, Callout, Card, FactList, PageHead } from '../parts.tsx';
import { decider } from './routes.tsx';

const MAX_FEE_SATS = 1_000_000;
/** Parts per million in a hundredth of a percent. */
const PPM = 100n;
const MAX_HUNDREDTHS = 10_000n;

const feeField = z.string().transform((text, ctx): number => {
  const read = readTyped(text, 'USD');
  const hundredths = 'amount' in read ? read.amount.units * 10n ** BigInt(2 - read.amount.scale) : null;
  if (hundredths !== null && hundredths <= MAX_HUNDREDTHS) return Number(hundredths * PPM);
  ctx.addIssue({ code: 'custom', message: 'Enter a number from 0 to 100, such as 1 or 0.5.' });
  return z.NEVER;
});

const limitsForm = z
  .object({
    ...{ per_payout_sats: satsField, per_day_sats: satsField, approval_above_sats: satsField },
    ...{ second_approval_above_sats: satsField, max_fee_percent: feeField },
    min_fee_sats: wholeField<number>('sats', 0, MAX_FEE_SATS),
  })
  .transform(
    (form): Partial<PayoutLimits> => ({
      ...{ perPayoutSats: form.per_payout_sats, perDaySats: form.per_day_sats },
      ...{ approvalAboveSats: form.approval_above_sats, secondApprovalAboveSats: form.second_approval_above_sats },
      ...{ maxFeePpm: form.max_fee_percent, minFeeSats: BigInt(form.min_fee_sats) },
    }),
  );
const nothing = z.object({});

const PATH = '/stores/:id/payouts/limits';
const home = ({ store }: StorePageContext) => `/stores/${store.id}/payouts/limits`;

export function payoutLimitRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get(PATH, async (c) => page(c, await limitsPage(await storePageContext(c), BLANK)));

  const owned = formsOn(app, (c) => storePageContext(c, 'owner'), limitsPage);
  owned(PATH, limitsForm, async (frame, change, c) => {
    await changeLimits(frame.deps, frame.store.id, change, decider(frame));
    return redirectAfter(c, home(frame), 'limits_saved');
  });
  owned(`${PATH}/resume`, nothing, async (frame, _, c) => {
    await changeLimits(frame.deps, frame.store.id, { isPaused: false }, decider(frame));
    return redirectAfter(c, home(frame), 'payouts_resumed');
  });
  const managed = formsOn(app, (c) => storePageContext(c, 'manager'), limitsPage);
  managed(`${PATH}/pause`, nothing, async (frame, _, c) => {
    await changeLimits(frame.deps, frame.store.id, { isPaused: true }, decider(frame));
    return redirectAfter(c, home(frame), 'payouts_paused');
  });

  return app;
}

async function limitsPage(frame: StorePageContext, draft: FormDraft) {
  const { store, person, deps } = frame;
  const limits = await readLimits(deps, store.id);
  return (
    <Shell title="Limits" frame={frame} store={store} tab="/payouts">
      <div class="narrow">
        <PageHead title="Limits of payouts" back={{ href: `/stores/${store.id}/payouts`, text: 'Payouts' }} />
        <Pause frame={frame} limits={limits} />
        <Card title="Limits" lead="They hold for people and API keys alike.">
          {may(person, 'owner') && store.archivedAtMs === null ? (
            <LimitsForm
              to={home(frame)}
              draft={draft.values.min_fee_sats === undefined ? draftOfLimits(limits) : draft}
            />
          ) : (
            <>
              <Facts limits={limits} />
              <p class="hint">Only an owner changes them.</p>
            </>
          )}
        </Card>
      </div>
    </Shell>
  );
}

function Pause({ frame, limits: { isPaused } }: { frame: StorePageContext; limits: PayoutLimits }) {
  const { person } = frame;
  if (isPaused)
    return (
      <Callout tone="warn">
        <p>Payouts are paused: nothing new is sent. What is on its way is still followed to its end.</p>
        {may(person, 'owner') ? (
          <Action to={`${home(frame)}/resume`}>Resume payouts</Action>
        ) : (
          <p>An owner resumes them.</p>
        )}
      </Callout>
    );
  return (
    may(person, 'manager') && (
      <Card
        title="Stop all payouts"
        lead="If something looks wrong: nothing new is sent until an owner resumes payouts."
      >
        <Action to={`${home(frame)}/pause`} kind="stop">
          Pause payouts
        </Action>
      </Card>
    )
  );
}

function LimitsForm({ to, draft }: { to: string; draft: FormDraft }) {
  const sats = { draft, inputmode: 'numeric', autocomplete: 'off', maxlength: 20, optional: true } as const;
  const fee = { draft, autocomplete: 'off', maxlength: 20 } as const;
  return (
    <Form to={to} draft={draft} submit="Save limits">
      <TextField {...sats} name="per_payout_sats" label="Most for one payout (sats)" hint="Leave empty for no limit." />
      <TextField
        {...sats}
        name="per_day_sats"
        label="Most in 24 hours (sats)"
        hint="Counts what is approved and not cancelled, and what was paid in the last 24 hours."
      />
      <TextField
        {...sats}
        name="approval_above_sats"
        label="Above this a person approves (sats)"
        hint="A claim above it waits for a person, even where claims are approved in advance."
      />
      <TextField
        {...sats}
        name="second_approval_above_sats"
        label="Above this two people approve (sats)"
        hint="The second one is neither who made the payout nor who approved it first."
      />
      <TextField {...fee} name="max_fee_percent" label="Highest Lightning fee (% of the amount)" inputmode="decimal" />
      <TextField
        {...fee}
        name="min_fee_sats"
        label="Fee that is always allowed (sats)"
        hint="For small amounts, where a percentage is too little."
        inputmode="numeric"
      />
    </Form>
  );
}

function Facts({ limits }: { limits: PayoutLimits }) {
  const orNone = (sats: bigint | null) => (sats === null ? 'No limit' : satsText(sats));
  return (
    <FactList
      rows={[
        ['Most for one payout', orNone(limits.perPayoutSats)],
        ['Most in 24 hours', orNone(limits.perDaySats)],
        ['Above this a person approves', orNone(limits.approvalAboveSats)],
        ['Above this two people approve', orNone(limits.secondApprovalAboveSats)],
        ['Highest Lightning fee', `${percentOf(limits)} %, or ${satsText(limits.minFeeSats)}`],
      ]}
    />
  );
}

const percentOf = ({ maxFeePpm }: PayoutLimits) => String(maxFeePpm / 10_000);

function draftOfLimits(limits: PayoutLimits): FormDraft {
  const text = (sats: bigint | null) => (sats === null ? '' : String(sats));
  return draftOf({
    ...{ per_payout_sats: text(limits.perPayoutSats), per_day_sats: text(limits.perDaySats) },
    approval_above_sats: text(limits.approvalAboveSats),
    second_approval_above_sats: text(limits.secondApprovalAboveSats),
    ...{ max_fee_percent: percentOf(limits), min_fee_sats: String(limits.minFeeSats) },
  });
}
