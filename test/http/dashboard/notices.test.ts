// What a page announces after a form has the tone of what came of it: a failure is not green.

import { describe, expect, it } from 'vitest';
import { startReceiver } from '../../support/merchant.ts';
import { follow, get, makeInvoice, type Owner, openOwner, post } from './visitor.ts';

/** The notice of a page: its tone, how it is read out, and its words. */
function noticeOf(html: string) {
  const [, tone, role, words = ''] = /class="notice (\w+)" role="(\w+)">(.*?)<\/div>/s.exec(html) ?? [];
  return { tone, role, words: words.replace(/<svg.*?<\/svg>/gs, '').replace(/<[^>]*>/g, '') };
}

async function openEndpoint(owner: Owner) {
  const receiver = await startReceiver();
  await post(owner, `${owner.home}/webhooks`, { url: receiver.url, label: '' });
  const { html } = await get(owner, `${owner.home}/webhooks`);
  const id = /webhooks\/([0-9a-f-]{36})"/.exec(html)?.[1] ?? '';
  return { receiver, path: `${owner.home}/webhooks/${id}` };
}

const GOOD = { tone: 'good', role: 'status' };
const FAILED = { tone: 'stop', role: 'alert' };
const CALM = { tone: 'calm', role: 'status' };

describe('The notice after', () => {
  it('a test event follows what the server answered', async () => {
    const owner = await openOwner();
    const { receiver, path } = await openEndpoint(owner);
    const send = async () => noticeOf((await follow(owner, `${path}/test`, { event_type: 'invoice.paid' })).html);
    expect(await send()).toMatchObject({ ...GOOD, words: 'Your server received the test event.' });
    await receiver.answerWith([{ status: 500 }]);
    expect(await send()).toMatchObject({ ...FAILED, words: expect.stringContaining('did not accept the test event') });
    await receiver.answerWith([{ behaviour: 'hang_up' }]);
    expect(await send()).toMatchObject(FAILED);
  });

  it('an event that is sent again follows what the server answered', async () => {
    const owner = await openOwner();
    const { receiver, path } = await openEndpoint(owner);
    await makeInvoice(owner);
    const delivery = /name="delivery" value="([^"]+)"/.exec((await get(owner, path)).html)?.[1] ?? '';
    const send = async () => noticeOf((await follow(owner, `${path}/redeliver`, { delivery })).html);
    expect(await send()).toMatchObject({ ...GOOD, words: 'Your server received the event.' });
    await receiver.answerWith([{ status: 404 }]);
    expect(await send()).toMatchObject({ ...FAILED, words: expect.stringContaining('did not accept it') });
  });

  it('sending again what failed says where nothing did', async () => {
    const owner = await openOwner();
    const { path } = await openEndpoint(owner);
    const { html } = await follow(owner, `${path}/redeliver-failed`, { days: '1' });
    expect(noticeOf(html)).toMatchObject({ ...CALM, words: expect.stringContaining('Nothing was resent.') });
  });

  it('a recheck of the blockchain says where no explorer answered', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner);
    const { html } = await follow(owner, `${owner.home}/invoices/${id}/rescan`);
    expect(noticeOf(html)).toMatchObject({ ...FAILED, words: 'No explorer answered. Recheck the blockchain later.' });
  });

  it('a success is announced as one', async () => {
    const owner = await openOwner();
    const { html } = await follow(owner, `${owner.home}/go-live`);
    expect(noticeOf(html)).toMatchObject(GOOD);
  });
});
