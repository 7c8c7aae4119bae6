// LNURL in the spellings that wallets and merchants use for it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressOfUrl,
  lnurlOf,
  readAddress,
  readLnurl,
  schemeLink,
  urlOfAddress,
} from '../../../src/core/lightning/lnurl.ts';

/** LUD-01's own example. */
const URL_01 = 'https://service.com/api?q=3fc3645b439ce8e7f2553a69e5267081d96dcd340693afabe04be7b0ccd178df';
const LNURL_01 =
  'LNURL1DP68GURN8GHJ7UM9WFMXJCM99E3K7MF0V9CXJ0M385EKVCENXC6R2C35XVUKXEFCV5MKVV34X5EKZD3EV56NYD3HXQURZEPEXEJXXEPNXSCRVWFNV9NXZCN9XQ6XYEFHVGCXXCMYXYMNSERXFQ5FNS';

describe('LUD-01', () => {
  it('writes and reads the example of the specification', () => {
    expect(lnurlOf(URL_01)).toBe(LNURL_01.toLowerCase());
    for (const text of [
      LNURL_01,
      LNURL_01.toLowerCase(),
      `lightning:${LNURL_01}`,
      `LIGHTNING:${LNURL_01}`,
      `https://service.com/giftcard/redeem?id=123&lightning=${LNURL_01}`,
    ])
      expect(readLnurl(text)).toBe(URL_01);
  });

  it('gives back every URL', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), (text) => {
        const { href } = new URL(text);
        expect(readLnurl(lnurlOf(href))).toBe(href);
        expect(readLnurl(lnurlOf(href).toUpperCase())).toBe(href);
      }),
    );
  });

  it.each([
    '',
    'lnurl1',
    LNURL_01.slice(0, -1),
    `${LNURL_01.slice(0, 5)}${LNURL_01.slice(5).toLowerCase()}`,
    'https://service.com/giftcard',
    'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu',
    lnurlOf('javascript:alert(1)'),
    lnurlOf('no url'),
  ])('reads nothing from %j', (text) => {
    expect(readLnurl(text)).toBeNull();
  });
});

describe('LUD-17', () => {
  it('reads and writes links with a scheme of their own', () => {
    expect(readLnurl('lnurlp://service.com/pay/7?a=b')).toBe('https://service.com/pay/7?a=b');
    expect(readLnurl('LNURLW://service.com/withdraw')).toBe('https://service.com/withdraw');
    expect(readLnurl('lnurlp://localhost:8787/pay')).toBe('http://localhost:8787/pay');
    expect(schemeLink('https://service.com/pay/7?u=https://x.example', 'lnurlp')).toBe(
      'lnurlp://service.com/pay/7?u=https://x.example',
    );
    expect(schemeLink('http://localhost:8787/w', 'lnurlw')).toBe('lnurlw://localhost:8787/w');
  });
});

describe('LUD-16', () => {
  it.each([
    ['shop@pay.example', 'shop@pay.example', 'https://pay.example/.well-known/lnurlp/shop'],
    ['Shop@Pay.Example', 'shop@pay.example', 'https://pay.example/.well-known/lnurlp/shop'],
    ['lightning:shop@pay.example', 'shop@pay.example', 'https://pay.example/.well-known/lnurlp/shop'],
    ['₿shop@pay.example', 'shop@pay.example', 'https://pay.example/.well-known/lnurlp/shop'],
    ['a.b-c_d+tip@pay.example', 'a.b-c_d+tip@pay.example', 'https://pay.example/.well-known/lnurlp/a.b-c_d+tip'],
    ['shop@pay.example:8443', 'shop@pay.example:8443', 'https://pay.example:8443/.well-known/lnurlp/shop'],
    ['shop@bücher.example', 'shop@xn--bcher-kva.example', 'https://xn--bcher-kva.example/.well-known/lnurlp/shop'],
    ['shop@127.0.0.1:8080', 'shop@127.0.0.1:8080', 'http://127.0.0.1:8080/.well-known/lnurlp/shop'],
    ['shop@localhost', 'shop@localhost', 'http://localhost/.well-known/lnurlp/shop'],
  ])('%s', (text, address, url) => {
    expect(readAddress(text)).toBe(address);
    expect(urlOfAddress(address)).toBe(url);
    expect(addressOfUrl(url)).toBe(address);
  });

  it.each([
    '',
    'shop',
    '@pay.example',
    'shop@',
    'a b@pay.example',
    'a@b@pay.example',
    'shop@pay.example/x',
    'shop@pay.example?x=1',
    'shöp@pay.example',
    `${'a'.repeat(65)}@pay.example`,
  ])('is not %j', (text) => {
    expect(readAddress(text)).toBeNull();
  });

  it('is not any URL', () => {
    expect(addressOfUrl('https://pay.example/lnurlp/7')).toBeNull();
    expect(addressOfUrl('https://pay.example/.well-known/lnurlp/shop?x=1')).toBeNull();
    expect(addressOfUrl('https://pay.example/.well-known/lnurlp/a/b')).toBeNull();
  });
});
