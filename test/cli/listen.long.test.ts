// A developer runs `satlane listen` and sees on their own machine what a deployment would send: every event, once, in order,
// signed, through failures of the network. The program is the one that is published.

import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifySignature } from '../../src/adapters/webhooks/signature.ts';
import { type Installed, installPackage, nodes } from '../support/node/package.ts';
import { API_KEY, FakeSatLane, type Merchant, openMerchant, Program } from './support.ts';

let installed: Installed;
let satlane: FakeSatLane;
let merchant: Merchant;
let programs: Program[];

beforeAll(() => {
  installed = installPackage();
}, 120_000);
afterAll(() => installed?.remove());

beforeEach(async () => {
  programs = [];
  satlane = new FakeSatLane();
  await satlane.up();
  merchant = await openMerchant();
});
afterEach(async () => {
  await Promise.all(programs.map((program) => program.end('SIGKILL')));
  for (const { output } of programs) expect(output).not.toContain('HUSH');
  await satlane.down();
  await merchant.close();
});

function run(args: string[], node = process.execPath, env: Record<string, string> = {}): Program {
  const cli = join(installed.project, 'node_modules/satlane/cli.js');
  const program = new Program([node, cli, ...args], { SATLANE_API: satlane.url, SATLANE_API_KEY: API_KEY, ...env });
  programs.push(program);
  return program;
}

/** Started, and past the point from which nothing is missed. */
async function listen(...args: string[]): Promise<Program> {
  const program = run(['listen', '--forward-to', merchant.url, ...args]);
  await program.says('Ctrl-C ends it');
  return program;
}

const secretOf = (program: Program) => /Webhook secret: (whsec_\S+)/.exec(program.output)?.[1] ?? '';
const typesTold = () => merchant.deliveries.map(({ headers }) => headers['x-satlane-event-type']);
const sequencesTold = () =>
  merchant.deliveries.map(({ headers }) => Number(headers['x-satlane-event-id']?.split('_')[2]));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('satlane listen', () => {
  it.each(nodes())('brings events as webhooks come, signed by the secret that it shows, in $name', async ({ path }) => {
    satlane.happen('invoice.created');
    const program = run(['listen', '--forward-to', merchant.url], path);
    await program.says('Ctrl-C ends it');
    satlane.happen('invoice.payment_seen');
    await program.says('2  invoice.payment_seen');
    satlane.happen('invoice.paid');
    await program.says(/3 {2}invoice\.paid {2}evt_22872e1442164c788fe1088ea649f3c2_3 {2}200 {2}\d+ ms\n/);

    expect(sequencesTold()).toEqual([2, 3]);
    const secret = secretOf(program);
    for (const [index, { headers, body }] of merchant.deliveries.entries()) {
      const entry = satlane.log[index + 1];
      verifySignature(body, headers['x-satlane-signature'], { secrets: [secret] });
      expect(() => verifySignature(body, headers['x-satlane-signature'], { secrets: ['x'] })).toThrow('mismatch');
      expect(headers).toMatchObject({
        'content-type': 'application/json',
        'user-agent': 'SatLane-Webhook/1.0',
        'x-satlane-event-id': entry?.id,
        'x-satlane-event-type': entry?.type,
        'webhook-id': entry?.id,
        'webhook-timestamp': /^t=(\d+),/.exec(headers['x-satlane-signature'] ?? '')?.[1],
        'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
      });
      expect(headers).not.toHaveProperty('authorization');
      expect(body).toBe(
        JSON.stringify({
          event_id: entry?.id,
          event_type: entry?.type,
          created_at: entry?.created_at,
          livemode: entry?.livemode,
          data: entry?.data,
        }),
      );
    }
    for (const { authorization } of satlane.requests) expect(authorization).toBe(`Bearer ${API_KEY}`);
    expect(await program.end()).toBe(0);
    expect(program.output.endsWith('Stopped. To go on from here: --since 3\n')).toBe(true);
  });

  it('runs by its name too, as npx starts it', async () => {
    const program = new Program([join(installed.project, 'node_modules/.bin/satlane'), '--help'], {});
    programs.push(program);
    expect(await program.end(null)).toBe(0);
    expect(program.output).toContain('satlane listen --forward-to URL');
  });

  it.each<[string[], number[]]>([
    [[], []],
    [['--since', 'now'], []],
    [
      ['--since', 'start'],
      [1, 2, 3],
    ],
    [
      ['--since', '0'],
      [1, 2, 3],
    ],
    [['--since', '2'], [3]],
    [['--since', '3'], []],
  ])('begins at the given event: %s', async (args, earlier) => {
    satlane.happen('invoice.created', 'invoice.payment_seen', 'invoice.paid');
    const program = await listen(...args);
    satlane.happen('invoice.created');
    await program.says('4  invoice.created');
    expect(sequencesTold()).toEqual([...earlier, 4]);
  });

  it('brings hundreds in order, page by page', async () => {
    satlane.happen(...upTo(250).map(() => 'invoice.created'));
    const program = await listen('--since', 'start');
    await program.says('250  invoice.created');
    expect(sequencesTold()).toEqual(upTo(250));
  });

  it('brings only the types that are asked for, and goes on behind the others', async () => {
    const program = await listen('--events', 'invoice.paid,invoice.expired');
    satlane.happen('invoice.created', 'invoice.paid', 'invoice.created', 'invoice.expired');
    await program.says('4  invoice.expired');
    satlane.happen('invoice.created');
    expect(typesTold()).toEqual(['invoice.paid', 'invoice.expired']);
    expect(satlane.requests.filter(({ query }) => 'wait' in query)[0]?.query).toMatchObject({
      type: 'invoice.paid,invoice.expired',
      limit: '100',
      wait: '25',
    });
  });

  it('signs with the secret that it is given, and does not show it', async () => {
    const program = await listen('--secret', 'whsec_b3Vycw==');
    satlane.happen('invoice.created');
    await program.says('1  invoice.created');
    const [delivery] = merchant.deliveries;
    verifySignature(delivery?.body ?? '', delivery?.headers['x-satlane-signature'], { secrets: ['whsec_b3Vycw=='] });
    expect(program.output).not.toContain('whsec_');
  });

  it('makes another secret each time', async () => {
    const [one, two] = [await listen(), await listen()];
    expect(secretOf(one)).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(secretOf(one)).not.toBe(secretOf(two));
  });

  it('shows what a server answers that fails, and goes on', async () => {
    merchant.answers.push(
      { status: 500 },
      'hang_up',
      { status: 302, headers: { location: merchant.url } },
      { status: 404 },
    );
    const program = await listen();
    satlane.happen(...upTo(5).map(() => 'invoice.created'));
    await program.says('5  invoice.created');
    const lines = program.output.split('\n').filter((line) => /^\d/.test(line));
    expect(lines.map((line) => line.split('  ').slice(3, -1).join())).toEqual([
      '500',
      expect.stringMatching(/^not delivered: /),
      '302',
      '404',
      '200',
    ]);
    expect(sequencesTold()).toEqual(upTo(5));
  });

  it('goes on when no server is there, too', async () => {
    const { url } = merchant;
    await merchant.close();
    const program = run(['listen', '--forward-to', url]);
    await program.says('Ctrl-C ends it');
    satlane.happen('invoice.created');
    await program.says('not delivered: ECONNREFUSED');
    merchant = await openMerchant();
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends cleanly by %s', async (signal) => {
    const program = await listen('--since', '7');
    expect(await program.end(signal)).toBe(0);
    expect(program.output).toContain('--since 7\n');
  });
});

describe('When the network breaks, satlane listen', () => {
  it('goes on where it was once SatLane is back, and brings what happened meanwhile, once', async () => {
    const program = await listen();
    satlane.happen('invoice.created');
    await program.says('1  invoice.created');
    await satlane.down();
    await program.says('No connection: ECONNREFUSED. Again in');
    satlane.happen('invoice.payment_seen', 'invoice.paid');
    await satlane.up();
    await program.says('Connected again.');
    await program.says('3  invoice.paid');
    satlane.happen('invoice.created');
    await program.says('4  invoice.created');
    expect(sequencesTold()).toEqual([1, 2, 3, 4]);
  });

  it('misses nothing even where it was never connected: now is when it first asked with success', async () => {
    await satlane.down();
    const program = run(['listen', '--forward-to', merchant.url]);
    await program.says('No connection', 2);
    expect(program.output).not.toContain('Ctrl-C ends it');
    await satlane.up();
    await program.says('Ctrl-C ends it');
    satlane.happen('invoice.created');
    await program.says('1  invoice.created');
  });

  it.each<[string, Parameters<FakeSatLane['faults']['push']>[0], string]>([
    ['a connection that is cut', 'hang_up', 'No connection: '],
    [
      'a 503',
      { status: 503, body: '{"error":{"code":"database_unavailable","message":"m","request_id":"r"}}' },
      'database_un',
    ],
    ['a 502 of a proxy', { status: 502, body: '<html>' }, 'HTTP 502'],
    ['an answer that is not JSON', { status: 200, body: '<html>' }, 'not JSON'],
    ['an answer that is something else', { status: 200, body: '{}' }, 'no log'],
    ['a 429', { status: 429, headers: { 'retry-after': '1' }, body: '{}' }, 'Again in 1.0 s'],
  ])('survives %s', async (_, fault, said) => {
    satlane.faults.push(fault, fault);
    const program = run(['listen', '--forward-to', merchant.url]);
    await program.says('Ctrl-C ends it');
    expect(program.output).toContain(said);
    expect(program.output.match(/No connection/g)).toHaveLength(2);
    satlane.happen('invoice.created');
    await program.says('1  invoice.created');
    expect(sequencesTold()).toEqual([1]);
  });

  it('waits longer each time', async () => {
    satlane.faults.push(...upTo(4).map(() => 'hang_up' as const));
    const program = run(['listen', '--forward-to', merchant.url]);
    await program.says('Ctrl-C ends it');
    const waits = [...program.output.matchAll(/Again in ([\d.]+) s/g)].map(([, seconds]) => Number(seconds));
    expect(waits).toHaveLength(4);
    for (const [index, seconds] of waits.entries())
      expect(Math.abs(seconds / (0.25 * 2 ** index) - 1)).toBeLessThan(0.45);
  });

  it('does not hurry where the server allows no waiting', async () => {
    satlane.canWait = false;
    const startedMs = performance.now();
    const fourth = new Promise<void>((resolve) => {
      satlane.onRequest = () => satlane.requests.length >= 4 && resolve();
    });
    const program = await listen();
    await fourth;
    expect(performance.now() - startedMs).toBeGreaterThan(1_500);
    expect(await program.end()).toBe(0);
  });
});

describe('satlane listen ends immediately, and says why, when', () => {
  const refused = { error: { code: 'api_key_revoked', message: `Not ${API_KEY} again.`, request_id: 'req-1' } };

  it('the key is refused; even an answer that repeats the key does not show it', async () => {
    satlane.faults.push({ status: 401, body: JSON.stringify(refused) });
    const program = run(['listen', '--forward-to', merchant.url]);
    expect(await program.end(null)).toBe(1);
    expect(program.output).toContain('api_key_revoked: Not sl_test_… again. (request req-1)');
  });

  it('SatLane points elsewhere: the key goes nowhere else', async () => {
    satlane.faults.push({ status: 307, headers: { location: merchant.url } });
    const program = run(['listen', '--forward-to', merchant.url]);
    expect(await program.end(null)).toBe(1);
    expect(program.output).toContain('HTTP 307');
    expect(merchant.deliveries).toEqual([]);
  });

  it.each<[string, string[], Record<string, string>, number, string]>([
    ['no key is there', [], { SATLANE_API_KEY: '' }, 1, 'which API key?'],
    ['the key is none', [], { SATLANE_API_KEY: 'HUSH' }, 1, 'not an API key'],
    ['the key has a line break', [], { SATLANE_API_KEY: `${API_KEY}\n` }, 1, 'not an API key'],
    ['no SatLane is named', [], { SATLANE_API: '' }, 1, 'which SatLane?'],
    ['its address is none', ['--api', 'satlane'], {}, 1, 'not a URL'],
    ['the key would travel in the clear', ['--api', 'http://pay.example.com'], {}, 1, 'must start with https://'],
    ['the key stands in a wrong place', [API_KEY], {}, 2, 'takes options only'],
    ['an option is unknown', ['--forward', 'x'], {}, 2, "Unknown option '--forward'"],
    ['an option belongs to trigger', ['--invoice', 'x'], {}, 2, 'belongs to another command'],
    ['the place to begin is none', ['--since', 'yesterday'], {}, 2, '--since is now'],
    ['the secret is empty', ['--secret', ''], {}, 2, 'must not be empty'],
    ['the server’s address is none', ['--forward-to', 'localhost'], {}, 2, '--forward-to URL is needed'],
    ['the server’s address is no web address', ['--forward-to', 'ftp://x'], {}, 2, 'must start with http'],
    ['the server’s address has a password', ['--forward-to', 'http://a:HUSH@x'], {}, 2, 'must not contain a user'],
  ])('%s', async (_, args, env, code, said) => {
    const program = run(['listen', '--forward-to', merchant.url, ...args], process.execPath, env);
    expect(await program.end(null)).toBe(code);
    expect(program.output).toContain(said);
    expect(satlane.requests).toEqual([]);
  });

  it.each([[[]], [['constructor']], [['--forward-to', 'http://x']]])('it is no command: %s', async (args) => {
    const program = run(args);
    expect(await program.end(null)).toBe(2);
    expect(program.output).toContain('satlane listen --forward-to URL');
  });
});

describe('satlane trigger', () => {
  const ID = '22872e14-4216-4c78-8fe1-088ea649f3c2';

  it.each(nodes())('simulates an event and says what became of the invoice, in $name', async ({ path }) => {
    satlane.faults.push({ status: 200, body: '{"invoice":{"status":"underpaid"}}' });
    const program = run(['trigger', 'invoice.underpaid', '--invoice', ID, '--amount-sats', '5000'], path);
    expect(await program.end(null)).toBe(0);
    expect(program.output).toBe('invoice.underpaid: the invoice is underpaid\n');
    expect(satlane.requests).toMatchObject([
      {
        method: 'POST',
        path: `/v1/invoices/${ID}/simulate`,
        body: '{"event_type":"invoice.underpaid","amount_sats":"5000"}',
      },
    ]);
  });

  it('says what SatLane refused, and tries nothing twice', async () => {
    const error = { code: 'simulation_not_possible', message: 'It cannot follow.', request_id: 'req-2' };
    satlane.faults.push({ status: 409, body: JSON.stringify({ error }) }, { status: 503 });
    const refused = run(['trigger', 'invoice.paid', '--invoice', ID]);
    expect(await refused.end(null)).toBe(1);
    expect(refused.output).toBe('satlane: simulation_not_possible: It cannot follow. (request req-2)\n');
    expect(await run(['trigger', 'invoice.paid', '--invoice', ID]).end(null)).toBe(1);
    expect(satlane.requests).toHaveLength(2);
  });

  it.each([[['invoice.paid']], [['--invoice', ID]], [['a', 'b', '--invoice', ID]]])('needs both: %s', async (args) => {
    expect(await run(['trigger', ...args]).end(null)).toBe(2);
    expect(satlane.requests).toEqual([]);
  });
});
