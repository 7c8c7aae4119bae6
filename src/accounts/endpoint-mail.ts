// Tells an account's owners that one of their webhook endpoints was switched off. Called by the dispatcher through Deps,
// once for each time.

import type { Endpoint } from '../db/endpoints.ts';
import { membersOf } from '../db/members.ts';
import { storeById } from '../db/stores.ts';
import type { Deps } from '../deps.ts';
import { switchedOffLetter } from '../mail/letters.ts';
import { sendMail } from './mails.ts';

/** Nothing where no mail is sent: the endpoint itself says since when and why. */
export async function tellSwitchedOff(deps: Deps, endpoint: Endpoint): Promise<void> {
  if (!deps.mailer) return;
  const store = await storeById(deps.db, endpoint.storeId);
  if (!store) return;
  const owners = (await membersOf(deps.db, store.accountId)).filter(({ role }) => role === 'owner');
  for (const { email, name } of owners) {
    await sendMail(
      deps,
      `endpoint:${endpoint.id}`,
      email,
      switchedOffLetter(name, store.name, new URL(endpoint.url).host),
    );
  }
}
