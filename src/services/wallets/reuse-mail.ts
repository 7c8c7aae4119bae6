// Notifies an account's owners that something else hands out addresses of their wallet. Called by watch/ when a block pays
// an address that no invoice has; once a day and wallet at most.

import { membersOf } from '../../adapters/db/members.ts';
import { walletById } from '../../adapters/db/wallet-history.ts';
import { storeOfWallet } from '../../adapters/db/wallets.ts';
import { addressesReusedLetter } from '../../adapters/mail/letters.ts';
import type { Deps } from '../../deps.ts';
import { sendNotice } from '../mails/send.ts';

/** Nothing where no mail is sent: the page of the wallets says so, too. */
export async function notifyReuse(deps: Deps, walletId: string): Promise<void> {
  if (!deps.mailer) return;
  const wallet = await walletById(deps.db, walletId);
  const storeId = wallet && (await storeOfWallet(deps.db, wallet));
  if (!wallet || storeId === undefined) return;
  const owners = (await membersOf(deps.db, wallet.accountId)).filter(({ role }) => role === 'owner');
  const link = `${deps.config.ORIGIN}/stores/${storeId}/wallets`;
  for (const { email } of owners) await sendNotice(deps, email, addressesReusedLetter(link));
}
