// The chain desk signs for the merchant of the local world, and for no other wallet.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { acceptUpload } from '../../../src/core/psbt/accept.ts';
import { parseWallet } from '../../../src/core/wallet/wallet.ts';
import { merchantKey } from '../../../src/dev/chain/merchant-wallet.ts';
import { type ChainServer, startChain } from '../../../src/dev/chain/server.ts';
import { batchOf, walletOf } from '../../core/psbt/support.ts';

const SEED = '2a'.repeat(32);
const servers: ChainServer[] = [];
beforeAll(async () => {
  for (const merchantSeed of [SEED, undefined])
    servers.push(await startChain({ controlPort: 0, viewPorts: [], merchantSeed }));
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

async function sign(psbt: string, server = servers[0]) {
  const response = await fetch(`${server?.control}/control/sign`, { method: 'POST', body: JSON.stringify({ psbt }) });
  return { status: response.status, body: (await response.json()) as { psbt: string; txid: string; error: string } };
}

it('signs all coins of the wallet whose key SatLane was given', async () => {
  const wallet = walletOf('p2wpkh', 0x2a);
  expect(parseWallet(merchantKey(SEED), { network: 'regtest' }).descriptor).toBe(wallet.descriptor);
  const { psbt, plan } = batchOf(wallet, [50_000, 60_000], [80_000]);
  const signed = await sign(psbt);
  expect(signed.status).toBe(200);
  expect(acceptUpload(signed.body.psbt, plan, wallet.scriptAt).complete?.txid).toBe(signed.body.txid);
});

it.each([
  ['a stranger’s coins', batchOf(walletOf('p2wpkh', 8), [50_000], [20_000]).psbt, 'psbt: it spends no coin of the'],
  ['no PSBT', 'signed, sealed', 'psbt: expected a PSBT in base64'],
])('refuses %s', async (_, psbt, words) => {
  const refused = await sign(psbt);
  expect([refused.status, refused.body.error]).toEqual([400, expect.stringContaining(words)]);
});

it('says what to do in a world that an earlier version made', async () => {
  const refused = await sign('cHNidP8=', servers[1]);
  expect([refused.status, refused.body.error]).toEqual([400, expect.stringContaining('start it with --reset')]);
});
