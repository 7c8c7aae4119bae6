// Debian's Electrum, which knows nothing of SatLane, signs the PSBTs that we make: for each kind of address that it has, and
// beyond the addresses that it looks at by itself. Skipped where it is not installed.

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptUpload } from '../../../src/core/psbt/accept.ts';
import { buildPsbt } from '../../../src/core/psbt/build.ts';
import { select } from '../../../src/core/psbt/select.ts';
import { inputWeight } from '../../../src/core/psbt/weight.ts';
import { respell, VERSIONS } from '../wallet/support.ts';
import { batchOf, CHANGE, fund, payeesOf, walletOf } from './support.ts';

const run = promisify(execFile);
const hasElectrum = (() => {
  try {
    execFileSync('electrum', ['--offline', 'version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const SPELLED = {
  p2pkh: VERSIONS.private.tprv,
  'p2sh-p2wpkh': VERSIONS.private.uprv,
  p2wpkh: VERSIONS.private.vprv,
} as const;

describe.skipIf(!hasElectrum)('Electrum signs what we make', () => {
  let home = '';
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'electrum-'));
  });
  afterAll(() => rmSync(home, { recursive: true }));

  const electrum = async (...args: string[]) => {
    const { stdout } = await run('electrum', ['-D', home, '--offline', '--regtest', ...args], {
      maxBuffer: 10_000_000,
    });
    return stdout.trim();
  };

  it.each(Object.entries(SPELLED) as [keyof typeof SPELLED, number][])('%s', async (scriptType, version) => {
    const wallet = walletOf(scriptType);
    const file = join(home, scriptType);
    await electrum('restore', respell(wallet.account.privateExtendedKey, version), '-w', file);
    const funds = fund(wallet, [50_000, 60_000, 70_000, 80_000, 90_000], (n) => (n < 3 ? n : 150 * n));
    const plan = select({
      inputWeight: inputWeight(wallet.scriptAt(CHANGE)),
      coins: funds.coins,
      payees: payeesOf([100_000, 90_000, 80_000, 40_000, 1000]),
      change: { script: wallet.scriptAt(CHANGE).script, place: CHANGE },
      satsPerKvb: 7000n,
      maxFeeSats: 1_000_000n,
    });
    expect(plan.inputs).toHaveLength(5);
    const psbt = buildPsbt(plan, wallet.scriptAt, funds.previous);
    const hex = await electrum('signtransaction', psbt, '-w', file);
    const accepted = acceptUpload(hex, plan, wallet.scriptAt);
    // The bytes that Electrum would have broadcast.
    expect(accepted.complete?.hex).toBe(hex);
    const deserialised = JSON.parse(await electrum('deserialize', hex));
    expect(deserialised.outputs.map(({ value_sats }: { value_sats: number }) => value_sats)).toEqual(
      plan.outputs.map(({ valueSats }) => Number(valueSats)),
    );
  });

  it.each([
    ['p2wsh', VERSIONS.private.Vprv, VERSIONS.multisig.Vpub, 2],
    ['p2sh-p2wsh', VERSIONS.private.Uprv, VERSIONS.multisig.Upub, 1],
  ] as const)('%s of three people, one after the other', async (scriptType, secret, open, last) => {
    const wallet = walletOf(scriptType);
    const path = `m/48'/1'/0'/${last}'`;
    const { plan, psbt } = batchOf(wallet, [50_000, 60_000, 70_000], [100_000, 40_000]);
    /** The wallet file of one of them: their own key with its secret, and the public ones of the others. */
    const fileOf = (owner: number) => {
      const keystores = wallet.masters.map((master, at) => {
        const { publicExtendedKey, privateExtendedKey } = master.derive(path);
        const root = master.fingerprint.toString(16).padStart(8, '0');
        const xprv = at === owner ? respell(privateExtendedKey, secret) : null;
        const xpub = respell(publicExtendedKey, open);
        return [
          `x${at + 1}/`,
          { type: 'bip32', pw_hash_version: 1, xpub, xprv, derivation: path, root_fingerprint: root },
        ];
      });
      const file = join(home, `${scriptType}-${owner}`);
      writeFileSync(
        file,
        JSON.stringify({ wallet_type: '2of3', use_encryption: false, ...Object.fromEntries(keystores) }),
      );
      return file;
    };
    const half = await electrum('signtransaction', psbt, '-w', fileOf(2));
    const first = acceptUpload(half, plan, wallet.scriptAt);
    expect(first.complete).toBeNull();
    expect(first.signatures.every((ofInput) => ofInput.map((one) => one !== null).join() === 'false,false,true')).toBe(
      true,
    );
    const second = acceptUpload(
      await electrum('signtransaction', psbt, '-w', fileOf(0)),
      plan,
      wallet.scriptAt,
      first.signatures,
    );
    // As Electrum finishes what it got from the other.
    expect(second.complete?.hex).toBe(await electrum('signtransaction', half, '-w', fileOf(0)));
  });

  it('signs its half of a batch that another wallet has to complete, and we keep it', async () => {
    const wallet = walletOf('p2wpkh', 9);
    const stranger = walletOf('p2wpkh', 10);
    const file = join(home, 'half');
    await electrum('restore', respell(wallet.account.privateExtendedKey, SPELLED.p2wpkh), '-w', file);
    const [own, theirs] = [fund(wallet, [50_000]), fund(stranger, [60_000], () => 3)];
    const foreign = theirs.coins.map((coin) => ({ ...coin, place: { chain: 1 as const, index: 3 } }));
    const scriptAt: typeof wallet.scriptAt = (place) =>
      place.index === 3 ? stranger.scriptAt({ chain: 0, index: 3 }) : wallet.scriptAt(place);
    const plan = select({
      inputWeight: inputWeight(wallet.scriptAt(CHANGE)),
      coins: [...own.coins, ...foreign],
      payees: payeesOf([95_000]),
      change: { script: wallet.scriptAt(CHANGE).script, place: CHANGE },
      satsPerKvb: 2000n,
      maxFeeSats: 100_000n,
    });
    const psbt = buildPsbt(plan, scriptAt, new Map([...own.previous, ...theirs.previous]));
    const half = await electrum('signtransaction', psbt, '-w', file);
    expect(half.startsWith('cHNidP')).toBe(true);
    const accepted = acceptUpload(half, plan, scriptAt);
    expect([accepted.complete, accepted.missing.length]).toEqual([null, 1]);
  });
});
