// The list of pull payments, and the page of one: its link, its claims, and its end. Called by pull-payments.tsx.

import { linkProblem } from '../../../core/payout/claim.ts';
import type { Payout } from '../../../core/payout/payout.ts';
import type { ClaimedPullPayment } from '../../../services/payouts/pull-payments.ts';
import { methodWords } from '../../ui/methods.ts';
import { CopyField } from '../../ui/parts.tsx';
import { moneyText } from '../../ui/text.ts';
import { may, type StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Action, At, Callout, Card, Danger, Empty, FactList, PageHead, Pager } from '../parts.tsx';
import { LinkBadge, PayoutTable, PullPaymentTable, pullPaymentName } from './table.tsx';
import { deciderText } from './words.ts';

interface ListProps {
  frame: StorePageContext;
  pullPayments: ClaimedPullPayment[];
  next: string | null;
  isFirst: boolean;
  /** Archived ones, too. */
  archived: boolean;
}

export function PullPaymentsPage({ frame, pullPayments, next, isFirst, archived }: ListProps) {
  const { store, person } = frame;
  const to = `/stores/${store.id}/pull-payments`;
  return (
    <Shell title="Pull payments" frame={frame} store={store} tab="/payouts">
      <PageHead
        title="Pull payments"
        back={{ href: `/stores/${store.id}/payouts`, text: 'Payouts' }}
        lead="Amounts that you promise: those who have the link say where the money goes."
      >
        <a class="button quiet" href={archived ? to : `${to}?archived=true`}>
          {archived ? 'Hide archived' : 'Show archived'}
        </a>
        {may(person, 'manager') && store.archivedAtMs === null && (
          <a class="button" href={`${to}/new`}>
            New pull payment
          </a>
        )}
      </PageHead>
      <Card>
        {pullPayments.length === 0 ? (
          <Empty icon="look" title="No pull payment here">
            <p>Refunds of invoices are in this list, too.</p>
          </Empty>
        ) : (
          <PullPaymentTable pullPayments={pullPayments} caption="Pull payments, newest first" />
        )}
        <Pager to={archived ? `${to}?archived=true` : to} isFirst={isFirst} next={next} />
      </Card>
    </Shell>
  );
}

interface PageProps {
  frame: StorePageContext;
  pullPayment: ClaimedPullPayment;
  claims: { payouts: Payout[]; next: string | null };
  /** Of the account's members, by user id. */
  names: ReadonlyMap<string, string>;
  /** Of its page for those who claim. */
  url: string;
  problem: string | null;
  nowMs: number;
}

export function PullPaymentPage(props: PageProps) {
  const { frame, pullPayment, claims, url, problem, nowMs } = props;
  const { store, person } = frame;
  const to = `/stores/${store.id}/pull-payments`;
  const over = linkProblem(pullPayment, nowMs);
  return (
    <Shell title={pullPaymentName(pullPayment)} frame={frame} store={store} tab="/payouts">
      <PageHead
        title={pullPaymentName(pullPayment)}
        badge={<LinkBadge pullPayment={pullPayment} />}
        back={{ href: to, text: 'Pull payments' }}
      />
      {problem !== null && <Callout tone="stop">{problem}</Callout>}
      {over !== null && <Callout tone="warn">{OVER[over]}</Callout>}
      <div class="columns">
        <div class="column">
          <Card title="Claims">
            {claims.payouts.length === 0 ? (
              <p class="hint">No claim yet.</p>
            ) : (
              <PayoutTable payouts={claims.payouts} caption="Claims, newest first" />
            )}
            {claims.next !== null && <p class="hint">The newest {claims.payouts.length} are shown.</p>}
          </Card>
        </div>
        <div class="column side">
          <Card title="Link" lead="Send it to the person who is paid. Everyone who has it can claim.">
            <div class="fields">
              <CopyField id="claim-url" label="Link" value={url} />
            </div>
            <p class="form-actions">
              <a class="button quiet" href={new URL(url).pathname} target="_blank" rel="noopener">
                Open page<span class="sr-only"> in a new tab</span>
              </a>
            </p>
          </Card>
          <Details {...props} />
          {may(person, 'manager') && pullPayment.archivedAtMs === null && (
            <Card title="More">
              <Danger
                summary="Archive"
                warning="It can no longer be claimed. Claims that are not on their way are cancelled. This cannot be undone."
              >
                <Action to={`${to}/${pullPayment.id}/archive`} kind="stop">
                  Yes, archive
                </Action>
              </Danger>
            </Card>
          )}
        </div>
      </div>
    </Shell>
  );
}

const OVER: Record<NonNullable<ReturnType<typeof linkProblem>>, string> = {
  archived: 'It is archived and can no longer be claimed.',
  expired: 'The time to claim it is over.',
  not_started: 'It cannot be claimed yet.',
};

function Details({ pullPayment, names, frame }: PageProps) {
  const { amount, claimedAmount, paidAmount, currency, invoiceId, description, methods, fixedRate } = pullPayment;
  return (
    <Card title="Details">
      <FactList
        rows={[
          ['Amount', moneyText(amount, currency)],
          ['Claimed', moneyText(claimedAmount, currency)],
          ['Paid', moneyText(paidAmount, currency)],
          currency === 'BTC'
            ? null
            : ['Rate', fixedRate === null ? 'fixed by each approval' : `1 BTC = ${moneyText(fixedRate, currency)}`],
          ['Paid by', methods.map((method) => methodWords(method).name).join(', ')],
          ['Claims', pullPayment.isSingleUse ? 'One, of the whole amount' : 'Any number, until nothing is left'],
          ['Approved in advance', pullPayment.autoApprove ? 'Yes, within your limits' : 'No'],
          pullPayment.expiresAtMs === null ? null : ['Claim before', <At ms={pullPayment.expiresAtMs} />],
          [
            'Created by',
            <>
              {deciderText(pullPayment.createdBy, names)}, <At ms={pullPayment.createdAtMs} />
            </>,
          ],
          invoiceId === null
            ? null
            : ['Refund of', <a href={`/stores/${frame.store.id}/invoices/${invoiceId}`}>Invoice</a>],
          description === '' ? null : ['Description', description],
        ]}
      />
    </Card>
  );
}
