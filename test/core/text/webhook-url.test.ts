// Where a webhook may go: to a public https server that is not ours. Everything else is refused in words that help the
// merchant who typed it.
import { describe, expect, it, test } from 'vitest';
import { serverProblem, type TargetPolicy, targetProblem } from '../../../src/core/text/webhook-url.ts';

const PUBLIC: TargetPolicy = { targets: 'public', origin: 'https://api.satlane.com' };
const LOCAL: TargetPolicy = { targets: 'local', origin: 'http://localhost:8787' };

const NOT_A_URL = 'is not a URL: enter one such as https://shop.example/page';
const NOT_HTTPS = 'must start with https://';
const NOT_PUBLIC = 'must name a public host';
const AN_ADDRESS = 'must name a host, not an address';
const A_PORT = 'must use port 443 or 8443';
const A_PASSWORD = 'must not contain a user name or password';
const OURSELVES = 'must not be SatLane itself';

/** Hosts that only a machine's own network knows, in every spelling that comes to mind. */
const PRIVATE_HOSTS = [
  'localhost',
  'LOCALHOST',
  'localhost.',
  'ｌｏｃａｌｈｏｓｔ',
  'ⓛocalhost',
  'loc%61lhost',
  'shop.localhost',
  'shop.localhost.',
  'a.b.localhost',
  'shop',
  'shop.',
  'router.local',
  'ROUTER.LOCAL',
  'router.local.',
  'router。local',
  'metadata.google.internal',
  'shop.internal',
  'wiki.intranet',
  'nas.lan',
  'nas.home',
  'nas.home.arpa',
  'mail.corp',
  'shop2tj4nqz3yw5x.onion',
];

/** Addresses, which say nothing about who answers there; many spellings are one address. */
const ADDRESSES = [
  '127.0.0.1',
  '127.0.0.1.',
  '127.1',
  '127.0.1',
  '0',
  '0.0.0.0',
  '2130706433',
  '0x7f000001',
  '0x7F.0.0.1',
  '0177.0.0.1',
  '017700000001',
  '0x7f.1',
  '127。0。0。1',
  '１２７.０.０.１',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '100.64.0.1',
  '255.255.255.255',
  '8.8.8.8',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[fe80::1]',
  '[fd00::1]',
  '[2606:4700:4700::1111]',
];

describe('a webhook may go to', () => {
  test.each([
    'https://shop.example.com/webhooks/satlane',
    'https://shop.example.com',
    'https://shop.example.com/',
    'https://shop.example.com:443/hook',
    'https://shop.example.com:8443/hook',
    'https://shop.example.com./hook',
    'https://SHOP.Example.COM/Hook',
    'HTTPS://shop.example.com/hook',
    'https://shop.example.com/hook?token=a%20b&x=1#part',
    'https://shop.example.com/user:name@host',
    'https://shop.example.com/hook?next=http://127.0.0.1/',
    'https://127.shop.example.com/',
    'https://1.2.3.4.shop.example.com/',
    'https://localhost.example.com/',
    'https://local.example.com/',
    'https://mylocal.com/',
    'https://notlocalhost.com/',
    'https://internal.com/',
    'https://home.com/',
    'https://shop.catlan/',
    'https://bücher.example/',
    'https://xn--bcher-kva.example/',
    'https://shop。example。com/',
    'https://münchen.de/zahlung',
    'https://a-b.c-d.co.uk/x',
    'https://shop_1.example.com/',
    'https://satlane.com/',
    'https://satlane.com.shop.example/',
    'https://notapi.satlane.com/',
    'https://apixsatlane.com/',
    '  https://shop.example.com/hook  ',
  ])('%s', (url) => {
    expect(targetProblem(url, PUBLIC)).toBeNull();
  });

  test('a long address, up to 2048 letters', () => {
    const start = 'https://shop.example.com/';
    expect(targetProblem(start.padEnd(2048, 'a'), PUBLIC)).toBeNull();
    expect(targetProblem(start.padEnd(2049, 'a'), PUBLIC)).toBe('is longer than 2048 characters');
    expect(targetProblem(start.padEnd(1_000_000, 'a'), PUBLIC)).toBe('is longer than 2048 characters');
  });
});

describe('a webhook may not go to', () => {
  test.each([
    '',
    ' ',
    'shop',
    'shop.example.com',
    'shop.example.com/hook',
    '//shop.example.com/hook',
    '/hook',
    'https://',
    'https:///',
    'https://:443/',
    'https://shop example.com/',
    'https://shop.example.com:99999/',
    'https://shop.example.com:port/',
    'https://[::1/',
    'https://[shop.example.com]/',
    'https://256.256.256.256/',
    'https://1.2.3.4.5/',
    'https://shop.example.0x7f/',
    'https://shop.exa<mple.com/',
    'https://%00.example.com/',
    'https://xn--a.example.com\u0000/',
  ])('what is not a URL: %j', (url) => {
    expect(targetProblem(url, PUBLIC)).toBe(NOT_A_URL);
  });

  test.each([
    'http://shop.example.com/hook',
    'HTTP://shop.example.com/hook',
    'http://127.0.0.1/',
    'ftp://shop.example.com/',
    'ws://shop.example.com/',
    'wss://shop.example.com/',
    'file:///etc/passwd',
    'file://shop.example.com/x',
    'javascript:alert(1)',
    'JavaScript://shop.example.com/%0Aalert(1)',
    'data:text/plain,hello',
    'blob:https://shop.example.com/1',
    'mailto:shop@example.com',
    'about:blank',
    'gopher://shop.example.com/',
    'httpss://shop.example.com/',
    'shop.example.com:443/hook',
    'localhost:8787/hook',
  ])('anything but https: %s', (url) => {
    expect(targetProblem(url, PUBLIC)).toBe(NOT_HTTPS);
  });

  test.each([0, 1, 22, 25, 53, 80, 444, 3000, 5432, 6379, 8080, 8442, 8787, 9200, 65_535])('port %i', (port) => {
    expect(targetProblem(`https://shop.example.com:${port}/hook`, PUBLIC)).toBe(A_PORT);
  });

  test.each([
    'https://user@shop.example.com/',
    'https://user:password@shop.example.com/',
    'https://:password@shop.example.com/',
    'https://shop.example.com@127.0.0.1/',
    'https://127.0.0.1@shop.example.com/',
    'https://shop.example.com%40@127.0.0.1/',
    'https://user:pass:word@shop.example.com/',
  ])('a URL with credentials: %s', (url) => {
    expect(targetProblem(url, PUBLIC)).toBe(A_PASSWORD);
  });

  test.each(ADDRESSES)('an address instead of a name: %s', (host) => {
    expect(targetProblem(`https://${host}/hook`, PUBLIC)).toBe(AN_ADDRESS);
    expect(targetProblem(`https://${host}:8443/hook`, PUBLIC)).toBe(AN_ADDRESS);
  });

  test.each(PRIVATE_HOSTS)('a name of a private network: %s', (host) => {
    expect(targetProblem(`https://${host}/hook`, PUBLIC)).toBe(NOT_PUBLIC);
    expect(targetProblem(`https://${host}:8443/hook`, PUBLIC)).toBe(NOT_PUBLIC);
  });

  it.each(['localhost..', 'shop.localhost..', 'router.local..', 'metadata.google.internal..'])(
    'a name of a private network behind more than one trailing dot: %s',
    (host) => {
      expect(targetProblem(`https://${host}/hook`, PUBLIC)).not.toBeNull();
    },
  );

  it.each(['localhost.localdomain', 'localhost6.localdomain6', 'shop.localdomain'])(
    'the name that many systems give to themselves: %s',
    (host) => {
      expect(targetProblem(`https://${host}/hook`, PUBLIC)).not.toBeNull();
    },
  );

  test.each([
    'https://api.satlane.com/webhooks',
    'https://api.satlane.com',
    'https://API.SATLANE.COM/',
    'https://Api.SatLane.com:443/',
    'https://api.satlane.com:8443/',
    'https://api.satlane.com./',
    'https://api。satlane。com/',
    'https://ａｐｉ.satlane.com/',
    'https://%61pi.satlane.com/',
    'https://api.satlane.com/%2e%2e/x?y#z',
    'https:\\\\api.satlane.com\\hook',
    'https:api.satlane.com',
    'https://api.sat\tlane.com/',
    'https://api.sat\u00adlane.com/',
  ])('ourselves, however spelled: %j', (url) => {
    expect(targetProblem(url, PUBLIC)).toBe(OURSELVES);
  });

  test.each(['https://api.satlane.com:8443', 'https://API.satlane.com', 'https://api.satlane.com/base'])(
    'ourselves, however our own origin is spelled: %s',
    (origin) => {
      expect(targetProblem('https://api.satlane.com/hook', { targets: 'public', origin })).toBe(OURSELVES);
    },
  );

  it('ourselves behind more than one trailing dot', () => {
    expect(targetProblem('https://api.satlane.com../', PUBLIC)).not.toBeNull();
  });

  it('a name below our own, which our own routes may answer', () => {
    expect(targetProblem('https://hooks.api.satlane.com/', PUBLIC)).toBe(OURSELVES);
  });
});

test("a server of the merchant's own is any public one, on any port", () => {
  for (const url of ['https://lnd.example.com:8080/', 'https://node.example.com:9740', 'https://node.example.com'])
    expect(serverProblem(url, PUBLIC)).toBeNull();
  for (const host of PRIVATE_HOSTS) expect(serverProblem(`https://${host}:9740/`, PUBLIC)).toBe(NOT_PUBLIC);
  for (const host of ADDRESSES) expect(serverProblem(`https://${host}:9740/`, PUBLIC)).toBe(AN_ADDRESS);
  expect(serverProblem('http://node.example.com:9740/', PUBLIC)).toBe(NOT_HTTPS);
  expect(serverProblem('https://api.satlane.com:9740/', PUBLIC)).toBe(OURSELVES);
  expect(serverProblem('http://127.0.0.1:9740/', LOCAL)).toBeNull();
});

describe('in the local world a webhook', () => {
  test.each([
    'http://localhost:8788/webhooks',
    'http://127.0.0.1:8788/webhooks',
    'http://[::1]:8788/',
    'https://localhost/',
    'http://shop/',
    'https://shop.example.com/',
  ])('may go to %s', (url) => {
    expect(targetProblem(url, LOCAL)).toBeNull();
  });

  test.each([
    ['file:///etc/passwd', 'must start with https:// or http://'],
    ['javascript:alert(1)', 'must start with https:// or http://'],
    ['ftp://localhost/', 'must start with https:// or http://'],
    ['http://user:password@localhost/', A_PASSWORD],
    ['localhost/hook', NOT_A_URL],
    ['', NOT_A_URL],
    [`http://localhost/${'a'.repeat(2048)}`, 'is longer than 2048 characters'],
  ])('may not go to %s', (url, problem) => {
    expect(targetProblem(url, LOCAL)).toBe(problem);
  });
});
