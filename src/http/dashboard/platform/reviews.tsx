// /platform/reviews: invoices of all stores that wait for a decision, and the page on which the operator makes it. Nothing of
// the buyer is shown.

import { Hono } from 'hono';
import * as z from 'zod';
import { decide, listReviews, type ReviewRow, readReview } from '../../../services/platform/reviews.ts';
import type { HonoEnv } from '../../api/http.ts';
import { nextCursorOf } from '../../api/native/platform-page.ts';
import { satsText } from '../../ui/text.ts';
import { BLANK, type FormDraft, submit } from '../forms.ts';
import { type PageContext, page, redirectAfter } from '../http.tsx';
import { REASONS } from '../invoices/actions.tsx';
import { DecisionForm } from '../invoices/decision-form.tsx';
import { At, Badge, Card, Empty, FactList, PageHead, Pager } from '../parts.tsx';
import { ends } from '../text.ts';
import { operatorPageContext, PlatformShell, pageStartOf } from './frame.tsx';

const PER_PAGE = 25;

const resolution = z.object({
  decision: z.enum(['accept', 'reject']),
  note: z.string().trim().max(1_000, 'is too long'),
});

export function reviewRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/platform/reviews', async (c) => {
    const frame = await operatorPageContext(c);
    const environment = c.req.query('environment') === 'test' ? 'test' : 'live';
    const after = pageStartOf(c);
    const reviews = await listReviews(frame.deps, { environment, limit: PER_PAGE, after });
    return page(c, <ReviewsPage frame={frame} environment={environment} page={reviews} isFirst={after === null} />);
  });

  app.get('/platform/reviews/:id', async (c) => {
    const frame = await operatorPageContext(c);
    const review = await readReview(frame.deps, c.req.param('id'));
    return page(c, <ReviewPage frame={frame} review={review} draft={BLANK} />);
  });

  app.post('/platform/reviews/:id', async (c) => {
    const frame = await operatorPageContext(c);
    const review = await readReview(frame.deps, c.req.param('id'));
    return submit(
      c,
      resolution,
      async (decision) => {
        await decide(frame.deps, frame.person, review.id, decision);
        return redirectAfter(
          c,
          `/platform/reviews${review.environment === 'test' ? '?environment=test' : ''}`,
          'invoice_resolved',
        );
      },
      (draft) => <ReviewPage frame={frame} review={review} draft={draft} />,
    );
  });

  return app;
}

interface ReviewsProps {
  frame: PageContext;
  environment: 'live' | 'test';
  page: Awaited<ReturnType<typeof listReviews>>;
  isFirst: boolean;
}

function ReviewsPage({ frame, environment, page: { reviews, next }, isFirst }: ReviewsProps) {
  const isTest = environment === 'test';
  const to = `/platform/reviews${isTest ? '?environment=test' : ''}`;
  return (
    <PlatformShell title="Reviews" tab="/reviews" frame={frame}>
      <PageHead
        title="Reviews"
        lead="Invoices of all stores that need a review. Their own people usually decide; contact them if a review waits long."
      >
        <a class="button quiet" href={isTest ? '/platform/reviews' : '/platform/reviews?environment=test'}>
          {isTest ? 'Live invoices' : 'Test invoices'}
        </a>
      </PageHead>
      <Card>
        {reviews.length === 0 ? (
          <Empty icon="check" title={isFirst ? 'No open reviews' : 'No more invoices'}>
            <p>{isTest ? 'No test invoice' : 'No live invoice'} of any store needs a review.</p>
          </Empty>
        ) : (
          <table class="listing">
            <caption class="sr-only">Invoices that need a review, oldest first</caption>
            <thead>
              <tr>
                <th scope="col">Store</th>
                <th scope="col">Invoice</th>
                <th scope="col" class="number">
                  Received
                </th>
                <th scope="col">Waits since</th>
              </tr>
            </thead>
            <tbody>
              {reviews.map((review) => (
                <ReviewLine review={review} />
              ))}
            </tbody>
          </table>
        )}
        <Pager to={to} isFirst={isFirst} next={nextCursorOf(next)} words={['Oldest', 'More']} />
      </Card>
    </PlatformShell>
  );
}

function ReviewLine({ review }: { review: ReviewRow }) {
  return (
    <tr>
      <th scope="row">
        {review.store}
        <small>
          {review.account} · {reasonOf(review)}
        </small>
      </th>
      <td>
        <a href={`/platform/reviews/${review.id}`}>{ends(review.id, 6)}</a>
      </td>
      <td class="number">
        {satsText(BigInt(review.receivedSats))}
        <small>of {askedFor(review)}</small>
      </td>
      <td class="when">
        <At ms={review.sinceMs} />
      </td>
    </tr>
  );
}

const askedFor = ({ amountSats }: ReviewRow): string =>
  amountSats === null ? 'any amount' : satsText(BigInt(amountSats));

const reasonOf = ({ reason }: ReviewRow): string => REASONS[reason] ?? reason.replaceAll('_', ' ');

function ReviewPage({ frame, review, draft }: { frame: PageContext; review: ReviewRow; draft: FormDraft }) {
  const waits = review.status === 'requires_review';
  const badge = review.environment === 'test' && <Badge tone="warn">Test</Badge>;
  return (
    <PlatformShell title={`Invoice of ${review.store}`} tab="/reviews" frame={frame}>
      <div class="narrow">
        <PageHead
          title={`Invoice of ${review.store}`}
          badge={badge}
          back={{ href: '/platform/reviews', text: 'Reviews' }}
          lead={waits ? reasonOf(review) : 'This invoice no longer needs a review.'}
        />
        <Card>
          <FactList
            rows={[
              ['Account', review.account],
              ['Asked for', askedFor(review)],
              ['Received', satsText(BigInt(review.receivedSats))],
              ['Created', <At ms={review.createdAtMs} />],
              ['Waits since', <At ms={review.sinceMs} />],
            ]}
          />
          <p class="hint">
            Invoice <span class="mono">{review.id}</span>
          </p>
        </Card>
        {waits && <Decision review={review} draft={draft} />}
      </div>
    </PlatformShell>
  );
}

function Decision({ review, draft }: { review: ReviewRow; draft: FormDraft }) {
  return (
    <Card
      title="Decide for the store"
      tone="warn"
      lead="Only if its own people cannot. The store’s webhooks receive the decision, and the record names you."
    >
      <DecisionForm
        to={`/platform/reviews/${review.id}`}
        draft={draft}
        canAccept={BigInt(review.receivedSats) > 0n}
        accepted={{
          sats: BigInt(review.receivedSats),
          ofSats: BigInt(review.amountSats ?? 0),
          toleranceSats: BigInt(review.toleranceSats),
        }}
        whose="the store and the buyer"
      />
    </Card>
  );
}
