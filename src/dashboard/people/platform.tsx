// /platform: the operator's view of all accounts, and of what waits for decisions in their stores.

import { Hono } from 'hono';
import { listAccounts, mustOperate, suspend } from '../../accounts/platform.ts';
import type { HonoEnv } from '../../api/http.ts';
import { MOST_COUNTED, type OpenReviews, openReviews } from '../../db/overview.ts';
import { fieldsOf } from '../forms.ts';
import { answer, done, type Frame, frameOf } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Action, At, Badge, Card, Danger, PageHead } from '../parts.tsx';

const PER_PAGE = 50;
const MOST_REVIEWS = 50;

type Accounts = Awaited<ReturnType<typeof listAccounts>>;

export function platformRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/platform', async (c) => {
    const frame = await frameOf(c);
    mustOperate(frame.person);
    const [, at, id] = /^(\d{1,15})_(.{1,80})$/.exec(c.req.query('after') ?? '') ?? [];
    const after = id === undefined ? null : { createdAtMs: Number(at), id };
    const [page, reviews] = await Promise.all([
      listAccounts(frame.deps, { limit: PER_PAGE, after }),
      openReviews(frame.deps.db, MOST_REVIEWS),
    ]);
    return answer(c, <PlatformPage frame={frame} page={page} reviews={reviews} />);
  });

  for (const [path, isSuspended] of [
    ['suspend', true],
    ['reinstate', false],
  ] as const) {
    app.post(`/platform/accounts/:id/${path}`, async (c) => {
      await fieldsOf(c);
      const { deps, person } = await frameOf(c);
      mustOperate(person);
      await suspend(deps, c.req.param('id'), isSuspended);
      return done(c, '/platform', isSuspended ? 'account_suspended' : 'account_reinstated');
    });
  }

  return app;
}

function PlatformPage({ frame, page, reviews }: { frame: Frame; page: Accounts; reviews: OpenReviews[] }) {
  const { accounts, next } = page;
  return (
    <Shell title="Platform" frame={frame}>
      <PageHead title="Platform" lead={`Everybody who uses ${new URL(frame.deps.config.ORIGIN).host}.`} />
      <Card
        title="Waiting for a decision"
        lead="Stores with invoices that only their own people can decide about. A long wait is worth a word to them."
      >
        {reviews.length === 0 && <p class="hint">Nothing waits anywhere.</p>}
        <ul class="lines">
          {reviews.map((review) => (
            <li>
              <div>
                <strong>{review.store}</strong>
                <p class="hint">
                  {review.account} · the oldest from <At ms={review.oldestMs} />
                </p>
              </div>
              <Badge tone="warn">{review.reviews >= MOST_COUNTED ? `${MOST_COUNTED}+` : review.reviews}</Badge>
            </li>
          ))}
        </ul>
      </Card>
      <Card title="Accounts">
        <ul class="lines">
          {accounts.map((account) => (
            <li>
              <div>
                <strong>{account.name}</strong> {account.isOperator && <Badge tone="calm">Operator</Badge>}{' '}
                {account.suspendedAtMs !== null && <Badge tone="stop">Suspended</Badge>}
                <p class="hint">
                  since <At ms={account.createdAtMs} /> · <span class="mono">{account.id}</span>
                </p>
              </div>
              {!account.isOperator &&
                (account.suspendedAtMs === null ? (
                  <Danger
                    summary="Suspend"
                    warning={`${account.name} makes no more invoices, and its people are let in nowhere. What is running is settled.`}
                  >
                    <Action to={`/platform/accounts/${account.id}/suspend`} kind="stop">
                      Suspend {account.name}
                    </Action>
                  </Danger>
                ) : (
                  <Action to={`/platform/accounts/${account.id}/reinstate`} label={`Reinstate ${account.name}`}>
                    Reinstate
                  </Action>
                ))}
            </li>
          ))}
        </ul>
        {next && (
          <nav class="pager" aria-label="Pages">
            <a href="/platform">Newest</a>
            <a class="button quiet" href={`/platform?after=${next.createdAtMs}_${next.id}`}>
              Older
            </a>
          </nav>
        )}
      </Card>
    </Shell>
  );
}
