// A shop connects a wallet by Nostr Wallet Connect: requests and answers are encrypted events on a relay.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  decryptFrom,
  encryptFor,
  type NostrEvent,
  type NwcCipher,
  nostrKeyOf,
  signNostr,
} from '../../../src/dev/lightning/nostr.ts';
import { lightningWorld } from './support.ts';

const { lever, server } = lightningWorld();
const open: WebSocket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate();
});

/** What a relay says; an event only where there is one. */
type Message = [type: string, id: string, event?: NostrEvent];

/** A client as its connection string says. */
async function connect(right: 'receive' | 'pay' | 'stranger', cipher: NwcCipher = 'nip44_v2') {
  const { connection, payConnection } = server('nwc');
  const uri = new URL((right === 'pay' ? payConnection : connection) ?? '');
  const wallet = uri.host || uri.pathname.replaceAll('/', '');
  const secret = right === 'stranger' ? '11'.repeat(32) : (uri.searchParams.get('secret') ?? '');
  const socket = new WebSocket(uri.searchParams.get('relay') ?? '');
  open.push(socket);
  await once(socket, 'open');
  const waiting: { fits: (message: Message) => boolean; resolve: (message: Message) => void }[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data));
    for (const one of waiting.filter(({ fits }) => fits(message))) {
      waiting.splice(waiting.indexOf(one), 1);
      one.resolve(message);
    }
  });
  const next = (fits: (message: Message) => boolean) =>
    new Promise<Message>((resolve) => waiting.push({ fits, resolve }));
  const send = (...message: unknown[]) => socket.send(JSON.stringify(message));
  send('REQ', 'info', { kinds: [13194], authors: [wallet] });
  const [, , info] = await next(([type, id]) => type === 'EVENT' && id === 'info');
  const notification = cipher === 'nip44_v2' ? 23197 : 23196;
  send('REQ', 'mine', { kinds: [23195, notification], authors: [wallet], '#p': [nostrKeyOf(secret)] });
  await next(([type, id]) => type === 'EOSE' && id === 'mine');
  const opened = ([, , event]: Message) => JSON.parse(decryptFrom(cipher, secret, wallet, event?.content ?? ''));
  const ask = async (method: string, params: unknown) => {
    const tags = [['p', wallet], ...(cipher === 'nip44_v2' ? [['encryption', cipher]] : [])];
    const content = encryptFor(cipher, secret, wallet, JSON.stringify({ method, params }));
    const request = signNostr(secret, { kind: 23194, tags, content }, Date.now());
    const answered = next(([, , event]) => !!event?.tags?.some(([tag, id]) => tag === 'e' && id === request.id));
    send('EVENT', request);
    return opened(await answered);
  };
  const notified = async () => opened(await next(([, id, event]) => id === 'mine' && event?.kind === notification));
  return { ask, info, next, notified, send, socket, secret, wallet };
}

describe.each(['nip44_v2', 'nip04'] as const)('a wallet by %s', (cipher) => {
  it('mints a BOLT11, is paid, says so, and shows the preimage', async () => {
    const { ask, info, notified } = await connect('receive', cipher);
    expect(info?.content).toContain('make_invoice lookup_invoice list_transactions');
    const { result } = await ask('make_invoice', { amount: 2_500_000, description: 'Coffee', expiry: 900 });
    expect(result).toMatchObject({ type: 'incoming', state: 'pending', amount: 2_500_000, description: 'Coffee' });
    const notification = notified();
    await lever('pay', { bolt11: result.invoice });
    expect(await notification).toMatchObject({
      notification_type: 'payment_received',
      notification: { payment_hash: result.payment_hash, state: 'settled' },
    });
    const found = await ask('lookup_invoice', { payment_hash: result.payment_hash });
    expect(found.result).toMatchObject({ state: 'settled', amount: 2_500_000, settled_at: expect.any(Number) });
    const hash = createHash('sha256').update(Buffer.from(found.result.preimage, 'hex')).digest('hex');
    expect(hash).toBe(result.payment_hash);
    expect((await ask('list_transactions', { limit: 1 })).result.transactions).toMatchObject([
      { payment_hash: result.payment_hash },
    ]);
  });
});

describe('a wallet', () => {
  it('pays for the client that may, and refuses the others with NIP-47’s codes', async () => {
    const { bolt11 } = await lever('invoice', { sats: 1200 });
    const payer = await connect('pay');
    const receiver = await connect('receive');
    const code = async ({ error }: { error: { code: string } | null }) => error?.code;
    expect(await code(await receiver.ask('pay_invoice', { invoice: bolt11 }))).toBe('RESTRICTED');
    expect((await payer.ask('pay_invoice', { invoice: bolt11 })).result).toMatchObject({ fees_paid: 0 });
    expect(await code(await payer.ask('pay_invoice', { invoice: bolt11 }))).toBe('PAYMENT_FAILED');
    expect(await code(await receiver.ask('lookup_invoice', { payment_hash: 'ab'.repeat(32) }))).toBe('NOT_FOUND');
    expect(await code(await receiver.ask('sign_message', {}))).toBe('NOT_IMPLEMENTED');
    expect(await code(await (await connect('stranger')).ask('get_info', {}))).toBe('UNAUTHORIZED');
  });

  it('loses its connection where a fault says so, and knows afterwards what it minted', async () => {
    const first = await connect('receive');
    await lever('fault', { server: 'nwc', drop: true, after: true, times: 1 });
    const closed = once(first.socket, 'close');
    void first.ask('make_invoice', { amount: 1000, description: 'Lost' });
    await closed;
    const { transactions } = (await (await connect('receive')).ask('list_transactions', { unpaid: true, limit: 1 }))
      .result;
    expect(transactions).toMatchObject([{ description: 'Lost', state: 'pending' }]);
  });

  it('has a relay that refuses an event whose signature is wrong', async () => {
    const { next, secret, send } = await connect('receive');
    const event = signNostr(secret, { kind: 1, tags: [], content: 'x' }, Date.now());
    send('EVENT', { ...event, content: 'y' });
    expect(await next(([type]) => type === 'OK')).toEqual(['OK', event.id, false, expect.stringMatching(/^invalid/)]);
  });
});
