// Calls every operation for real, with a small valid request, and holds each answer against the shape that the document
// gives it. Called by openapi.test.ts.

import { expect } from 'vitest';
import type { DocumentedOperation } from '../../../src/http/api/openapi/operation.ts';
import { parametersOf } from '../../../src/http/api/openapi/operation.ts';
import { OPERATIONS } from '../../../src/http/api/openapi/operations.ts';
import { makeAuthenticator } from '../../support/authenticator.ts';
import { freshKey } from '../../support/keys.ts';
import { bindings, openMerchant, startChain, startReceiver } from '../../support/merchant.ts';
import { openLiveShop, openOperator, sell, settle } from '../../support/operator.ts';
import { freshBolt11 } from '../../support/payouts.ts';
import { openBrowser, openPerson, type TestPerson } from '../../support/person.ts';
import { CONNECTION_STRING } from '../../support/phoenixd.ts';
import { codeFor } from '../../support/totp.ts';
import { watcherOf } from '../../support/watching.ts';

type Send = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Response>;

export interface Walk {
  called: Set<string>;
  /** Asks by the operation's id; the parameters of its path in order, then what follows it. */
  call: (id: string, send: Send, parameters?: string[], body?: unknown, query?: string) => Promise<Answered>;
}

// What an answer holds is checked by its shape; the walk takes ids out of it.
// biome-ignore lint/suspicious/noExplicitAny: the shape is judged elsewhere
type Answered = any;

export function openWalk(): Walk {
  const called = new Set<string>();
  return {
    called,
    async call(id, send, parameters = [], body, query = '') {
      const operation = operationOf(id);
      const path = parametersOf(operation.path).reduce(
        (at, name, index) => at.replace(`{${name}}`, parameters[index] ?? ''),
        operation.path,
      );
      const response = await send(operation.method, path + query, body);
      called.add(id);
      return judged(operation, response);
    },
  };
}

export function operationOf(id: string): DocumentedOperation {
  const operation = OPERATIONS.find((one) => one.id === id);
  if (!operation) throw new Error(`no operation ${id}`);
  return operation;
}

async function judged({ id, answers }: DocumentedOperation, response: Response): Promise<Answered> {
  const answer = answers.find(({ status }) => status === response.status);
  if (!answer) throw new Error(`${id} answered ${response.status}: ${await response.text()}`);
  const type = response.headers.get('content-type')?.split(';')[0] ?? null;
  const expected = answer.schema ? (answer.type ?? 'application/json') : (answer.type ?? null);
  if (type !== expected) throw new Error(`${id} answered ${type}, the document says ${expected}`);
  if (!answer.schema) return response;
  if (type === 'text/event-stream') {
    const reader = response.body?.getReader();
    let text = '';
    while (!/^data: .*$/m.test(text)) text += new TextDecoder().decode((await reader?.read())?.value);
    await reader?.cancel();
    return checked(id, answer.schema, JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? ''));
  }
  return checked(id, answer.schema, await response.json());
}

function checked(
  id: string,
  schema: NonNullable<DocumentedOperation['answers'][number]['schema']>,
  body: unknown,
): Answered {
  const result = schema.safeParse(body);
  if (result.success) return body;
  throw new Error(`${id}: ${result.error.message}\n${JSON.stringify(body).slice(0, 2_000)}`);
}

/** As a page of ours, with what is left running done before the answer is judged. */
const of =
  (person: Pick<TestPerson, 'request' | 'settled'>): Send =>
  async (...request) => {
    const response = await person.request(...request);
    await person.settled();
    return response;
  };

/** A live store over a simulated chain: payments and evidence as they really are. */
export async function walkChain({ call }: Walk): Promise<void> {
  const chain = await startChain(2);
  await bindings.DB.exec('DELETE FROM chain_state; DELETE FROM headers');
  const merchant = await openMerchant({ mode: 'live', explorers: chain.explorers, startMs: Date.now() });
  const watcher = watcherOf(merchant);
  merchant.deps.watcher.rescan = watcher.rescan;
  merchant.deps.watcher.health = watcher.health;
  await watcher.sweep();
  const { invoice } = await call('createInvoice', merchant.request, [], {
    amount_sats: '100000',
    metadata: { a: 'b' },
  });
  await chain.control('pay', { address: invoice.address, sats: 100_000 });
  await chain.control('mine', { blocks: 2 });
  await watcher.sweep();
  const { evidence } = await call('getEvidence', merchant.request, [invoice.id]);
  if (evidence.length !== 1) throw new Error('no evidence');
  await call('rescanInvoice', merchant.request, [invoice.id]);
  const paid = await call('getInvoice', merchant.request, [invoice.id]);
  if (paid.invoice.payments.length !== 1) throw new Error('no payment');
  await call('getChain', merchant.request);
  await call('getHealth', merchant.request);
  const [store, wallet] = [merchant.store.id, merchant.store.wallet?.id ?? ''];
  const { addresses } = await call('listAddresses', merchant.request, [store, wallet]);
  if (addresses[0]?.payments.length !== 1) throw new Error('no payment in the map');
  const { rescue } = await call('getRescue', merchant.request, [store, wallet]);
  if (rescue.addresses.length !== 1) throw new Error('no payment in the rescue');
}

/** A store that pays out: a refund, a pull payment and its claim, a payout and what is decided about it. */
export async function walkPayouts({ call }: Walk): Promise<void> {
  const { request, createInvoice, store, clock } = await openMerchant();
  const invoice = await createInvoice();
  await request('POST', `/v1/invoices/${invoice.id}/simulate`, { event_type: 'invoice.paid' });
  await call('createRefund', request, [invoice.id], { variant: 'rate_then' });
  const { pull_payments } = await call('listRefunds', request, [invoice.id]);
  await call('getPullPayment', request, [pull_payments[0].id]);
  const { pull_payment } = await call('createPullPayment', request, [], {
    amount: '10',
    currency: 'USD',
    fix_rate: true,
  });
  await call('listPullPayments', request, [], undefined, '?archived=true&limit=1');
  const claim = { destination: 'buyer@wallet.example', amount: '4' };
  const { payout } = await call('claimPullPayment', request, [pull_payment.id], claim);
  await call('approvePayout', request, [payout.id], { revision: payout.revision });
  await call('markPayoutPaid', request, [payout.id]);
  await call('getPayoutHistory', request, [payout.id]);
  await call('archivePullPayment', request, [pull_payment.id]);
  const sent = { destination: freshBolt11(clock.ms, 5_000n, {}), amount_sats: '5000', approved: true };
  const { payout: own } = await call('createPayout', request, [], sent);
  await call('getPayout', request, [own.id]);
  await call('cancelPayout', request, [own.id]);
  await bindings.DB.prepare("UPDATE payouts SET state = 'unknown' WHERE id = ?").bind(own.id).run();
  await call('resolvePayout', request, [own.id], { confirmation: own.id });
  await call('listPayouts', request, [], undefined, '?state=settled');
  await walkAgent(call);
  await call('downloadPayouts', request);
  await call('pausePayouts', request, [store.id]);
  await call('getPayoutLimits', request, [store.id]);
  await call('listEvents', request, [], undefined, '?limit=100&include=updated');
}

/** A program at the merchant's pays. */
async function walkAgent(call: Walk['call']): Promise<void> {
  const { request, clock } = await openMerchant({ mode: 'live' });
  const lease = 'a'.repeat(32);
  const next = () => call('leasePayout', request, [], { node_id: 'node', lease });
  expect(await next()).toEqual({ lease: null, reason: 'nothing_due' });
  const sent = { destination: freshBolt11(clock.ms, 5_000n, {}), amount_sats: '5000', approved: true };
  const { payout } = await call('createPayout', request, [], sent);
  expect(await next()).toMatchObject({ lease: { payout_id: payout.id, purpose: 'pay' }, reason: null });
  await call('reportPayout', request, [payout.id], { lease, outcome: 'unknown' });
}

/** A store in test mode: its invoices, their events, the buyer's view. */
export async function walkInvoices({ call }: Walk): Promise<void> {
  const { request, app, settled } = await openMerchant();
  const create = () => call('createInvoice', request, [], { amount: '4.99', currency: 'usd', order_ref: 'ORDER-1' });
  const { invoice } = await create();
  await call('listInvoices', request, [], undefined, '?limit=1&status=pending');
  await call('getPayment', request, [invoice.id]);
  await call('streamPayment', request, [invoice.id]);
  const upgrade: Send = (method, path) => request(method, path, undefined, { upgrade: 'websocket' });
  const { webSocket } = await call('socketPayment', upgrade, [invoice.id]);
  webSocket.accept();
  webSocket.close();
  await call('simulateEvent', request, [invoice.id], { event_type: 'invoice.requires_review' });
  await call('resolveInvoice', request, [invoice.id], { decision: 'accept', note: 'Seen' });
  const { id: announced } = (
    await call('createInvoice', request, [], {
      amount_sats: '9000',
      callback_url: (await startReceiver()).url,
    })
  ).invoice;
  await settled();
  const { deliveries } = await call('listInvoiceDeliveries', request, [announced]);
  await call('redeliverOfInvoice', request, [announced, deliveries[0]?.id ?? '']);
  await call('cancelInvoice', request, [(await create()).invoice.id]);
  await call('listEvents', request, [], undefined, '?limit=100&include=updated');
  await call('getDocument', async (method, path) => app.request(path, { method }, bindings, context));
}

const context = { waitUntil() {}, passThroughOnException() {}, props: {} } as unknown as ExecutionContext;

/** Everything that hangs on a store. */
export async function walkStore({ call }: Walk, owner: TestPerson): Promise<void> {
  const send = of(owner);
  const receiver = await startReceiver();
  const made = await call('createStore', send, [], {
    name: 'Shop',
    confirmation_steps: [{ from_usd: 0, confirmations: 1 }],
  });
  const id: string = made.store.id;
  await call('listStores', send);
  await call('getStore', send, [id]);
  await call('updateStore', send, [id], { late_payment_grace_minutes: 120, logo_url: null });
  await call('updatePayoutLimits', send, [id], { per_day_sats: '1000000', second_approval_above_sats: null });
  await call('renewCallbackSecret', send, [id]);

  await call('recogniseWallet', send, [], { text: freshKey() });
  const first = await call('registerWallet', send, [id], { text: freshKey() });
  const { wallet } = await call('registerWallet', send, [id], { text: freshKey(), label: 'Second', gap_limit: 50 });
  await call('listWallets', send, [id]);
  await call('getWallet', send, [id, wallet.id]);
  await call('updateWallet', send, [id, wallet.id], { gap_limit: 60 });
  await call('activateWallet', send, [id, first.wallet.id]);
  for (const one of ['getGap', 'listAddresses', 'getLabels', 'getRescue']) await call(one, send, [id, wallet.id]);

  const { connection } = await call('addConnection', send, [id], { connection_string: CONNECTION_STRING });
  await call('listConnections', send, [id]);
  for (const one of ['getConnection', 'testConnection']) await call(one, send, [id, connection.id]);
  await call('updateConnection', send, [id, connection.id], { name: 'Node' });
  const { lightning_address: address } = await call('addLightningAddress', send, [id], { name: `till-${id}` });
  await call('listLightningAddresses', send, [id]);
  await call('getLightningAddress', send, [id, address.name]);
  await call('updateLightningAddress', send, [id, address.name], { success_message: 'Thank you' });
  await call('removeLightningAddress', send, [id, address.name]);
  await call('removeConnection', send, [id, connection.id]);

  const { key } = await call('createKey', send, [id], { permissions: ['btcpay.store.canviewinvoices'] });
  await call('listKeys', send, [id]);
  await call('getKey', send, [id, key.id]);
  await call('labelKey', send, [id, key.id], { label: 'Till' });
  const rotated = await call('rotateKey', send, [id, key.id]);
  await call('revokeKey', send, [id, rotated.key.id]);

  const { webhook } = await call('createWebhook', send, [id], { url: receiver.url });
  const at = [id, webhook.id];
  await call('createTestInvoice', send, [id]);
  await call('moveClock', send, [id], { advance_seconds: 60 });
  await call('listWebhooks', send, [id]);
  await call('getWebhook', send, at);
  await call('updateWebhook', send, at, { label: 'Server', event_types: ['invoice.created', 'invoice.paid'] });
  await call('rotateWebhook', send, at);
  const { deliveries } = await call('listDeliveries', send, at);
  await call('getDelivery', send, [...at, deliveries[0].id]);
  await call('redeliver', send, [...at, deliveries[0].id]);
  await call('redeliverFailed', send, at, { since: new Date(owner.clock.ms - 60_000).toISOString() });
  await call('testWebhook', send, at);
  await call('deleteWebhook', send, at);

  await call('goLive', send, [id]);
  await call('returnToTestMode', send, [id]);
  await call('archiveStore', send, [id]);
  await call('restoreStore', send, [id]);
}

/** A person who signs up, and everything about logging in. */
export async function walkPerson({ call }: Walk): Promise<void> {
  const ada = openBrowser();
  const send = of(ada);
  const email = `${crypto.randomUUID()}@example.com`;
  const password = 'correct horse battery';
  await call('signUp', send, [], { email, password, name: 'Ada' });
  await call('verifyEmail', send, [], { token: ada.mailedToken() });
  await call('forgotPassword', send, [], { email });
  await call('resetPassword', send, [], { token: ada.mailedToken(), password });
  await call('logIn', send, [], { email, password });
  await call('changePassword', send, [], { current: password, new: password });
  await call('getMe', send);
  const other = openBrowser();
  await call('logIn', of(other), [], { email, password });
  const { sessions } = await call('listSessions', send);
  await call('endSession', send, [sessions.find((one: { current: boolean }) => !one.current).id]);
  await call('endOtherSessions', send);
  await call('listAccounts', send);

  const phone = await makeAuthenticator();
  const begun = await call('getPasskeyOptions', send, [], { password });
  const credential = await phone.create({ challenge: begun.options.challenge });
  const passkey = await call('addPasskey', send, [], { label: 'Phone', credential });
  await call('listPasskeys', send);
  const asked = await call('getPasskeyLogInOptions', of(other));
  await call('logInByPasskey', of(other), [], { credential: await phone.get({ challenge: asked.options.challenge }) });
  await call('removePasskey', send, [passkey.id]);

  const { uri } = await call('enableTotp', send, [], { password });
  await call('verifyTotp', send, [], { code: await codeFor(uri, Date.now()) });
  await call('renewRecoveryCodes', send, [], { password });
  await call('disableTotp', send, [], { password });
  await call('changeEmail', send, [], { email: `${crypto.randomUUID()}@example.com`, password });
  const link = ada.mails.find(({ text }) => text.includes('/confirm-email#'));
  await call('confirmEmail', send, [], { token: link?.text.split('#token=')[1]?.split('\n')[0] ?? '' });
  await call('logOut', send);
}

/** Two people of one account. */
export async function walkAccount({ call }: Walk, owner: TestPerson): Promise<void> {
  const send = of(owner);
  const grace = await openPerson();
  const { invitation } = await call('invite', send, [], {
    email: `${crypto.randomUUID()}@example.com`,
    role: 'viewer',
  });
  const { body: made } = await owner.ask<{ store: { id: string } }>('POST', '/v1/stores', { name: 'Mailing' });
  await call('listMails', send);
  await call('chooseMails', send, [made.store.id], { paid: false });
  await call('listInvitations', send);
  await call('revokeInvitation', send, [invitation.id]);
  await call('invite', send, [], { email: grace.email, role: 'viewer' });
  await call('acceptInvitation', of(grace), [], { token: owner.mailedToken() });
  await call('switchAccount', of(grace), [], { account_id: owner.accountId });
  await call('listMembers', send);
  await call('changeRole', send, [grace.id], { role: 'manager' });
  await call('removeMember', send, [grace.id]);

  const operator = await openPerson();
  await bindings.DB.prepare('UPDATE accounts SET is_operator = (id = ?)').bind(operator.accountId).run();
  await call('listPlatformAccounts', of(operator), [], undefined, '?limit=2');
  await call('suspendAccount', of(operator), [grace.accountId]);
  await call('reinstateAccount', of(operator), [grace.accountId]);
  await call('getOwnFees', send);
}

/** The operator of the deployment: settings, fees, bills, decisions. */
export async function walkPlatform({ call }: Walk): Promise<void> {
  const operator = of(await openOperator());
  await call('updatePlatformSettings', operator, [], { fee_bp: 200, rate_sources: ['kraken', 'coinbase'] });
  await call('updatePlatformSettings', operator, [], { fee_bp: null, rate_sources: null });
  await call('getPlatformSettings', operator);
  const shop = await openLiveShop();
  await sell(shop);
  await call('makeBill', operator, [shop.account.id], { up_to: '2026-05-31' });
  await call('makeBill', operator, [shop.account.id], { up_to: '2026-05-31' });
  const { bills } = await call('listBills', operator, [shop.account.id]);
  if (bills.length !== 1) throw new Error('no bill');
  await call('listFees', operator, [], undefined, '?from=2026-05-01&to=2026-05-31');
  await call('downloadFees', operator);
  const { id } = await shop.createInvoice();
  shop.clock.advanceMinutes(24 * 60);
  await settle(shop, id);
  const { reviews } = await call('listReviews', operator, [], undefined, '?limit=100');
  if (reviews.length === 0) throw new Error('no review');
  await call('resolveReview', operator, [id], { decision: 'accept', note: 'Seen' });
}
