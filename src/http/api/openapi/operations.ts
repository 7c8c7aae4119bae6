// Every operation of the API, in the order of the reference. A route that is missing here fails the contract test.

import type { Operation } from './operation.ts';
import { accountOperations } from './operations/account.ts';
import { authOperations } from './operations/auth.ts';
import { invoiceOperations } from './operations/invoices.ts';
import { passkeyOperations } from './operations/passkeys.ts';
import { payOperations } from './operations/pay.ts';
import { platformOperations } from './operations/platform.ts';
import { keyOperations, storeOperations } from './operations/stores.ts';
import { walletOperations } from './operations/wallets.ts';
import { webhookOperations } from './operations/webhooks.ts';

export const OPERATIONS: readonly Operation[] = [
  ...invoiceOperations,
  ...payOperations,
  ...storeOperations,
  ...keyOperations,
  ...walletOperations,
  ...webhookOperations,
  ...authOperations,
  ...passkeyOperations,
  ...accountOperations,
  ...platformOperations,
];
