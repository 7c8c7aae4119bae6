// A merchant takes a Lightning address by forms alone, prints its code, settles its limits, switches it off and removes it.

import { describe, expect, it } from 'vitest';
import { readLnurl } from '../../../src/core/lightning/lnurl.ts';
import { openMember } from '../../support/furnish.ts';
import { scanned } from '../../support/qr.ts';
import { follow, get, openOwner, post, wordsOf } from './visitor.ts';

const fresh = () => `shop-${crypto.randomUUID().slice(0, 13)}`;
const TERMS = { min_sats: '10', max_sats: '5000', comment_length: '0', success_message: 'Thank you' };

async function openShop() {
  const owner = await openOwner();
  return { owner, path: `${owner.home}/lightning-addresses` };
}

describe('The page of Lightning addresses', () => {
  it('adds one, shows its codes, changes it, switches it off, and removes it', async () => {
    const { owner, path } = await openShop();
    const name = fresh();
    expect(wordsOf((await get(owner, path)).html)).toContain('No Lightning addresses yet');
    const made = await follow(owner, path, { ...TERMS, name: ` ${name.toUpperCase()} ` });
    expect(made.path.split('?')[0]).toBe(`${path}/${name}`);
    expect(wordsOf(made.html)).toContain('Lightning address added');
    expect(made.html).toMatch(/<svg class="qr"/);
    expect(made.html).toMatch(/data-copy="LNURL1[0-9A-Z]+"/);
    expect(made.html).toContain('value="5000"');

    const at = `${path}/${name}`;
    await follow(owner, at, { ...TERMS, max_sats: "6'000", success_message: '' });
    const changed = (await get(owner, at)).html;
    expect(changed).toContain('value="6000"');
    expect(changed).not.toContain('Thank you');
    expect(wordsOf((await follow(owner, `${at}/enabled`, { enabled: 'off' })).html)).toContain('Off');
    expect(wordsOf((await get(owner, path)).html)).toMatch(new RegExp(`${name}@\\S+ Off 10 sats to 6,000 sats`));
    expect(wordsOf((await follow(owner, `${at}/remove`)).html)).toContain('Lightning address removed');
    expect((await get(owner, at)).status).toBe(404);
  });

  it.each([
    ['name', { name: 'admin' }],
    ['name', { name: '' }],
    ['min_sats', { min_sats: 'ten' }],
    ['min_sats', { min_sats: '6000' }],
    ['max_sats', { max_sats: '1e9' }],
    ['comment_length', { comment_length: '-1' }],
    ['comment_length', { comment_length: 'many' }],
  ])('says at %s what is wrong with %j', async (field, wrong) => {
    const { owner, path } = await openShop();
    const page = await post(owner, path, { ...TERMS, name: fresh(), ...wrong });
    expect(page.status).toBe(400);
    expect(page.html).toContain(`id="${field}-error"`);
    expect(page.html).not.toMatch(/NaN|Invalid input/);
  });

  it('shows a viewer the codes, and no form', async () => {
    const { owner, path } = await openShop();
    const name = fresh();
    await follow(owner, path, { ...TERMS, name });
    const viewer = await openMember(owner.accountId, 'viewer');
    const page = (await get(viewer, `${path}/${name}`)).html;
    expect(page).toMatch(/<svg class="qr"/);
    expect(page).not.toMatch(/<form[^>]*lightning-addresses/);
    expect((await post(viewer, `${path}/${name}/remove`)).status).toBe(403);
  });

  it('gives the codes as files that draw by themselves', async () => {
    const { owner, path } = await openShop();
    const name = fresh();
    await follow(owner, path, { ...TERMS, name });
    const page = (await get(owner, `${path}/${name}`)).html;
    const shown = (id: string) => page.match(new RegExp(`id="${id}"[^]*?data-copy="([^"]+)"`))?.[1];
    const url = `https://pay.test/.well-known/lnurlp/${name}`;
    expect(readLnurl(scanned(page) ?? '')).toBe(url);
    for (const [file = '', as = '', id = ''] of [
      ['lnurl.svg', `${name}-lnurl.svg`, 'lnurl'],
      ['link.svg', `${name}-lnurlp.svg`, 'link'],
    ]) {
      const answer = await owner.request('GET', `${path}/${name}/${file}`);
      expect(answer.headers.get('content-type')).toBe('image/svg+xml');
      expect(answer.headers.get('content-disposition')).toContain(as);
      const drawn = await answer.text();
      expect(drawn).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" .*<path d="M/);
      expect(scanned(drawn)).toBe(shown(id));
      expect(readLnurl(scanned(drawn) ?? '')).toBe(url);
    }
    expect((await owner.request('GET', `${path}/${name}/other.svg`)).status).toBe(404);
  });
});
