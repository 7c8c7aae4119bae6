// What a page says after a form has done its work. The URL carries a code from this list and nothing else, so that no link
// can put words into our mouth.

const NOTICES = {
  mail_sent: 'If this address can be used, a mail is on its way to it. Follow the link in it.',
  verified: 'Your e-mail address is confirmed. Log in to go on.',
  password_reset: 'Your new password is set, and you are logged out everywhere. Log in with it.',
  logged_out: 'You are logged out.',
  joined: 'Welcome! You are a member of this account now.',
  switched: 'You act in this account now.',
  store_created: 'Your store is ready. It is in test mode: nothing here is real until you go live.',
  store_saved: 'The settings are saved.',
  store_live: 'Your store is live. From now on its invoices are real.',
  store_test: 'Your store is back in test mode. Live invoices that are open go on.',
  store_archived: 'The store is archived. Its API keys are refused from now on.',
  store_restored: 'The store is back.',
  wallet_added: 'Your wallet is connected. New invoices get their addresses from it.',
  wallet_used: 'New invoices get their addresses from this wallet.',
  wallet_saved: 'The wallet’s settings are saved.',
  invoice_created: 'The invoice is made. Send its checkout page to your buyer.',
  invoice_cancelled: 'The invoice is cancelled.',
  invoice_resolved: 'Your decision is recorded.',
  invoice_marked: 'The invoice is marked by hand.',
  invoice_rescanned: 'The chain was read again for this invoice.',
  clock_moved: 'The store’s clock was moved forward.',
  simulated: 'Done. This is what your store sees when it happens for real.',
  redelivered: 'The event was sent again.',
  key_revoked: 'The key is revoked. It opens nothing any more.',
  client_paired: 'The client is let in. It can make invoices from now on.',
  client_removed: 'The client is removed. It opens nothing any more.',
  endpoint_saved: 'The endpoint is saved.',
  endpoint_removed: 'The endpoint is removed.',
  test_event_sent: 'A test event was sent. Its answer is below.',
  redelivering: 'Everything that failed is on its way again.',
  invited: 'The invitation is on its way.',
  invitation_revoked: 'The invitation is taken back.',
  role_changed: 'The role is changed.',
  member_removed: 'The person is no longer a member.',
  email_sent: 'A mail is on its way to the new address. Follow the link in it; until then nothing changes.',
  email_changed: 'Your new e-mail address is confirmed. Log in with it from now on. Other sessions were ended.',
  mails_saved: 'Your choice of mails is saved.',
  password_changed: 'Your password is changed. Other sessions were ended.',
  totp_on: 'The second factor is on. From now on a log-in needs a code.',
  totp_off: 'The second factor is off.',
  passkey_added: 'The passkey is added. You can log in with it from now on.',
  passkey_removed: 'The passkey is removed.',
  session_ended: 'The session is ended.',
  account_suspended: 'The account is suspended.',
  account_reinstated: 'The account is reinstated.',
  account_billed: 'The bill is made.',
  platform_saved: 'The settings are saved. Limits follow within a minute.',
} as const;

export type NoticeCode = keyof typeof NOTICES;

export function noticeOf(code: string | undefined): string | null {
  return code !== undefined && Object.hasOwn(NOTICES, code) ? NOTICES[code as NoticeCode] : null;
}
