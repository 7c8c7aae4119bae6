// A wallet service of Nostr Wallet Connect (NIP-47) with its relay: requests and answers are encrypted events, by NIP-44 where the
// client says so and NIP-04 otherwise. Called by server.ts.
import { DroppedConnection } from '../shop/http.ts';
import type { FaultyServer, NodeTask } from './faults.ts';
import { decryptFrom, encryptFor, type NostrEvent, type NwcCipher, nostrKeyOf, signNostr } from './nostr.ts';
import type { OutgoingPayment } from './outgoing.ts';
import { startRelay } from './relay.ts';
import type { NodeInfo } from './serve.ts';
import { type IncomingPayment, type NodeWallet, PaymentRefused } from './wallet.ts';

interface NwcOptions {
  port: number;
  host: string;
  wallet: NodeWallet;
  faults: FaultyServer;
  node: () => NodeInfo;
  /** Secret keys, hex: the wallet's, of the client that receives, of the one that pays as well. */
  keys: { wallet: string; receive: string; pay: string };
  /** What happens before a request is answered, and after. */
  around: (answer: () => Promise<void>) => Promise<void>;
}

const INFO = 13194;
const REQUEST = 23194;
const ANSWER = 23195;
const NOTIFICATION: Record<NwcCipher, number> = { nip04: 23196, nip44_v2: 23197 };
const DEFAULT_EXPIRY_SECONDS = 3600;

class NwcError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

type Parameters = Record<string, unknown>;
interface Method {
  does: NodeTask;
  pays?: true;
  answer(of: NwcOptions, params: Parameters, mayPay: boolean): unknown;
}

const METHODS: Record<string, Method> = {
  get_info: {
    does: 'info',
    answer: ({ node }, _, mayPay) => {
      const { id, height } = node();
      return {
        alias: 'Merchant',
        pubkey: id,
        network: 'regtest',
        block_height: height,
        methods: Object.keys(METHODS).filter((name) => mayPay || !METHODS[name]?.pays),
        notifications: ['payment_received'],
      };
    },
  },
  make_invoice: {
    does: 'mint',
    answer: ({ wallet }, { amount, description, description_hash, expiry }) => {
      const payment = wallet.mint({
        amountMsat: BigInt(Number(amount)),
        description: description_hash ? { hash: String(description_hash) } : String(description ?? ''),
        expirySeconds: Number(expiry ?? DEFAULT_EXPIRY_SECONDS),
      });
      return { ...transaction(payment, wallet), payment_hash: wallet.hashShown(payment) };
    },
  },
  lookup_invoice: {
    does: 'lookup',
    answer: ({ wallet }, { payment_hash, invoice }) => {
      const hash = String(payment_hash ?? wallet.read(String(invoice)).paymentHash);
      const payment = wallet.find(hash);
      if (payment) return transaction(payment, wallet);
      const sent = wallet.sentBy(hash);
      if (!sent) throw new NwcError('NOT_FOUND', 'The invoice was not found.');
      return outgoingTransaction(sent);
    },
  },
  list_transactions: {
    does: 'list',
    answer: ({ wallet }, { from, until, limit, offset, unpaid }) => {
      const [first, last] = [Number(from ?? 0), Number(until ?? Number.MAX_SAFE_INTEGER)];
      const shown = wallet
        .all()
        .map((payment) => transaction(payment, wallet))
        .filter(({ created_at, state }) => created_at >= first && created_at <= last && (unpaid || state === 'settled'))
        .reverse();
      const start = Number(offset ?? 0);
      return { transactions: shown.slice(start, start + Number(limit ?? 50)) };
    },
  },
  pay_invoice: {
    does: 'pay',
    pays: true,
    answer: async ({ wallet }, { invoice, amount }) => {
      try {
        const payment = await wallet.outcome(
          wallet.pay(String(invoice), amount === undefined ? null : BigInt(Number(amount))),
        );
        if (payment.state === 'failed')
          throw new NwcError(CODES[payment.reason ?? ''] ?? 'PAYMENT_FAILED', String(payment.reason));
        return { preimage: payment.preimage, fees_paid: Number(payment.feeMsat) };
      } catch (error) {
        throw error instanceof PaymentRefused ? new NwcError('PAYMENT_FAILED', error.message) : error;
      }
    },
  },
};

const CODES: Record<string, string> = {
  BudgetExceeded: 'QUOTA_EXCEEDED',
  InsufficientBalance: 'INSUFFICIENT_BALANCE',
};

export async function startNwc(of: NwcOptions) {
  const { port, host, wallet, faults, keys } = of;
  const clients = new Map([keys.receive, keys.pay].map((secret) => [nostrKeyOf(secret), secret]));
  const relay = await startRelay(port, host, (event) => {
    if (event.kind === REQUEST) void of.around(() => answerRequest(event)).catch(() => relay.cut());
  });
  const publish = (kind: number, to: string, cipher: NwcCipher, body: unknown, tags: string[][] = []) => {
    const content = encryptFor(cipher, keys.wallet, to, JSON.stringify(body));
    relay.publish(signNostr(keys.wallet, { kind, tags: [['p', to], ...tags], content }, Date.now()));
  };
  const answerRequest = async (event: NostrEvent) => {
    const cipher: NwcCipher = event.tags.some(([tag, value]) => tag === 'encryption' && value === 'nip44_v2')
      ? 'nip44_v2'
      : 'nip04';
    const { method, params = {} } = JSON.parse(decryptFrom(cipher, keys.wallet, event.pubkey, event.content));
    const mayPay = clients.get(event.pubkey) === keys.pay;
    const respond = async () => {
      const outcome = clients.has(event.pubkey)
        ? await resultOf(of, method, params, mayPay)
        : { error: { code: 'UNAUTHORIZED', message: 'No wallet is connected.' }, result: null };
      return Response.json({ result_type: method, ...outcome });
    };
    const response = await faults.apply(METHODS[method]?.does ?? 'info', respond);
    // A failure of a server over HTTP is a relay that lost the answer.
    if (!response.headers.get('content-type')?.includes('json')) return;
    const answer = await response.json();
    for (let i = 0; i < (faults.fault.twice ? 2 : 1); i++)
      publish(ANSWER, event.pubkey, cipher, answer, [['e', event.id]]);
  };
  const methods = [...Object.keys(METHODS), 'notifications'].join(' ');
  const tags = [
    ['encryption', 'nip44_v2 nip04'],
    ['notifications', 'payment_received'],
  ];
  relay.publish(signNostr(keys.wallet, { kind: INFO, tags, content: methods }, Date.now()));
  wallet.onSettled = (payment) => {
    if (faults.fault.hooks === 'none') return;
    const body = { notification_type: 'payment_received', notification: transaction(payment, wallet) };
    for (const client of clients.keys()) {
      for (const cipher of ['nip04', 'nip44_v2'] as const) publish(NOTIFICATION[cipher], client, cipher, body);
    }
  };
  const uri = (secret: string) => {
    return `nostr+walletconnect://${nostrKeyOf(keys.wallet)}?relay=${encodeURIComponent(relay.url)}&secret=${secret}`;
  };
  return { url: relay.url, connection: uri(keys.receive), payConnection: uri(keys.pay), close: relay.close };
}

async function resultOf(of: NwcOptions, name: string, params: Parameters, mayPay: boolean) {
  try {
    const method = METHODS[name];
    if (!method) throw new NwcError('NOT_IMPLEMENTED', `${name} is not implemented.`);
    if (method.pays && !mayPay) throw new NwcError('RESTRICTED', 'This connection may not pay.');
    return { error: null, result: await method.answer(of, params, mayPay) };
  } catch (error) {
    if (error instanceof DroppedConnection) throw error;
    const { message } = error as Error;
    return { error: { code: error instanceof NwcError ? error.code : 'OTHER', message }, result: null };
  }
}

function transaction(payment: IncomingPayment, wallet: NodeWallet) {
  const states = { open: 'pending', held: 'accepted', settled: 'settled', cancelled: 'failed' };
  const isSettled = payment.state === 'settled';
  return {
    type: 'incoming',
    state: wallet.isExpired(payment) ? 'expired' : states[payment.state],
    ...{ invoice: payment.bolt11, description: payment.description ?? '', payment_hash: payment.paymentHash },
    ...(payment.descriptionHash === null ? {} : { description_hash: payment.descriptionHash }),
    ...(isSettled ? { preimage: payment.preimage, settled_at: secondsOf(payment.settledAtMs ?? 0) } : {}),
    amount: Number(isSettled ? payment.receivedMsat : (payment.amountMsat ?? 0n)),
    ...{ fees_paid: 0, created_at: secondsOf(payment.createdAtMs), expires_at: secondsOf(payment.expiresAtMs) },
  };
}

function outgoingTransaction({ state, ...payment }: OutgoingPayment) {
  return {
    ...{ type: 'outgoing', state, invoice: payment.bolt11, payment_hash: payment.paymentHash },
    ...(payment.preimage === null ? {} : { preimage: payment.preimage }),
    ...{ amount: Number(payment.amountMsat), fees_paid: Number(payment.feeMsat) },
    created_at: secondsOf(payment.createdAtMs),
    ...(state === 'settled' ? { settled_at: secondsOf(payment.completedAtMs ?? 0) } : {}),
  };
}

const secondsOf = (ms: number) => Math.floor(ms / 1000);
