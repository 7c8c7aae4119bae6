// Five attempts a second and address, counted exactly (integration guide §11).

import { describe, expect, it } from 'vitest';
import { openAuthLimit } from '../../../src/adapters/limits/client.ts';
import { networkOfIp } from '../../../src/core/text/ip.ts';
import { bindings } from '../../support/merchant.ts';
import { type ErrorBody, openBrowser } from '../../support/person.ts';

function limited() {
  const time = { ms: Date.now() };
  const browser = openBrowser({ overrides: { allowAuth: openAuthLimit(bindings.LIMITER, () => time.ms) } });
  const attempt = (ip: string) =>
    browser.ask<ErrorBody>('POST', '/v1/auth/login', { email: 'no' }, { 'cf-connecting-ip': ip });
  return { time, browser, attempt };
}

describe('Attempts to log in', () => {
  it('are five a second; the sixth is refused with a wait of one', async () => {
    const { time, attempt } = limited();
    const answers = await Promise.all(Array.from({ length: 12 }, () => attempt('203.0.113.1')));
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(5);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(7);
    for (const { headers, body } of refused) {
      expect(headers.get('retry-after')).toBe('1');
      expect(body.error.code).toBe('rate_limited');
    }
    time.ms += 999;
    expect((await attempt('203.0.113.1')).status).toBe(429);
    time.ms += 1;
    expect((await attempt('203.0.113.1')).status).toBe(400);
  });

  it('are counted in any second, not from one to the next', async () => {
    const { time, attempt } = limited();
    for (let i = 0; i < 5; i++) {
      expect((await attempt('203.0.113.2')).status).toBe(400);
      time.ms += 200;
    }
    expect((await attempt('203.0.113.2')).status, 'the first is a second old').toBe(400);
    expect((await attempt('203.0.113.2')).status).toBe(429);
  });

  it('of others are not affected, and a forged header does not change the address', async () => {
    const { browser, attempt } = limited();
    for (let i = 0; i < 6; i++) await attempt('203.0.113.3');
    expect((await attempt('203.0.113.4')).status).toBe(400);
    const forged = {
      'cf-connecting-ip': '203.0.113.3',
      'x-forwarded-for': '198.51.100.9',
      'x-real-ip': '198.51.100.9',
    };
    expect((await browser.ask('POST', '/v1/auth/signup', {}, forged)).status).toBe(429);
    expect((await browser.ask('GET', '/v1/auth/me', undefined, forged)).status, 'reading is free').toBe(401);
  });

  it('from one /64 of IPv6 are one caller’s', () => {
    expect(networkOfIp('2001:db8::1')).toBe(networkOfIp('2001:0DB8:0:0:ffff::2'));
    expect(networkOfIp('2001:db8:0:1::1')).not.toBe(networkOfIp('2001:db8::1'));
    expect(networkOfIp('::1')).toBe('0:0:0:0::/64');
    expect(networkOfIp('203.0.113.1')).toBe('203.0.113.1');
  });
});
