// /platform/fees: what accounts owe for a period, one account's bills, and making one in two steps.

import { Hono } from 'hono';
import * as z from 'zod';
import {
  type BillRow,
  type Days,
  endOfLastMonth,
  type Fees,
  listBills,
  listFees,
  makeBill,
  previewBill,
  readFees,
} from '../../../services/platform/fees.ts';
import { countAccount } from '../../../services/platform/log-counts.ts';
import type { Ctx, HonoEnv } from '../../api/http.ts';
import { day, daysOf, daysQuery } from '../../api/native/days.ts';
import { nextCursorOf } from '../../api/native/platform-page.ts';
import { satsText } from '../../ui/text.ts';
import { Form, TextField } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import { draftOf, type FormDraft, formsOn } from '../forms.ts';
import { type PageContext, page, redirectAfter } from '../http.tsx';
import { At, Badge, Card, FactList, PageHead, Pager } from '../parts.tsx';
import { count } from '../text.ts';
import { operatorPageContext, PlatformShell, pageStartOf } from './frame.tsx';

const PER_PAGE = 50;
/** Of the log, read for one page. */
const BATCHES_A_PAGE = 2;
const billForm = z.object({ up_to: day });

export function feeRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/platform/fees', async (c) => {
    const frame = await operatorPageContext(c);
    const { from, to } = c.req.query();
    const asked = daysQuery.safeParse({ from: from || undefined, to: to || undefined });
    const period = daysOf(asked.data ?? {}, frame.deps.now());
    const errors = asked.error?.issues.map(({ path, message }) => [String(path[0] ?? 'to'), `This ${message}.`]) ?? [];
    const draft = { ...draftOf(asked.success ? { ...period } : { from, to }), errors: Object.fromEntries(errors) };
    const after = pageStartOf(c);
    const fees = await listFees(frame.deps, period, { limit: PER_PAGE, after });
    const shown = <FeesPage frame={frame} period={period} page={fees} draft={draft} isFirst={after === null} />;
    return page(c, shown, asked.success ? 200 : 400);
  });

  app.get('/platform/fees/:id', async (c) => {
    const frame = await operatorPageContext(c);
    await countAccount(frame.deps, c.req.param('id'), BATCHES_A_PAGE);
    return page(c, await accountPage(frame, c.req.param('id'), draftOf({ up_to: endOfLastMonth(frame.deps.now()) })));
  });

  const idOf = (c: Ctx) => c.req.param('id') ?? '';
  const form = formsOn(app, operatorPageContext, (frame, draft, c) => accountPage(frame, idOf(c), draft));
  const path = '/platform/fees/:id/bill';

  // What will be billed, before it is.
  form(path, billForm, async (frame, { up_to }, c) => {
    const due = await previewBill(frame.deps, idOf(c), up_to);
    const fees = await readFees(frame.deps, idOf(c));
    return page(c, <BillPage frame={frame} fees={fees} upTo={up_to} due={due} />);
  });
  form(`${path}/confirm`, billForm, async ({ deps, person }, { up_to }, c) => {
    await makeBill(deps, person, idOf(c), up_to);
    return redirectAfter(c, `/platform/fees/${idOf(c)}`, 'account_billed');
  });

  return app;
}

interface FeesProps {
  frame: PageContext;
  period: Days;
  page: Awaited<ReturnType<typeof listFees>>;
  draft: FormDraft;
  isFirst: boolean;
}

function FeesPage({ frame, period, page: { fees, next }, draft, isFirst }: FeesProps) {
  const query = `from=${period.from}&to=${period.to}`;
  return (
    <PlatformShell title="Fees" tab="/fees" frame={frame}>
      <PageHead
        title="Fees"
        lead="Due when a live invoice is settled, credited when its payment is reversed. Counted once an hour, and when you open an account."
      >
        <a class="button quiet" href={`/v1/platform/fees.csv?${query}`} download>
          Download CSV
        </a>
      </PageHead>
      <Card>
        <form method="get" action="/platform/fees" class="form">
          <div class="row even">
            <TextField draft={draft} name="from" label="First day" type="date" />
            <TextField draft={draft} name="to" label="Last day" type="date" />
          </div>
          <div class="form-actions">
            <button type="submit" class="button quiet">
              Show these days
            </button>
          </div>
        </form>
      </Card>
      <Card title="Accounts">
        <ul class="lines">
          {fees.map((one) => (
            <FeesLine fees={one} />
          ))}
        </ul>
        <Pager to={`/platform/fees?${query}`} isFirst={isFirst} next={nextCursorOf(next)} />
      </Card>
      <p class="hint">Days are in UTC, by when an invoice was settled or reversed.</p>
    </PlatformShell>
  );
}

function FeesLine({ fees }: { fees: Fees }) {
  const { account, settledInvoices, volumeSats, accruedSats, unbilledSats } = fees;
  return (
    <li>
      <div>
        <a href={`/platform/fees/${account.id}`}>
          <strong>{account.name}</strong>
        </a>
        <p class="hint">
          {count(settledInvoices, 'settled invoice')} over {satsText(volumeSats)} · fees {satsText(accruedSats)}
        </p>
      </div>
      <Unbilled sats={unbilledSats} />
    </li>
  );
}

function Unbilled({ sats }: { sats: bigint }) {
  if (sats === 0n) return <Badge tone="calm">Nothing unbilled</Badge>;
  return sats > 0n ? (
    <Badge tone="warn">{satsText(sats)} unbilled</Badge>
  ) : (
    <Badge tone="calm">{satsText(-sats)} credit</Badge>
  );
}

async function accountPage(frame: PageContext, id: string, draft: FormDraft) {
  const [fees, bills] = [await readFees(frame.deps, id), await listBills(frame.deps, id)];
  return <AccountPage frame={frame} fees={fees} bills={bills} draft={draft} />;
}

function AccountPage(props: { frame: PageContext; fees: Fees; bills: BillRow[]; draft: FormDraft }) {
  const { frame, fees, bills, draft } = props;
  const { account } = fees;
  return (
    <PlatformShell title={`Fees of ${account.name}`} tab="/fees" frame={frame}>
      <div class="narrow">
        <PageHead
          title={account.name}
          badge={<Unbilled sats={fees.unbilledSats} />}
          back={{ href: '/platform/fees', text: 'Fees' }}
        />
        <Card title="Until now">
          <FactList
            rows={[
              ['Settled invoices', fees.settledInvoices.toLocaleString('en-US')],
              ['Volume', satsText(fees.volumeSats)],
              ['Fees', satsText(fees.accruedSats)],
              ['Billed', satsText(fees.billedSats)],
              [fees.unbilledSats < 0n ? 'Credit' : 'Unbilled', satsText(abs(fees.unbilledSats))],
            ]}
          />
        </Card>
        <Card title="New bill">
          <Form to={`/platform/fees/${account.id}/bill`} draft={draft} submit="Preview bill">
            <TextField
              draft={draft}
              name="up_to"
              label="Last day"
              hint="All unbilled fees until the end of this day, in UTC."
              type="date"
            />
          </Form>
        </Card>
        {bills.length > 0 && (
          <Card title="Bills">
            <ul class="lines">
              {bills.map((bill) => (
                <BillLine bill={bill} />
              ))}
            </ul>
          </Card>
        )}
      </div>
    </PlatformShell>
  );
}

const abs = (sats: bigint): bigint => (sats < 0n ? -sats : sats);

function BillLine({ bill: { upTo, sats, createdAtMs } }: { bill: BillRow }) {
  return (
    <li>
      <div>
        <strong>Until {upTo}</strong>
        <p class="hint">
          made <At ms={createdAtMs} />
        </p>
      </div>
      <span class="number">{satsText(BigInt(sats))}</span>
    </li>
  );
}

function BillPage(props: { frame: PageContext; fees: Fees; upTo: string; due: bigint }) {
  const { frame, fees, upTo, due } = props;
  const { account } = fees;
  const to = `/platform/fees/${account.id}`;
  return (
    <PlatformShell title={`Bill ${account.name}`} tab="/fees" frame={frame}>
      <div class="narrow">
        <PageHead title={`Bill ${account.name}?`} back={{ href: to, text: account.name }} />
        <Card tone={due > 0n ? 'warn' : 'calm'}>
          <FactList
            rows={[
              ['Until the end of', upTo],
              [due < 0n ? 'Credit' : 'Due', satsText(abs(due))],
              ['Billed before', satsText(fees.billedSats)],
            ]}
          />
          {due > 0n ? (
            <>
              <p>
                {satsText(due)} are marked as billed. SatLane collects nothing and sends no letter: that is between you
                and {account.name}. Later reversals lower the next bill.
              </p>
              <form method="post" action={`${to}/bill/confirm`} class="form-actions">
                <FormToken />
                <input type="hidden" name="up_to" value={upTo} />
                <button type="submit" class="button">
                  Mark {satsText(due)} as billed
                </button>
                <a class="button quiet" href={to}>
                  Not now
                </a>
              </form>
            </>
          ) : (
            <>
              <p>
                {due === 0n
                  ? 'Nothing is due until that day.'
                  : 'Reversals exceed the fees. The credit reduces later bills.'}
              </p>
              <p class="form-actions">
                <a class="button quiet" href={to}>
                  Back
                </a>
              </p>
            </>
          )}
        </Card>
      </div>
    </PlatformShell>
  );
}
