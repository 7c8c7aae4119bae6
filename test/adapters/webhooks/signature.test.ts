// A receiver believes a delivery only if we signed it, just now and exactly so. The vectors come from another
// implementation; what must be refused outnumbers what may pass.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { signatureHeaders, verifySignature } from '../../../src/adapters/webhooks/signature.ts';
import reference from '../../vectors/webhook-signatures.json';

const SECRET = 'whsec_c2F0bGFuZS10ZXN0LXNlY3JldC0wMDAwMDAwMDE=';
const OLD_SECRET = 'whsec_c2F0bGFuZS10ZXN0LXNlY3JldC0wMDAwMDAwMDA=';
const NOW = 1_778_930_700;
const BODY = '{"event_id":"evt_1","data":{"invoice":{"order_ref":"Käse №5 – 東京 🍕"}}}';
const MALFORMED = 'malformed signature header';
const MISMATCH = 'signature mismatch';
const OUT_OF_TIME = 'timestamp out of tolerance';
const NO_SECRET = 'no webhook secret was given';

const vectors = reference.vectors.map(({ body, bodyRepeated, ...vector }) => ({
  ...vector,
  body: body.repeat(bodyRepeated),
}));

function headersOf(secrets: string[] = [SECRET], body = BODY, timestamp = NOW): Record<string, string> {
  return signatureHeaders('evt_1', timestamp, body, secrets);
}

function headerOf(secrets?: string[], body?: string, timestamp?: number): string {
  return headersOf(secrets, body, timestamp)['X-SatLane-Signature'] ?? '';
}

function verify(header: string | null | undefined, body: string | Uint8Array = BODY, secrets = [SECRET]): void {
  verifySignature(body, header, { secrets, nowSeconds: NOW });
}

/** The hex digits of our one signature. */
const MAC = headerOf().split('v1=')[1] ?? '';

describe('a delivery that we signed', () => {
  test.each(vectors)('has the signature that others compute too: $name', (vector) => {
    const headers = signatureHeaders(vector.eventId, vector.timestamp, vector.body, [vector.secret]);
    expect(headers).toEqual({
      'X-SatLane-Signature': vector.header,
      'webhook-id': vector.eventId,
      'webhook-timestamp': String(vector.timestamp),
      'webhook-signature': vector.standardSignature,
    });
    const options = { secrets: [vector.secret], nowSeconds: vector.timestamp };
    expect(() => verifySignature(vector.body, vector.header, options)).not.toThrow();
  });

  test.each<[string, string | Uint8Array]>([
    ['text', BODY],
    ['bytes', new TextEncoder().encode(BODY)],
    ['a Buffer, as express.raw gives it', Buffer.from(BODY)],
    ['a part of a larger buffer', Buffer.from(`xx${BODY}yy`).subarray(2, 2 + Buffer.byteLength(BODY))],
  ])('is believed when its body is %s', (_, body) => {
    expect(() => verify(headerOf(), body)).not.toThrow();
  });

  test.each([-300, -299, -1, 0, 1, 299, 300])('is believed %i seconds after its time', (seconds) => {
    expect(() => verify(headerOf([SECRET], BODY, NOW - seconds))).not.toThrow();
  });

  test('is believed by the clock when no time is given', () => {
    const header = headerOf([SECRET], BODY, Math.floor(Date.now() / 1000));
    expect(() => verifySignature(BODY, header, { secrets: [SECRET] })).not.toThrow();
  });

  test.each([
    ['spaces after the commas', headerOf().replaceAll(',', ', ')],
    ['its parts the other way round', headerOf().split(',').reverse().join(',')],
    ['parts that a later version may add', `v0=1,${headerOf()},v2=abc,note=x`],
    ['a trailing comma', `${headerOf()},`],
  ])('is believed with %s', (_, header) => {
    expect(() => verify(header)).not.toThrow();
  });

  test('is believed for any body, secret and time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 1 }), fc.nat(), (body, secret, seconds) => {
        const header = headerOf([secret], body, seconds);
        expect(header).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
        verifySignature(body, header, { secrets: [secret], nowSeconds: seconds });
        verifySignature(new TextEncoder().encode(body), header, { secrets: [secret], nowSeconds: seconds });
      }),
    );
  });
});

describe('while a secret is rotated', () => {
  const both = headerOf([SECRET, OLD_SECRET]);

  test('a delivery carries a signature of each', () => {
    expect(both).toMatch(/^t=\d+,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/);
    expect(both).toContain(MAC);
  });

  test.each([
    ['the new secret alone', [SECRET]],
    ['the old secret alone', [OLD_SECRET]],
    ['both', [SECRET, OLD_SECRET]],
    ['both, the other way round', [OLD_SECRET, SECRET]],
  ])('a receiver that has %s believes it', (_, secrets) => {
    expect(() => verify(both, BODY, secrets)).not.toThrow();
  });

  test('a receiver that has both believes what only one of them signed', () => {
    expect(() => verify(headerOf([OLD_SECRET]), BODY, [SECRET, OLD_SECRET])).not.toThrow();
    expect(() => verify(headerOf([SECRET]), BODY, [OLD_SECRET, SECRET])).not.toThrow();
  });

  test.each([
    ['a third secret', ['another']],
    ['the two secrets in one', [SECRET + OLD_SECRET]],
    ['the two secrets with a comma between', [`${SECRET},${OLD_SECRET}`]],
  ])('a receiver that has %s refuses it', (_, secrets) => {
    expect(() => verify(both, BODY, secrets)).toThrow(MISMATCH);
  });

  test('once it is over, a receiver that kept the old secret refuses what the new one signed', () => {
    expect(() => verify(headerOf([SECRET]), BODY, [OLD_SECRET])).toThrow(MISMATCH);
  });
});

describe('a body that was altered', () => {
  test.each<[string, string | Uint8Array]>([
    ['has one more letter', `${BODY} `],
    ['has one letter less', BODY.slice(0, -1)],
    ['begins with a byte order mark', `\ufeff${BODY}`],
    ['is empty', ''],
    ['has another letter', BODY.replace('evt_1', 'evt_2')],
    ['was parsed and written again', JSON.stringify(JSON.parse(BODY), null, 1)],
    ['has its letters beyond ASCII escaped', BODY.replace('ä', '\\u00e4')],
    ['has its letters composed another way', BODY.normalize('NFD')],
    ['was read as Latin-1', Buffer.from(BODY).toString('latin1')],
    ['is the bytes of Latin-1', Buffer.from(BODY, 'latin1')],
    ['took the time over from the header', `${NOW}.${BODY}`],
    ['ends with a zero byte', Buffer.concat([Buffer.from(BODY), Buffer.from([0])])],
  ])('is refused when it %s', (_, body) => {
    expect(() => verify(headerOf(), body)).toThrow(MISMATCH);
  });

  test('is refused when any bit of it is another', () => {
    const bytes = new TextEncoder().encode(BODY);
    fc.assert(
      fc.property(fc.nat({ max: bytes.length * 8 - 1 }), (bit) => {
        const altered = bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
        expect(() => verify(headerOf(), altered)).toThrow(MISMATCH);
      }),
    );
  });

  test('is refused when a part of the time was moved into it', () => {
    const header = headerOf([SECRET], '5.{}', 177);
    const moved = header.replace('t=177', 't=1');
    expect(() => verifySignature('77.5.{}', moved, { secrets: [SECRET], nowSeconds: 1 })).toThrow(MISMATCH);
  });

  test.each<[string, unknown]>([
    ['an object that a JSON parser made', { event_id: 'evt_1' }],
    ['an array of bytes', [...Buffer.from(BODY)]],
    ['a bare ArrayBuffer', new TextEncoder().encode(BODY).buffer],
    ['nothing', undefined],
    ['null', null],
  ])('is refused when it is %s', (_, body) => {
    // What a caller without types might pass by mistake.
    const options = { secrets: [SECRET], nowSeconds: NOW };
    expect(() => verifySignature(body as string, headerOf(), options)).toThrow();
  });
});

describe('a time that was altered', () => {
  test.each([1, -1, 60, -300, 300])('by %i seconds is refused, for it is signed too', (seconds) => {
    expect(() => verify(headerOf().replace(`t=${NOW}`, `t=${NOW + seconds}`))).toThrow(MISMATCH);
  });

  test.each([
    ['a second too old', NOW - 301],
    ['an hour old', NOW - 3_600],
    ['of the epoch', 0],
    ['a second too far ahead', NOW + 301],
    ['in milliseconds', NOW * 100],
    ['of the last year that has four digits', 253_402_300_799],
  ])('%s is refused even where it was signed so', (_, timestamp) => {
    expect(() => verify(headerOf([SECRET], BODY, timestamp))).toThrow(OUT_OF_TIME);
  });

  test.each([
    [0, 0, true],
    [0, 1, false],
    [0, -1, false],
    [10, 10, true],
    [10, 11, false],
    [10, -11, false],
    [86_400, 86_400, true],
    [86_400, 86_401, false],
  ])('under a tolerance of %i seconds and %i seconds off: believed is %s', (toleranceSeconds, off, believed) => {
    const run = () => verifySignature(BODY, headerOf(), { secrets: [SECRET], toleranceSeconds, nowSeconds: NOW + off });
    if (believed) expect(run).not.toThrow();
    else expect(run).toThrow(OUT_OF_TIME);
  });

  it('is refused when the tolerance was misread as no number: an old delivery must not be replayed', () => {
    const options = { secrets: [SECRET], toleranceSeconds: Number(undefined), nowSeconds: NOW + 86_400 };
    expect(() => verifySignature(BODY, headerOf(), options)).toThrow();
  });

  it('is refused when the clock was misread as no number', () => {
    const options = { secrets: [SECRET], nowSeconds: Number.NaN };
    expect(() => verifySignature(BODY, headerOf(), options)).toThrow();
  });
});

describe('a secret', () => {
  test.each([
    ['another', ['another']],
    ['with another last letter', [`${SECRET.slice(0, -2)}1=`]],
    ['without its prefix', [SECRET.slice(6)]],
    ['in capitals', [SECRET.toUpperCase()]],
    ['with a space', [`${SECRET} `]],
    ['with a newline, as a file gives it', [`${SECRET}\n`]],
    ['decoded', [Buffer.from(SECRET.slice(6), 'base64').toString()]],
    ['as the signature itself', [MAC]],
  ])('%s is refused', (_, secrets) => {
    expect(() => verify(headerOf(), BODY, secrets)).toThrow(MISMATCH);
  });

  test.each<[string, unknown[]]>([
    ['none', []],
    ['an empty one', ['']],
    ['an empty one beside the right one', [SECRET, '']],
    ['one that the environment does not have', [undefined]],
    ['null', [null]],
  ])('that is missing is refused, never taken as empty: %s', (_, secrets) => {
    // An empty HMAC key is one that every forger knows.
    const forged = `t=${NOW},v1=${createHmac('sha256', '').update(`${NOW}.${BODY}`).digest('hex')}`;
    expect(() => verify(forged, BODY, secrets as string[])).toThrow(NO_SECRET);
    expect(() => verify(headerOf(), BODY, secrets as string[])).toThrow(NO_SECRET);
    expect(() => signatureHeaders('evt_1', NOW, BODY, secrets as string[])).toThrow(NO_SECRET);
  });

  test('is never repeated in a refusal', () => {
    for (const header of [headerOf(['another']), 'garbage', headerOf([SECRET], BODY, 0)]) {
      let announced = '';
      try {
        verify(header);
      } catch (error) {
        announced = String(error);
      }
      expect(announced).not.toBe('');
      expect(announced).not.toContain(SECRET.slice(6, 16));
      expect(announced).not.toContain(MAC);
    }
  });
});

describe('a header', () => {
  test.each<[string, string | null | undefined]>([
    ['missing, as fetch says it', null],
    ['missing, as express says it', undefined],
    ['empty', ''],
    ['a space', ' '],
    ['commas', ',,,'],
    ['a word', 'garbage'],
    ['the bare digits', MAC],
    ['a time alone', `t=${NOW}`],
    ['a signature alone', `v1=${MAC}`],
    ['a time without digits', `t=,v1=${MAC}`],
    ['a time in words', `t=now,v1=${MAC}`],
    ['a time below zero', `t=-${NOW},v1=${MAC}`],
    ['a time with a plus', `t=+${NOW},v1=${MAC}`],
    ['a time with a fraction', `t=${NOW}.0,v1=${MAC}`],
    ['a time with an exponent', `t=1e9,v1=${MAC}`],
    ['a time in hex', `t=0x6a0843cc,v1=${MAC}`],
    ['a time in full-width digits', `t=${'１'.repeat(10)},v1=${MAC}`],
    ['a time in milliseconds', `t=${NOW}000,v1=${MAC}`],
    ['a time with a space', `t= ${NOW},v1=${MAC}`],
    ['a time with a newline', `t=${NOW}\n0,v1=${MAC}`],
    ['a time that is not a number', `t=NaN,v1=${MAC}`],
    ['an endless time', `t=Infinity,v1=${MAC}`],
    ['two times', `t=${NOW},t=${NOW},v1=${MAC}`],
    ['two times that differ', `t=${NOW - 1},t=${NOW},v1=${MAC}`],
    ['a capital T', `T=${NOW},v1=${MAC}`],
    ['a capital V', `t=${NOW},V1=${MAC}`],
    ['an empty signature', `t=${NOW},v1=`],
    ['a signature a digit short', `t=${NOW},v1=${MAC.slice(1)}`],
    ['a signature a digit long', `t=${NOW},v1=${MAC}0`],
    ['a signature in capitals', `t=${NOW},v1=${MAC.toUpperCase()}`],
    ['a signature with a foreign letter', `t=${NOW},v1=g${MAC.slice(1)}`],
    ['a signature in base64', `t=${NOW},v1=${Buffer.from(MAC, 'hex').toString('base64')}`],
    ['a signature of an older scheme', `t=${NOW},v0=${MAC}`],
    ['a signature of a newer scheme', `t=${NOW},v2=${MAC}`],
    ['a signature with spaces around the sign', `t=${NOW},v1 = ${MAC}`],
    ['semicolons', `t=${NOW};v1=${MAC}`],
    ['an ampersand', `t=${NOW}&v1=${MAC}`],
    ['quotes', `"t=${NOW}","v1=${MAC}"`],
    ['JSON', `{"t":${NOW},"v1":"${MAC}"}`],
    ['that of Standard Webhooks', headersOf()['webhook-signature']],
    ['eleven signatures, more than a rotation can need', `t=${NOW}${`,v1=${MAC}`.repeat(11)}`],
    ['a hundred thousand signatures', `t=${NOW}${`,v1=${MAC}`.repeat(100_000)}`],
    ['a million letters', 'a'.repeat(1_000_000)],
    ['a million spaces', ' '.repeat(1_000_000)],
  ])('that is malformed is refused: %s', (_, header) => {
    expect(() => verify(header)).toThrow(MALFORMED);
  });

  test.each([
    ['with the first digit changed', `${MAC.startsWith('0') ? '1' : '0'}${MAC.slice(1)}`],
    ['with the last digit changed', `${MAC.slice(0, -1)}${MAC.endsWith('0') ? '1' : '0'}`],
    ['of zeros', '0'.repeat(64)],
    ['turned round', [...MAC].reverse().join('')],
    ['of the body alone', createHmac('sha256', SECRET).update(BODY).digest('hex')],
    ['of the body and then the time', createHmac('sha256', SECRET).update(`${BODY}.${NOW}`).digest('hex')],
    ['of the time and the body without a dot', createHmac('sha256', SECRET).update(`${NOW}${BODY}`).digest('hex')],
    [
      'of the key decoded',
      createHmac('sha256', Buffer.from(SECRET.slice(6), 'base64'))
        .update(`${NOW}.${BODY}`)
        .digest('hex'),
    ],
  ])('whose signature is %s is refused', (_, mac) => {
    expect(() => verify(`t=${NOW},v1=${mac}`)).toThrow(MISMATCH);
  });

  test('with ten wrong signatures is refused, and with the right one among ten believed', () => {
    const wrong = `,v1=${'0'.repeat(64)}`;
    expect(() => verify(`t=${NOW}${wrong.repeat(10)}`)).toThrow(MISMATCH);
    expect(() => verify(`t=${NOW}${wrong.repeat(9)},v1=${MAC}`)).not.toThrow();
  });

  test('of any letters at all is refused', () => {
    const letters = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('t', 'v', '1', '=', ',', ' ', '0', 'a') }));
    fc.assert(
      fc.property(letters, (header) => {
        expect(() => verify(header)).toThrow(MALFORMED);
      }),
    );
  });
});

describe('the headers of Standard Webhooks', () => {
  /** As a receiver with a library of that standard checks them: its own code, from the standard's text. */
  function isValid(headers: Record<string, string>, body: string, secret: string): boolean {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
    return (headers['webhook-signature'] ?? '').split(' ').includes(expected);
  }

  test('are valid beside ours', () => {
    expect(isValid(headersOf(), BODY, SECRET)).toBe(true);
    expect(headersOf()['webhook-id']).toBe('evt_1');
    expect(headersOf()['webhook-timestamp']).toBe(String(NOW));
  });

  test('are valid for both secrets during a rotation, in one list', () => {
    const headers = headersOf([SECRET, OLD_SECRET]);
    expect(headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
    expect(isValid(headers, BODY, SECRET)).toBe(true);
    expect(isValid(headers, BODY, OLD_SECRET)).toBe(true);
  });

  test.each<[string, Record<string, string>, string, string]>([
    ['another body', {}, `${BODY} `, SECRET],
    ['another id', { 'webhook-id': 'evt_2' }, BODY, SECRET],
    ['another time', { 'webhook-timestamp': String(NOW + 1) }, BODY, SECRET],
    ['another secret', {}, BODY, OLD_SECRET],
    ['no signature', { 'webhook-signature': '' }, BODY, SECRET],
  ])('are not valid for %s', (_, over, body, secret) => {
    expect(isValid({ ...headersOf(), ...over }, body, secret)).toBe(false);
  });

  test('sign something else than ours: one cannot stand for the other', () => {
    const standard = Buffer.from((headersOf()['webhook-signature'] ?? '').slice(3), 'base64').toString('hex');
    expect(standard).not.toBe(MAC);
    expect(() => verify(`t=${NOW},v1=${standard}`)).toThrow(MISMATCH);
  });
});
