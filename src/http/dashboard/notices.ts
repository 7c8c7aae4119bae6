// What a page says after a form has done its work. The URL carries a code from this list and nothing else, so that no link
// can put words into our mouth.

import type { DeliveryState } from '../../services/endpoints/deliveries.ts';
import type { Tone } from './text.ts';

const NOTICES = {
  mail_sent: 'If this address can be used, we sent a mail to it. Follow the link in the mail.',
  verified: 'Your e-mail address is confirmed. Log in to continue.',
  password_reset: 'Your new password is saved, and you are logged out everywhere. Log in with the new password.',
  logged_out: 'You are logged out.',
  joined: 'Welcome! You are a member of this account now.',
  switched: 'You switched to this account.',
  store_created: 'Store created. It is in test mode: payments are simulated until you go live.',
  store_saved: 'The settings are saved.',
  store_live: 'Your store is live. Its invoices are real from now on.',
  store_test: 'Your store is in test mode again. Open live invoices stay open.',
  store_archived: 'Store archived. SatLane refuses its API keys.',
  store_restored: 'Store restored.',
  wallet_added: 'Your wallet is connected. New invoices get their addresses from it.',
  wallet_used: 'New invoices get their addresses from this wallet.',
  wallet_saved: 'The wallet’s settings are saved.',
  connection_added: 'The connection works and is kept.',
  connection_saved: 'The connection is saved.',
  connection_used: 'New invoices are paid to this connection over Lightning.',
  connection_unused: 'New invoices are no longer paid to this connection.',
  connection_removed: 'Connection removed.',
  address_added: 'Lightning address added. Print its code below.',
  address_saved: 'The Lightning address is saved.',
  address_removed: 'Lightning address removed. Wallets can no longer pay it.',
  invoice_created: 'Invoice created. Send its checkout page to your buyer.',
  invoice_cancelled: 'The invoice is cancelled.',
  invoice_resolved: 'Decision saved.',
  invoice_marked: 'Invoice marked.',
  invoice_rescanned: 'The blockchain was checked again for this invoice.',
  invoice_not_rescanned: 'No explorer answered. Recheck the blockchain later.',
  refund_created: 'Refund created. Send its link to your buyer.',
  pull_payment_created: 'Pull payment created. Send its link to the person who is paid.',
  pull_payment_archived: 'Pull payment archived. It can no longer be claimed.',
  payout_approved: 'Payout approved.',
  payout_half_approved: 'Your approval is saved. Another person has to approve this payout, too.',
  payout_cancelled: 'The payout is cancelled. No money is sent.',
  payout_marked_paid: 'The payout is marked as paid.',
  payout_marked_failed: 'The payout is marked as failed. It is cancelled.',
  batch_created: 'Batch created. Nothing is sent before you sign it in your wallet.',
  batch_version_created: 'New version created. Sign it in your wallet: until then the version before it stays.',
  batch_partly_signed: 'Your signatures are saved. The transaction needs more of them.',
  batch_signed: 'The signed transaction is what you approved. SatLane sends it to the network.',
  batch_voided: 'The batch is void. Its payouts wait for another one.',
  limits_saved: 'The limits are saved.',
  payouts_paused: 'Payouts are paused. Nothing new is sent.',
  payouts_resumed: 'Payouts are sent again.',
  clock_moved: 'The store’s clock was moved forward.',
  simulated: 'Event simulated. A real one looks the same to your store.',
  redelivered: 'Your server received the event.',
  redelivery_failed: 'SatLane resent the event, and your server did not accept it. Its response is below.',
  key_revoked: 'The key is revoked. It no longer works.',
  client_paired: 'The client is connected. It can create invoices from now on.',
  client_removed: 'Client removed. It no longer works.',
  endpoint_saved: 'The endpoint is saved.',
  endpoint_removed: 'The endpoint is removed.',
  test_event_sent: 'Your server received the test event.',
  test_event_failed: 'Your server did not accept the test event. Its response is below.',
  redelivering: 'SatLane is resending the failed events.',
  nothing_to_redeliver: 'No event failed in this time. Nothing was resent.',
  invited: 'Invitation sent.',
  invitation_revoked: 'Invitation withdrawn.',
  role_changed: 'The role is changed.',
  member_removed: 'The person is no longer a member.',
  email_sent: 'We sent a mail to the new address. Follow its link to change your address.',
  email_changed: 'Your new e-mail address is confirmed. Log in with it from now on. Your other sessions have ended.',
  mails_saved: 'Your choice of mails is saved.',
  password_changed: 'Your password is changed. Your other sessions have ended.',
  totp_on: 'The second factor is on. Each log-in now needs a code.',
  totp_off: 'The second factor is off.',
  passkey_added: 'The passkey is added. You can log in with it from now on.',
  passkey_removed: 'The passkey is removed.',
  session_ended: 'The session is ended.',
  account_suspended: 'The account is suspended.',
  account_reinstated: 'The account is reinstated.',
  account_billed: 'Bill created.',
  platform_saved: 'The settings are saved. Limits change within a minute.',
} as const;

export type NoticeCode = keyof typeof NOTICES;

/** Of what did not come out well, or is still to come out. Everything else has been done. */
const TONES: Partial<Record<NoticeCode, Tone>> = {
  mail_sent: 'calm',
  email_sent: 'calm',
  invited: 'calm',
  redelivering: 'calm',
  payout_half_approved: 'calm',
  batch_created: 'calm',
  batch_version_created: 'calm',
  batch_partly_signed: 'calm',
  nothing_to_redeliver: 'calm',
  redelivery_failed: 'stop',
  test_event_failed: 'stop',
  invoice_not_rescanned: 'stop',
};

export interface NoticeOf {
  text: string;
  tone: Tone;
}

export function noticeOf(code: string | undefined): NoticeOf | null {
  if (code === undefined || !Object.hasOwn(NOTICES, code)) return null;
  return { text: NOTICES[code as NoticeCode], tone: TONES[code as NoticeCode] ?? 'good' };
}

/** Of an event that was sent again, by what came of it; one that could not be sent yet is still to come out. */
export function redeliveryNotice({ state }: { state: DeliveryState }): NoticeCode {
  if (state === 'succeeded') return 'redelivered';
  return state === 'pending' ? 'redelivering' : 'redelivery_failed';
}
