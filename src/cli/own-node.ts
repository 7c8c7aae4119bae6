// The merchant's own node or wallet, as `satlane payouts` opens it: by the same code as SatLane would, from the merchant's network.
// Secrets come from the environment or a file and are on no command line. Called by payouts.ts.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { NodeError } from '../adapters/nodes/node.ts';
import { openPayer } from '../adapters/nodes/nodes.ts';
import type { Payer } from '../adapters/nodes/payer.ts';
import type { Credential } from '../core/lightning/connection.ts';
import { readConnectionText } from '../core/lightning/connection-string.ts';
import { ConnectionTextError } from '../core/lightning/connection-values.ts';
import { serverProblem, type TargetPolicy } from '../core/text/webhook-url.ts';
import { Fatal, Unreachable } from './api.ts';
import { hide } from './say.ts';

/** By `--node`: where such a node listens on the same machine, and what its secret is. */
const KINDS = {
  phoenixd: { url: 'http://127.0.0.1:9740', secret: 'the "http-password" of phoenix.conf' },
  lnd: { url: 'https://127.0.0.1:8080', secret: 'a macaroon that may pay: the file itself, or its hex' },
  clnrest: { url: 'https://127.0.0.1:3010', secret: 'a rune for pay, listpays and getinfo' },
  lnbits: { url: 'http://127.0.0.1:5000', secret: 'the admin key of the wallet' },
  nwc: { url: '', secret: 'the link of a connection that may pay, with a budget: nostr+walletconnect://…' },
} as const;
type Kind = keyof typeof KINDS;

export interface NodeOptions {
  kind: string;
  url: string | undefined;
  secretFile: string | undefined;
}

export interface OwnNode {
  payer: Payer;
  /** Its public key; of one that never says it, a mark of the secret. */
  nodeId: string;
}

const POLICY: TargetPolicy = { targets: 'local', origin: 'http://localhost' };
const NEEDED = 'satlane payouts needs Node 22 or newer';

/** Finds out without a payment whether the secret may pay. @throws Fatal, Unreachable */
export async function openOwnNode(options: NodeOptions): Promise<OwnNode> {
  if (typeof Promise.withResolvers !== 'function' || typeof WebSocket !== 'function') throw new Fatal(NEEDED);
  const { credential, secret } = readCredential(options);
  const outside = { fetch, now: () => Date.now(), policy: POLICY };
  let payer: Payer | undefined;
  try {
    payer = await openPayer(credential, outside);
    await payer.assertMayPay();
    const mark = createHash('sha256').update(secret).digest('hex').slice(0, 32);
    return { payer, nodeId: (await payer.nodeId()) ?? `credential ${mark}` };
  } catch (error) {
    payer?.close();
    if (!(error instanceof NodeError)) throw error;
    if (error.fault === 'unreachable' || error.fault === 'timeout') throw new Unreachable(error.message);
    throw new Fatal(wordsOf(error));
  }
}

/** @throws Fatal */
function readCredential({ kind, url, secretFile }: NodeOptions): { credential: Credential; secret: string } {
  if (!isKind(kind)) throw new Fatal(`--node is one of ${Object.keys(KINDS).join(', ')}`);
  const secret = secretOf(kind, secretFile);
  hide(secret);
  if (kind === 'nwc') return { credential: nwcOf(secret), secret };
  const server = serverOf(url ?? KINDS[kind].url);
  switch (kind) {
    case 'phoenixd':
      return { credential: { kind, server, password: secret }, secret };
    case 'lnd':
      return { credential: { kind, server, macaroon: secret.toLowerCase() }, secret };
    case 'clnrest':
      return { credential: { kind, server, rune: secret }, secret };
    case 'lnbits':
      return { credential: { kind, server, apiKey: secret }, secret };
  }
}

const isKind = (kind: string): kind is Kind => Object.hasOwn(KINDS, kind);

function secretOf(kind: Kind, file: string | undefined): string {
  const text = file === undefined ? process.env.SATLANE_NODE_SECRET?.trim() : readSecret(file, kind === 'lnd');
  if (text) return text;
  throw new Fatal(`put ${KINDS[kind].secret} into SATLANE_NODE_SECRET, or into a file: --node-secret-file PATH`);
}

/** @param mayBeBytes as LND writes macaroons: becomes hex @throws Fatal */
export function readSecret(file: string, mayBeBytes = false): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new Fatal(`${file} cannot be read: ${(error as { code?: string }).code}`);
  }
  const text = bytes.toString('utf8').trim();
  if (text === '') throw new Fatal(`${file} is empty`);
  return mayBeBytes && !/^[\x21-\x7e]+$/.test(text) ? bytes.toString('hex') : text;
}

function nwcOf(uri: string): Credential {
  try {
    const credential = readConnectionText(uri, POLICY);
    if (credential.kind !== 'nwc') throw new Fatal('the secret of nwc begins with nostr+walletconnect://');
    hide(new URLSearchParams(credential.uri.split('?')[1]).get('secret') ?? '');
    return credential;
  } catch (error) {
    throw error instanceof ConnectionTextError ? new Fatal(error.message) : error;
  }
}

/** Without encryption only on this machine and in networks that are not public. @throws Fatal */
function serverOf(text: string): string {
  const problem = serverProblem(text, POLICY);
  if (problem) throw new Fatal(`--node-url ${problem}`);
  const url = new URL(text);
  const isPublic = serverProblem(text.replace(/^http:/i, 'https:'), { ...POLICY, targets: 'public' }) === null;
  if (url.protocol === 'http:' && isPublic)
    throw new Fatal('--node-url must start with https://, or the secret could be read on the way');
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/** Words for the merchant's own machine. */
function wordsOf({ fault, message }: NodeError): string {
  if (fault !== 'certificate') return message;
  return 'the certificate of the node cannot be verified. If it is the node’s own, name its file: NODE_EXTRA_CA_CERTS=…/tls.cert';
}
