// `satlane` against the product itself: what it brings is what the deployment's own webhook brought, and a restart of SatLane
// loses nothing.

import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifySignature } from '../../src/adapters/webhooks/signature.ts';
import { type Installed, installPackage } from '../support/node/package.ts';
import { LocalWorld, merchantOf, type World } from '../support/node/world.ts';
import { type Merchant, openMerchant, Program } from './support.ts';

const SECRET = 'whsec_b3Vycw==';

const local = new LocalWorld();
let world: World;
let installed: Installed;
let server: Merchant;
const programs: Program[] = [];

beforeAll(async () => {
  installed = installPackage();
  server = await openMerchant();
  world = await local.start();
}, 180_000);
afterAll(async () => {
  await Promise.all(programs.map((program) => program.end('SIGKILL')));
  await Promise.all([server?.close(), local.dispose(), installed?.remove()]);
});

function satlane(...args: string[]): Program {
  const env = { SATLANE_API: world.api, SATLANE_API_KEY: merchantOf(world, 'test').store.apiKey };
  const program = new Program([process.execPath, join(installed.project, 'node_modules/satlane/cli.js'), ...args], env);
  programs.push(program);
  return program;
}

it('a developer listens, triggers events, and goes on through a restart of SatLane', async () => {
  const merchant = merchantOf(world, 'test');
  const listener = satlane('listen', '--forward-to', server.url, '--secret', SECRET);
  await listener.says('Ctrl-C ends it');
  const { id } = await merchant.create({
    amount: 4.99,
    currency: 'USD',
    order_ref: 'Käse №5',
    metadata: { b: '1', a: '2' },
  });
  const evt = `evt_${id.replaceAll('-', '')}`;
  await listener.says(`invoice.created  ${evt}_1  200`);

  const trigger = satlane('trigger', 'invoice.payment_seen', '--invoice', id);
  expect(await trigger.end(null)).toBe(0);
  expect(trigger.output).toBe('invoice.payment_seen: the invoice is seen\n');
  await listener.says(`invoice.payment_seen  ${evt}_2  200`);

  await local.stop('SIGKILL');
  await listener.says('No connection');
  world = await local.start();
  expect(await satlane('trigger', 'invoice.paid', '--invoice', id).end(null)).toBe(0);
  await listener.says(`invoice.paid  ${evt}_3  200`);

  const again = satlane('trigger', 'invoice.expired', '--invoice', id);
  expect(await again.end(null)).toBe(1);
  expect(again.output).toContain('simulation_not_possible');

  expect(server.deliveries.map(({ headers }) => headers['x-satlane-event-id'])).toEqual(
    [1, 2, 3].map((n) => `${evt}_${n}`),
  );
  for (const { headers, body } of server.deliveries) {
    verifySignature(body, headers['x-satlane-signature'], { secrets: [SECRET] });
    expect(JSON.parse(body)).toMatchObject({
      event_id: headers['x-satlane-event-id'],
      event_type: headers['x-satlane-event-type'],
      livemode: false,
      data: { invoice: { id, order_ref: 'Käse №5', metadata: { b: '1', a: '2' } } },
    });
  }
  expect(await listener.end()).toBe(0);
  for (const { output } of programs) expect(output).not.toContain(merchant.store.apiKey);
}, 240_000);
