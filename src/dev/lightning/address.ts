// A server of Lightning addresses (LUD-06, LUD-16) whose BOLT11s can be verified (LUD-21); the second name cannot be. No
// credential, and errors are 200s. Called by kinds.ts.
import { createHash } from 'node:crypto';
import type { NodeAsk, NodeRoute, Shape } from './serve.ts';

const VERIFIED = 'merchant';
const NAMES = [VERIFIED, 'unverified'];
const EXPIRY_SECONDS = 3600;
const [MIN_MSAT, MAX_MSAT] = [1000, 100_000_000_000];
const COMMENT_CHARACTERS = 120;

export const lightningAddressShape = (): Shape => ({
  routes: ROUTES,
  refuse: () => null,
  missing: () => failure('Not found'),
});

const ROUTES: NodeRoute[] = [
  { does: 'info', method: 'GET', path: /^\/\.well-known\/lnurlp\/(?<name>[^/]+)$/, right: 'none', answer: payRequest },
  { does: 'mint', method: 'GET', path: /^\/lnurlp\/(?<name>[^/]+)\/callback$/, right: 'none', answer: callback },
  { does: 'lookup', method: 'GET', path: /^\/lnurlp\/verify\/(?<hash>[0-9a-f]{64})$/, right: 'none', answer: verify },
];

function payRequest({ params, origin }: NodeAsk): Response {
  const { name = '' } = params;
  if (!NAMES.includes(name)) return failure('Unable to find valid user wallet.');
  return answer({
    ...{
      tag: 'payRequest',
      callback: `${origin}/lnurlp/${name}/callback`,
      minSendable: MIN_MSAT,
      maxSendable: MAX_MSAT,
    },
    ...{ metadata: metadataOf(name, origin), commentAllowed: COMMENT_CHARACTERS },
  });
}

function callback({ wallet, params, query, origin }: NodeAsk): Response {
  const { name = '' } = params;
  if (!NAMES.includes(name)) return failure('Unable to find valid user wallet.');
  const amount = query.get('amount') ?? '';
  if (!/^\d{1,15}$/.test(amount)) return failure('Missing or invalid amount.');
  if (Number(amount) < MIN_MSAT || Number(amount) > MAX_MSAT) {
    return failure(`Amount must be between ${MIN_MSAT} and ${MAX_MSAT} millisatoshis.`);
  }
  const comment = query.get('comment');
  if ((comment?.length ?? 0) > COMMENT_CHARACTERS) return failure('The comment is too long.');
  const payment = wallet.mint({
    amountMsat: BigInt(amount),
    description: { hash: createHash('sha256').update(metadataOf(name, origin)).digest('hex') },
    expirySeconds: EXPIRY_SECONDS,
    label: comment,
  });
  const verifyUrl = `${origin}/lnurlp/verify/${wallet.hashShown(payment)}`;
  return answer({ pr: payment.bolt11, routes: [], ...(name === VERIFIED ? { verify: verifyUrl } : {}) });
}

function verify({ wallet, params }: NodeAsk): Response {
  const payment = wallet.find(params.hash ?? '');
  if (!payment) return failure('Not found');
  const settled = payment.state === 'settled';
  return answer({ status: 'OK', settled, preimage: settled ? payment.preimage : null, pr: payment.bolt11 });
}

function metadataOf(name: string, origin: string): string {
  const address = `${name}@${new URL(origin).host}`;
  return JSON.stringify([
    ['text/plain', `Payment to ${address}`],
    ['text/identifier', address],
  ]);
}

const answer = (body: unknown) => Response.json(body, { headers: { 'access-control-allow-origin': '*' } });
const failure = (reason: string) => answer({ status: 'ERROR', reason });
