// A merchant whose receiver has been dead for three days gets a mail, and so learns that the shop receives no events.

import { describe, expect, it } from 'vitest';
import type { Mail } from '../../../src/adapters/mail/mailer.ts';
import { sweepDeliveries } from '../../../src/jobs/deliver/dispatch.ts';
import { depsFor } from '../../../src/wiring.ts';
import { freshKey } from '../../support/keys.ts';
import { bindings, startReceiver } from '../../support/merchant.ts';
import { expectStatus, openPerson } from '../../support/person.ts';
import { sendersHere } from '../../support/senders.ts';

describe('The mail about an endpoint that was switched off', () => {
  it('goes to the owners alone, once', async () => {
    const owner = await openPerson({ name: 'Ada' });
    const receiver = await startReceiver();
    await receiver.answerWith(Array.from({ length: 9 }, () => ({ status: 500 })));
    const { body } = await expectStatus(
      201,
      owner.ask<{ store: { id: string } }>('POST', '/v1/stores', { name: 'Corner Shop' }),
    );
    const path = `/v1/stores/${body.store.id}`;
    await expectStatus(201, owner.ask('POST', `${path}/wallets`, { text: freshKey() }));
    await expectStatus(201, owner.ask('POST', `${path}/webhooks`, { url: receiver.url }));
    await bindings.DB.prepare(
      "INSERT INTO members (account_id, user_id, role, created_at) SELECT ?, id, 'viewer', 1 FROM users WHERE id != ? LIMIT 1",
    )
      .bind(owner.accountId, owner.id)
      .run();

    const mails: Mail[] = [];
    const background: Promise<unknown>[] = [];
    const ctx = { waitUntil: (work: Promise<unknown>) => background.push(work) };
    const mailer = { send: async (mail: Mail) => void mails.push(mail) };
    await expectStatus(201, owner.ask('POST', `${path}/test-invoice`));
    for (const hours of [72, 74]) {
      const now = () => owner.clock.ms + hours * 3_600_000;
      await sweepDeliveries({ ...depsFor(bindings, ctx, { now, mailer }).dispatcher, senders: sendersHere() });
      while (background.length > 0) await Promise.all(background.splice(0));
    }
    expect(mails.map(({ to, subject }) => [to, subject])).toEqual([
      [owner.email, 'Webhook endpoint of Corner Shop switched off'],
    ]);
    expect(mails[0]?.text).toMatch(/^127\.0\.0\.1:\d+ has accepted no webhook of Corner Shop for 72 hours\./);
    expect(mails[0]?.text).toContain(`https://pay.test/stores/${body.store.id}/webhooks/`);
    expect(mails[0]?.unsubscribeUrl).toContain('https://pay.test/unsubscribe?token=endpoint.');
  });
});
