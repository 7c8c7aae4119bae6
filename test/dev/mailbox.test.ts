// The mailbox of the local world keeps what it is sent and shows it as text.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startMailbox } from '../../src/dev/mailbox.ts';

it('keeps mails between runs, lists them newest first, and shows links but no markup of others', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'mailbox-'));
  const options = { port: 0, host: '127.0.0.1', file: join(dir, 'mailbox.json') };
  const first = await startMailbox(options);
  const post = (mail: unknown) => fetch(`${first.url}/mails`, { method: 'POST', body: JSON.stringify(mail) });
  expect(await (await fetch(first.url)).text()).toContain('No mail yet');
  expect((await post({ to: 'ada@example.com', subject: 'One', text: '<b>bold</b>' })).status).toBe(204);
  const text = 'Follow this:\n\nhttp://localhost:8787/verify-email#token=a.b\n';
  expect((await post({ to: 'Bob@example.com', subject: 'Two', text })).status).toBe(204);
  expect((await post({ to: 'nobody' })).status).toBe(400);
  await first.close();

  const second = await startMailbox(options);
  const list = async (query = '') =>
    ((await (await fetch(`${second.url}/mails${query}`)).json()) as { mails: { subject: string }[] }).mails;
  expect((await list()).map(({ subject }) => subject)).toEqual(['Two', 'One']);
  expect((await list('?to=bob@example.com')).map(({ subject }) => subject)).toEqual(['Two']);
  const page = await (await fetch(second.url)).text();
  expect(page).toContain('<a href="http://localhost:8787/verify-email#token=a.b">');
  expect(page).toContain('&lt;b&gt;bold&lt;/b&gt;');
  expect((await fetch(`${second.url}/else`)).status).toBe(404);
  await second.close();
  await rm(dir, { recursive: true });
});
