// /platform: all accounts of the deployment; suspending an account, in two steps, and reinstating it.

import { Hono } from 'hono';
import { listAllAccounts, suspend, suspendable } from '../../../services/platform/accounts.ts';
import type { HonoEnv } from '../../api/http.ts';
import { nextCursorOf } from '../../api/native/platform-page.ts';
import { formFields } from '../forms.ts';
import { type PageContext, page, redirectAfter } from '../http.tsx';
import { Action, At, Badge, Card, PageHead, Pager } from '../parts.tsx';
import { operatorPageContext, PlatformShell, pageStartOf } from './frame.tsx';

const PER_PAGE = 50;

type Accounts = Awaited<ReturnType<typeof listAllAccounts>>;
type Account = Accounts['accounts'][number];

export function platformAccountRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/platform', async (c) => {
    const frame = await operatorPageContext(c);
    const after = pageStartOf(c);
    const accounts = await listAllAccounts(frame.deps, { limit: PER_PAGE, after });
    return page(c, <AccountsPage frame={frame} page={accounts} isFirst={after === null} />);
  });

  app.get('/platform/accounts/:id/suspend', async (c) => {
    const frame = await operatorPageContext(c);
    return page(c, <SuspendPage frame={frame} account={await suspendable(frame.deps, c.req.param('id'))} />);
  });

  for (const [path, isSuspended] of [
    ['suspend', true],
    ['reinstate', false],
  ] as const) {
    app.post(`/platform/accounts/:id/${path}`, async (c) => {
      await formFields(c);
      const { deps } = await operatorPageContext(c);
      await suspend(deps, c.req.param('id'), isSuspended);
      return redirectAfter(c, '/platform', isSuspended ? 'account_suspended' : 'account_reinstated');
    });
  }

  return app;
}

function AccountsPage({ frame, page, isFirst }: { frame: PageContext; page: Accounts; isFirst: boolean }) {
  const { host } = new URL(frame.deps.config.ORIGIN);
  return (
    <PlatformShell title="Accounts" tab="" frame={frame}>
      <PageHead title="Accounts" lead={`All accounts on ${host}.`} />
      <Card>
        <ul class="lines">
          {page.accounts.map((account) => (
            <AccountLine account={account} />
          ))}
        </ul>
        <Pager to="/platform" isFirst={isFirst} next={nextCursorOf(page.next)} />
      </Card>
    </PlatformShell>
  );
}

function AccountLine({ account: { id, name, isOperator, suspendedAtMs, createdAtMs } }: { account: Account }) {
  return (
    <li>
      <div>
        <strong>{name}</strong> {isOperator && <Badge tone="calm">Operator</Badge>}{' '}
        {suspendedAtMs !== null && <Badge tone="stop">Suspended</Badge>}
        <p class="hint">
          since <At ms={createdAtMs} /> · <span class="mono">{id}</span>
        </p>
      </div>
      <div class="line-actions">
        <a class="button quiet" href={`/platform/fees/${id}`} aria-label={`Fees of ${name}`}>
          Fees
        </a>
        {!isOperator &&
          (suspendedAtMs === null ? (
            <a class="button quiet" href={`/platform/accounts/${id}/suspend`} aria-label={`Suspend ${name}`}>
              Suspend
            </a>
          ) : (
            <Action to={`/platform/accounts/${id}/reinstate`} label={`Reinstate ${name}`}>
              Reinstate
            </Action>
          ))}
      </div>
    </li>
  );
}

function SuspendPage({ frame, account: { id, name } }: { frame: PageContext; account: Account }) {
  return (
    <PlatformShell title={`Suspend ${name}`} tab="" frame={frame}>
      <div class="narrow">
        <PageHead title={`Suspend ${name}?`} back={{ href: '/platform', text: 'Accounts' }} />
        <Card tone="stop">
          <ul class="lines">
            <li>Its members cannot log in, and its API keys are refused.</li>
            <li>New invoices are refused.</li>
            <li>
              Open invoices continue: SatLane watches and settles them and sends their events. Buyers lose nothing.
            </li>
            <li>You can reinstate it at any time.</li>
          </ul>
          <div class="form-actions">
            <Action to={`/platform/accounts/${id}/suspend`} kind="stop">
              Suspend {name}
            </Action>
            <a class="button quiet" href="/platform">
              Keep account active
            </a>
          </div>
        </Card>
      </div>
    </PlatformShell>
  );
}
