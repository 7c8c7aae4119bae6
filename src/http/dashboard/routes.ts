// The table of contents of the dashboard: every page, in the order in which a merchant meets them. Called by app.ts.

import { Hono } from 'hono';
import { ApiError } from '../../errors.ts';
import type { HonoEnv } from '../api/http.ts';
import { authorizeRoutes } from './entry/authorize.tsx';
import { emailRoutes } from './entry/email.tsx';
import { loginRoutes } from './entry/login.tsx';
import { passwordRoutes } from './entry/password.tsx';
import { signupRoutes } from './entry/signup.tsx';
import { unsubscribeRoutes } from './entry/unsubscribe.tsx';
import { errorPage, redirectAfter } from './http.tsx';
import { exportRoutes } from './invoices/export.tsx';
import { invoiceListRoutes } from './invoices/list.tsx';
import { newInvoiceRoutes } from './invoices/new.tsx';
import { invoicePageRoutes } from './invoices/routes.tsx';
import { payoutBatchRoutes } from './payouts/batches.tsx';
import { payoutExportRoutes } from './payouts/export.tsx';
import { payoutLimitRoutes } from './payouts/limits.tsx';
import { payoutListRoutes } from './payouts/list.tsx';
import { pullPaymentRoutes } from './payouts/pull-payments.tsx';
import { refundRoutes } from './payouts/refund.tsx';
import { payoutPageRoutes } from './payouts/routes.tsx';
import { mailRoutes } from './people/mails.tsx';
import { profileRoutes } from './people/profile.tsx';
import { teamRoutes } from './people/team.tsx';
import { platformAccountRoutes } from './platform/accounts.tsx';
import { feeRoutes } from './platform/fees.tsx';
import { reviewRoutes } from './platform/reviews.tsx';
import { platformSettingsRoutes } from './platform/settings.tsx';
import { addressRoutes } from './store/addresses.tsx';
import { clockRoutes } from './store/clock.tsx';
import { keyRoutes } from './store/keys.tsx';
import { lightningRoutes } from './store/lightning.tsx';
import { storeListRoutes } from './store/list.tsx';
import { overviewRoutes } from './store/overview.tsx';
import { pairedClientRoutes } from './store/paired-clients.tsx';
import { pairingRequestRoutes } from './store/pairing-request.tsx';
import { payAddressRoutes } from './store/pay-addresses.tsx';
import { storeSettingsRoutes } from './store/settings.tsx';
import { walletRoutes } from './store/wallets.tsx';
import { endpointRoutes } from './store/webhooks.tsx';

const PAGES = [
  signupRoutes,
  loginRoutes,
  authorizeRoutes,
  passwordRoutes,
  emailRoutes,
  unsubscribeRoutes,
  storeListRoutes,
  overviewRoutes,
  newInvoiceRoutes,
  exportRoutes,
  invoiceListRoutes,
  invoicePageRoutes,
  refundRoutes,
  payoutExportRoutes,
  payoutListRoutes,
  payoutLimitRoutes,
  payoutPageRoutes,
  payoutBatchRoutes,
  pullPaymentRoutes,
  walletRoutes,
  addressRoutes,
  lightningRoutes,
  payAddressRoutes,
  keyRoutes,
  pairedClientRoutes,
  pairingRequestRoutes,
  endpointRoutes,
  storeSettingsRoutes,
  clockRoutes,
  teamRoutes,
  profileRoutes,
  mailRoutes,
  platformAccountRoutes,
  reviewRoutes,
  feeRoutes,
  platformSettingsRoutes,
];

export function dashboardRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.onError(errorPage);
  app.get('/', (c) => redirectAfter(c, '/stores'));
  for (const pages of PAGES) app.route('/', pages());
  for (const path of ['/stores/*', '/team/*', '/profile/*', '/platform/*', '/login/*']) {
    app.all(path, (c) => errorPage(new ApiError('not_found'), c));
  }
  return app;
}
