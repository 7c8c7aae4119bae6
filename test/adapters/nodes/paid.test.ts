// Each kind over real Lightning: a merchant's node mints, a customer's node pays, and the look-up shows the preimage.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { MintRequest, Node } from '../../../src/adapters/nodes/node.ts';
import { openNode } from '../../../src/adapters/nodes/nodes.ts';
import { readConnectionText } from '../../../src/core/lightning/connection-string.ts';
import { checkMinted } from '../../../src/core/lightning/minted.ts';
import { lightningWorld } from '../../dev/lightning/support.ts';
import { outside } from './server.ts';

const { lever, server } = lightningWorld();
const SERVERS = ['address', 'phoenixd', 'lnd', 'clnrest', 'lnbits', 'nwc'];
const EXPIRY_SECONDS = 900;
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

let minted = 0;
const requestOf = (more: Partial<MintRequest> = {}): MintRequest => ({
  amountMsat: BigInt(++minted) * 1000n,
  description: `Order ${minted} – Käse`,
  expirySeconds: EXPIRY_SECONDS,
  label: `inv_${minted}`,
  hookUrl: null,
  privateHints: true,
  ...more,
});

const open = (name: string): Promise<Node> => {
  const { policy } = outside();
  return openNode(readConnectionText(server(name).connection, policy), outside());
};

async function mint(node: Node, request: MintRequest) {
  const fresh = await node.mint(request);
  const { amountMsat } = request;
  const expirySeconds = node.kind === 'lightning_address' ? null : EXPIRY_SECONDS;
  const terms = { network: 'regtest' as const, amountMsat, description: fresh.description, expirySeconds };
  expect(checkMinted(fresh, terms, Date.now())).toMatchObject({ bolt11: { paymentHash: fresh.paymentHash } });
  return fresh;
}

describe.each(SERVERS)('%s', (name) => {
  test('mints what was asked for, and sees it paid', async () => {
    const node = await open(name);
    const request = requestOf();
    const fresh = await mint(node, request);
    expect(await node.lookup(fresh)).toMatchObject({ state: 'open', receivedMsat: 0n, preimage: null });
    const before = Date.now();
    await lever('pay', { bolt11: fresh.bolt11 });
    const settled = await node.lookup(fresh);
    expect(settled).toMatchObject({ state: 'settled', receivedMsat: request.amountMsat, feeMsat: 0n });
    expect(sha256(Buffer.from(settled.preimage ?? '', 'hex'))).toBe(fresh.paymentHash);
    if (settled.settledAtMs !== null) {
      expect(settled.settledAtMs).toBeGreaterThan(before - 1000);
      expect(settled.settledAtMs).toBeLessThan(Date.now() + 1000);
    }
    node.close();
  });

  test('looks up many together', async () => {
    const node = await open(name);
    const since = Date.now();
    const fresh = [];
    for (let n = 0; n < 6; n++) fresh.push(await mint(node, requestOf()));
    await lever('pay', { bolt11: fresh[2]?.bolt11 });
    const found = await node.lookupMany(fresh, since);
    expect(fresh.map(({ paymentHash }) => found.get(paymentHash)?.state)).toEqual([
      'open',
      'open',
      'settled',
      'open',
      'open',
      'open',
    ]);
    node.close();
  });

  test('does not know a BOLT11 of another node', async () => {
    const node = await open(name);
    const fresh = await mint(node, requestOf());
    const other = 'f'.repeat(64);
    const missing = {
      ...fresh,
      paymentHash: other,
      verifyUrl: fresh.verifyUrl?.replace(fresh.paymentHash, other) ?? null,
    };
    expect(await node.lookup(missing)).toMatchObject({ state: 'missing' });
    node.close();
  });

  test('cancels where it can, once it is open', async () => {
    const node = await open(name);
    const fresh = await mint(node, requestOf());
    await node.cancel(fresh);
    await node.cancel(fresh);
    expect((await node.lookup(fresh)).state).toBe(node.cancels ? 'cancelled' : 'open');
    node.close();
  });
});

test.each(SERVERS.filter((name) => name !== 'address'))('%s mints over the hash of a description', async (name) => {
  const node = await open(name);
  expect(node.descriptionHashes).toBe(true);
  const text = JSON.stringify([
    ['text/plain', 'Käse'],
    ['text/long-desc', 'x'.repeat(700)],
  ]);
  const fresh = await mint(node, requestOf({ description: { hash: sha256(text), text } }));
  expect(fresh.description).toMatchObject({ hash: sha256(text) });
  node.close();
});

test('Core Lightning gives the same BOLT11 for the same label', async () => {
  const node = await open('clnrest');
  const request = requestOf();
  const first = await mint(node, request);
  expect(await mint(node, request)).toEqual(first);
  node.close();
});
