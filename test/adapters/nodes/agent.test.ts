// A merchant's machine pays payouts over real Lightning, from a node that SatLane has no credential of. The program is killed, its node
// and its SatLane break off: each payout is paid once, and SatLane gets to know it. agent.long.test.ts has the other kinds of nodes.

import { describe, expect, it } from 'vitest';
import { Program } from '../../cli/support.ts';
import { API_KEY, agentStory, agentWorld, CLI } from './agent-story.ts';

const at = agentWorld();
const { start, payments, server } = at;

agentStory(['phoenixd'], at);

it('says the result until SatLane has heard it, and asks again for a lease whose answer was lost', async () => {
  const sent = payments('lnd');
  const payout = await at.satlane.owe(6_001);
  const lost = new Set<string>();
  at.satlane.after = (path) => (lost.size < lost.add(path).size ? 'break' : undefined);
  const program = start('lnd', '--once');
  expect(await program.end(null)).toBe(0);
  expect(lost.size).toBe(2);
  expect(program.output.match(/Connected again/g)).toHaveLength(2);
  expect(await at.satlane.read(payout)).toMatchObject({ state: 'settled', attempts: { length: 1 } });
  expect(sent()).toBe(1);
});

it('two agents of one node pay ten payouts once each', async () => {
  const sent = payments('lnd');
  const payouts = await Promise.all(Array.from({ length: 10 }, (_, n) => at.satlane.owe(7_001 + n)));
  const agents = [start('lnd', '--once'), start('lnd', '--once')];
  expect(await Promise.all(agents.map((agent) => agent.end(null)))).toEqual([0, 0]);
  for (const payout of payouts)
    expect(await at.satlane.read(payout)).toMatchObject({ state: 'settled', attempts: { length: 1 } });
  expect(sent()).toBe(10);
});

it('pays no more than --max-sats', async () => {
  const sent = payments('phoenixd');
  const payout = await at.satlane.owe(8_001);
  const program = start('phoenixd', '--max-sats', '8000');
  await program.says('This is more than --max-sats 8000');
  expect([sent(), await at.satlane.read(payout)]).toMatchObject([0, { state: 'queued' }]);
  expect(await program.end()).toBe(0);
  expect(program.output.endsWith('Stopped.\n')).toBe(true);
});

describe('What it needs it says in words:', () => {
  it.each<[string[], Record<string, string>, string, number]>([
    [[], {}, '--node KIND is needed', 2],
    [['--node', 'phoenixd', '--api-key', 'sl_live_0123456789abcdef'], {}, 'payouts takes no --api-key', 2],
    [['--node', 'eclair'], {}, '--node is one of phoenixd, lnd, clnrest, lnbits, nwc', 1],
    [['--node', 'lnd'], { SATLANE_NODE_SECRET: '' }, 'put a macaroon that may pay', 1],
    [['--node', 'phoenixd', '--node-url', 'http://node.example.com'], {}, '--node-url must start with https://', 1],
    [['--node', 'phoenixd'], { SATLANE_API_KEY: 'sl_test_0123456789abcdef' }, 'in test mode nothing is sent', 1],
    [['--node', 'nwc'], { SATLANE_NODE_SECRET: 'nostr+walletconnect://short' }, 'Paste the whole link', 1],
    [['--node', 'phoenixd', '--node-secret-file', '/no/such/file'], {}, '/no/such/file cannot be read: ENOENT', 1],
  ])('%j %j', async (args, env, said, code) => {
    const all = { SATLANE_API: at.satlane.url, SATLANE_API_KEY: API_KEY, SATLANE_NODE_SECRET: 'secret', ...env };
    const program = new Program([process.execPath, CLI, 'payouts', ...args], all);
    at.programs.push(program);
    expect(await program.end(null)).toBe(code);
    expect(program.output).toContain(said);
  });

  it('a secret that may not pay', async () => {
    const [, url = ''] = /server=([^;]+);/.exec(server('phoenixd').payConnection ?? '') ?? [];
    const env = { SATLANE_API: at.satlane.url, SATLANE_API_KEY: API_KEY, SATLANE_NODE_SECRET: 'wrong password' };
    const program = new Program([process.execPath, CLI, 'payouts', '--node', 'phoenixd', '--node-url', url], env);
    at.programs.push(program);
    expect(await program.end(null)).toBe(1);
    expect(program.output).toContain('Use "http-password" of phoenix.conf');
  });
});
