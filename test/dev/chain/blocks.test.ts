// The blocks prove themselves: what a suspicious watcher recomputes from raw bytes agrees with the explorer.
import { createHash } from 'node:crypto';
import { Transaction } from '@scure/btc-signer';
import { describe, expect, it } from 'vitest';
import { ask, makeWorld, merchantAddress } from './support.ts';

const sha256d = (bytes: Uint8Array) =>
  createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest();
const shown = (hash: Uint8Array) => Buffer.from(hash).reverse().toString('hex');

/** Written apart from the simulator: cuts a raw block into header and transactions. */
function readBlock(raw: Buffer): { header: Buffer; txs: Transaction[]; rawTxs: Buffer[] } {
  let at = 80;
  const compact = () => {
    const first = raw.readUInt8(at++);
    if (first < 0xfd) return first;
    at += first === 0xfd ? 2 : 4;
    return first === 0xfd ? raw.readUInt16LE(at - 2) : raw.readUInt32LE(at - 4);
  };
  const skip = (count: number) => {
    at += count;
  };
  const rawTxs = Array.from({ length: compact() }, () => {
    const start = at;
    skip(4);
    const isSegwit = raw.readUInt8(at) === 0;
    if (isSegwit) skip(2);
    const inputs = compact();
    for (let i = 0; i < inputs; i++) {
      skip(36);
      skip(compact());
      skip(4);
    }
    const outputs = compact();
    for (let i = 0; i < outputs; i++) {
      skip(8);
      skip(compact());
    }
    for (let i = 0; isSegwit && i < inputs; i++) {
      const items = compact();
      for (let k = 0; k < items; k++) skip(compact());
    }
    skip(4);
    return raw.subarray(start, at);
  });
  expect(at).toBe(raw.length);
  const options = { allowUnknownInputs: true, allowUnknownOutputs: true, disableScriptCheck: true };
  return { header: raw.subarray(0, 80), rawTxs, txs: rawTxs.map((tx) => Transaction.fromRaw(tx, options)) };
}

function merkleRoot(hashes: Buffer[]): Buffer {
  if (hashes.length === 1) return hashes[0] ?? Buffer.alloc(0);
  const even = hashes.length % 2 === 0 ? hashes : [...hashes, hashes.at(-1) ?? Buffer.alloc(0)];
  const level = even
    .filter((_, i) => i % 2 === 0)
    .map((left, i) => sha256d(Buffer.concat([left, even[i * 2 + 1] ?? left])));
  return merkleRoot(level);
}

async function rawBlock(world: ReturnType<typeof makeWorld>, height: number) {
  const hash = (await ask(world, `/block-height/${height}`)).text;
  const raw = await ask(world, `/block/${hash}/raw`);
  expect(raw.type).toBe('application/octet-stream');
  return { hash, ...readBlock(Buffer.from(raw.bytes)) };
}

describe('a block of the simulated chain', () => {
  it('starts from the genesis block every regtest node has', async () => {
    const world = makeWorld();
    const { hash, header } = await rawBlock(world, 0);
    expect(hash).toBe('0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206');
    expect(shown(sha256d(header))).toBe(hash);
    expect((await ask(world, `/block/${hash}`)).json.previousblockhash).toBeNull();
  });

  it('carries its proof of work, its merkle root and the link to its parent in its own bytes', async () => {
    const world = makeWorld();
    for (let n = 1; n <= 6; n++) world.wallet.pay({ address: merchantAddress(n), sats: 10_000 });
    world.chain.mine(2);
    const parents = await Promise.all([1, 2, 119, 120, 121, 122].map((height) => rawBlock(world, height)));
    for (const { hash, header, txs } of parents) {
      expect(shown(sha256d(header))).toBe(hash);
      expect(header.readUInt32LE(72)).toBe(0x207fffff);
      expect(BigInt(`0x${hash}`)).toBeLessThanOrEqual(0x7fffffn << 232n);
      const leaves = txs.map((tx) => Buffer.from(tx.id, 'hex').reverse());
      expect(shown(merkleRoot(leaves))).toBe(shown(header.subarray(36, 68)));
    }
    expect(shown(parents[5]?.header.subarray(4, 36) ?? Buffer.alloc(0))).toBe(parents[4]?.hash);
    expect(parents[4]?.txs.length).toBe(7);
  });

  it('commits to the witnesses and writes its height into the coinbase', async () => {
    const world = makeWorld();
    world.wallet.pay({ address: merchantAddress(), sats: 10_000 });
    world.chain.mine();
    const { rawTxs, txs } = await rawBlock(world, 121);
    const wtxids = [Buffer.alloc(32), ...rawTxs.slice(1).map(sha256d)];
    const commitment = sha256d(Buffer.concat([merkleRoot(wtxids), Buffer.alloc(32)]));
    expect(Buffer.from(txs[0]?.getOutput(1).script ?? []).toString('hex')).toBe(
      `6a24aa21a9ed${commitment.toString('hex')}`,
    );
    expect(Buffer.from(txs[0]?.getInput(0).finalScriptSig ?? []).toString('hex')).toMatch(/^0179/);
  });

  it('tells the same txids as a library that reads the bytes', async () => {
    const world = makeWorld();
    const { txid } = world.wallet.pay({ address: merchantAddress(), sats: 10_000 });
    const raw = (await ask(world, `/tx/${txid}/raw`)).bytes;
    expect(Transaction.fromRaw(raw, { allowUnknownOutputs: true }).id).toBe(txid);
    world.chain.mine();
    const { hash, txs } = await rawBlock(world, 121);
    expect((await ask(world, `/block/${hash}/txids`)).json).toEqual(txs.map((tx) => tx.id));
  });

  it('gives merkle proofs that lead from the payment to the header', async () => {
    const world = makeWorld();
    const paid = [1, 2, 3, 4].map((n) => world.wallet.pay({ address: merchantAddress(n), sats: 10_000 }).txid);
    world.chain.mine();
    const { header } = await rawBlock(world, 121);
    for (const txid of paid) {
      const { block_height, merkle, pos } = (await ask(world, `/tx/${txid}/merkle-proof`)).json;
      expect(block_height).toBe(121);
      let hash: Buffer = Buffer.from(txid, 'hex').reverse();
      merkle.forEach((sibling: string, depth: number) => {
        const other = Buffer.from(sibling, 'hex').reverse();
        hash = sha256d(Buffer.concat((pos >> depth) & 1 ? [other, hash] : [hash, other]));
      });
      expect(shown(hash)).toBe(shown(header.subarray(36, 68)));
    }
  });

  it('keeps its time after the median of the eleven before, even when the clock stands still', async () => {
    const world = makeWorld();
    world.chain.mine(30);
    const times = world.chain.frame().best.map((block) => block.time);
    for (let height = 12; height < times.length; height++) {
      const median = times.slice(height - 11, height).sort((a, b) => a - b)[5] ?? 0;
      expect(times[height]).toBeGreaterThan(median);
    }
  });
});
