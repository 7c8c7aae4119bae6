// The verifiers that merchants copy (src/http/docs/webhooks) decide as ours does, case by case, for every header. Without
// the interpreter its tests are shown as skipped.

import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signatureHeaders, verifySignature } from '../../../src/adapters/webhooks/signature.ts';
import reference from '../../vectors/webhook-signatures.json';

const DOCS = join(import.meta.dirname, '../../../src/http/docs/webhooks');
/** Python would leave compiled files beside the source. */
const ENV = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
const SECRET = 'whsec_c2F0bGFuZS10ZXN0LXNlY3JldC0wMDAwMDAwMDE=';
const OLD_SECRET = 'whsec_c2F0bGFuZS10ZXN0LXNlY3JldC0wMDAwMDAwMDA=';
const NOW = 1_778_930_700;
const BODY = '{"event_id":"evt_1","data":{"invoice":{"order_ref":"Käse №5 – 東京 🍕"}}}';

interface Case {
  body: string | Uint8Array;
  header: string | null;
  secrets: string[];
  now: number;
  tolerance?: number;
}

/** Each reads the cases as JSON, bodies in base64, and prints per case what it was refused for, or null. */
const PYTHON = `
import base64, json, sys
sys.path.insert(0, sys.argv[1])
from verify import verify_signature
verdicts = []
for case in json.load(sys.stdin):
    try:
        verify_signature(base64.b64decode(case["body"]), case["header"], case["secrets"], case["tolerance"], case["now"])
        verdicts.append(None)
    except ValueError as refusal:
        verdicts.append(str(refusal))
print(json.dumps(verdicts))
`;

const PHP = `
error_reporting(E_ALL);
set_error_handler(function ($level, $message) { throw new ErrorException($message); });
require $argv[1] . '/verify.php';
$verdicts = [];
foreach (json_decode(stream_get_contents(STDIN), true) as $case) {
    try {
        satlane_verify_signature(
            base64_decode($case['body']), $case['header'], $case['secrets'], $case['tolerance'], $case['now']);
        $verdicts[] = null;
    } catch (InvalidArgumentException | UnexpectedValueException $refusal) {
        $verdicts[] = $refusal->getMessage();
    }
}
echo json_encode($verdicts);
`;

const verifiers = [
  { language: 'Python', command: 'python3', args: ['-c', PYTHON, DOCS] },
  { language: 'PHP', command: 'php', args: ['-r', PHP, '--', DOCS] },
];

/** What ours says. */
function verdictOf({ body, header, secrets, now, tolerance }: Case): string | null {
  try {
    verifySignature(body, header, { secrets, nowSeconds: now, toleranceSeconds: tolerance ?? 300 });
    return null;
  } catch (refusal) {
    return (refusal as Error).message;
  }
}

function signed(secrets: string[], timestamp = NOW, body = BODY): string {
  return signatureHeaders('evt_1', timestamp, body, secrets)['X-SatLane-Signature'] ?? '';
}

const MAC = signed([SECRET]).split('v1=')[1] ?? '';
/** Anyone can make it. */
const forged = `t=${NOW},v1=${createHmac('sha256', '').update(`${NOW}.${BODY}`).digest('hex')}`;
const ordinary: Case = { body: BODY, header: signed([SECRET]), secrets: [SECRET], now: NOW };

const cases: [name: string, expected: string | null, Case][] = [
  ['what we send', null, ordinary],
  ['two signatures, the new secret known', null, { ...ordinary, header: signed([SECRET, OLD_SECRET]) }],
  ['two signatures, the other one first', null, { ...ordinary, header: signed([OLD_SECRET, SECRET]) }],
  ['two secrets, signed by the second', null, { ...ordinary, secrets: [OLD_SECRET, SECRET] }],
  ['two secrets, signed by the first', null, { ...ordinary, secrets: [SECRET, OLD_SECRET] }],
  ['300 seconds old', null, { ...ordinary, now: NOW + 300 }],
  ['300 seconds ahead', null, { ...ordinary, now: NOW - 300 }],
  ['spaces and parts of later versions', null, { ...ordinary, header: `v0=1, ${signed([SECRET])} ,v2=x,` }],
  ['no secret', 'no webhook secret was given', { ...ordinary, secrets: [] }],
  ['an empty secret', 'no webhook secret was given', { ...ordinary, secrets: [''] }],
  ['an empty secret beside the right one', 'no webhook secret was given', { ...ordinary, secrets: [SECRET, ''] }],
  ['no header', 'malformed signature header', { ...ordinary, header: null }],
  ['an empty header', 'malformed signature header', { ...ordinary, header: '' }],
  ['no time', 'malformed signature header', { ...ordinary, header: `v1=${MAC}` }],
  ['two times', 'malformed signature header', { ...ordinary, header: `t=${NOW},t=${NOW},v1=${MAC}` }],
  ['no signature', 'malformed signature header', { ...ordinary, header: `t=${NOW}` }],
  [
    'a signature in capitals',
    'malformed signature header',
    { ...ordinary, header: `t=${NOW},v1=${MAC.toUpperCase()}` },
  ],
  ['a line break in the signature', 'malformed signature header', { ...ordinary, header: `t=${NOW},v1=${MAC}\nx` }],
  ['eleven signatures', 'malformed signature header', { ...ordinary, header: `t=${NOW}${`,v1=${MAC}`.repeat(11)}` }],
  ['301 seconds old', 'timestamp out of tolerance', { ...ordinary, now: NOW + 301 }],
  ['301 seconds ahead', 'timestamp out of tolerance', { ...ordinary, now: NOW - 301 }],
  ['another tolerance', 'timestamp out of tolerance', { ...ordinary, now: NOW + 11, tolerance: 10 }],
  ['another secret', 'signature mismatch', { ...ordinary, secrets: ['another'] }],
  ['two secrets in one', 'signature mismatch', { ...ordinary, secrets: [`${SECRET},${OLD_SECRET}`] }],
  ['another body', 'signature mismatch', { ...ordinary, body: `${BODY} ` }],
  ['a body in Latin-1', 'signature mismatch', { ...ordinary, body: Buffer.from(BODY, 'latin1') }],
  ['another time', 'signature mismatch', { ...ordinary, header: signed([SECRET]).replace(`t=${NOW}`, `t=${NOW - 1}`) }],
  [
    'an empty secret, and signed under it',
    'no webhook secret was given',
    { ...ordinary, header: forged, secrets: [''] },
  ],
];

test.each(cases)('ours, of %s: %s', (_, expected, one) => {
  expect(verdictOf(one)).toBe(expected);
});

for (const { language, command, args } of verifiers) {
  const isHere = spawnSync(command, ['--version']).status === 0;
  const verdictsOf = (all: Case[]): (string | null)[] => {
    const input = JSON.stringify(
      all.map(({ body, tolerance = 300, ...rest }) => ({
        ...rest,
        tolerance,
        body: Buffer.from(body as string).toString('base64'),
      })),
    );
    const { status, stdout, stderr } = spawnSync(command, args, { input, env: ENV, encoding: 'utf8', maxBuffer: 1e8 });
    if (status !== 0) throw new Error(stderr + stdout);
    return JSON.parse(stdout) as (string | null)[];
  };

  describe.skipIf(!isHere)(`the verifier to copy in ${language}`, () => {
    test('believes every vector, and none of them with its body, secret or time altered', () => {
      const vectors = reference.vectors.map(({ body, bodyRepeated, header, secret, timestamp }) => ({
        body: body.repeat(bodyRepeated),
        header,
        secrets: [secret],
        now: timestamp,
      }));
      expect(verdictsOf(vectors)).toEqual(vectors.map(() => null));
      expect(verdictsOf(vectors.map((vector) => ({ ...vector, body: `${vector.body}.` })))).not.toContain(null);
      expect(verdictsOf(vectors.map((vector) => ({ ...vector, secrets: ['another'] })))).not.toContain(null);
      expect(verdictsOf(vectors.map((vector) => ({ ...vector, now: vector.now + 301 })))).not.toContain(null);
    });

    test('decides as ours does, and for the same reason', () => {
      const verdicts = verdictsOf(cases.map(([, , one]) => one));
      expect(cases.map(([name], index) => [name, verdicts[index]])).toEqual(
        cases.map(([name, expected]) => [name, expected]),
      );
    });

    test('decides as ours does of a thousand headers made up of the right pieces and wrong ones', () => {
      const piece = fc.oneof(
        fc.constantFrom(`t=${NOW}`, `v1=${MAC}`, `v1=${'0'.repeat(64)}`, `v1=${MAC}0`, 't=', 'v1=', 't', '', ' ', '='),
        fc.nat({ max: NOW * 2 }).map((seconds) => `t=${seconds}`),
        fc.constantFrom(`t=0${NOW}`, `t=+${NOW}`, `t=${NOW}.0`, `t=${NOW}\t`, `T=${NOW}`, `v1 =${MAC}`, `v1=${MAC} `),
        fc.string({ unit: fc.constantFrom('t', 'v', '1', '=', ' ', '0', 'a', '"') }),
      );
      const headers = fc.sample(
        fc.array(piece, { maxLength: 13 }).map((pieces) => pieces.join(',')),
        { seed: 6, numRuns: 1_000 },
      );
      const made = headers.map((header) => ({ ...ordinary, header }));
      const expected = made.map(verdictOf);
      for (const verdict of [null, 'malformed signature header', 'timestamp out of tolerance', 'signature mismatch']) {
        expect(expected.filter((one) => one === verdict).length, String(verdict)).toBeGreaterThan(4);
      }
      expect(verdictsOf(made)).toEqual(expected);
    });
  });
}

test.skipIf(spawnSync('python3', ['--version']).status !== 0)('the verifier in Python wants bytes', () => {
  const asked = `
import sys
sys.path.insert(0, sys.argv[1])
from verify import verify_signature
try:
    verify_signature("text", "t=1", ["secret"])
except ValueError as refusal:
    print(refusal)`;
  const { stdout } = spawnSync('python3', ['-c', asked, DOCS], { env: ENV, encoding: 'utf8' });
  expect(stdout.trim()).toBe('the body must be the bytes as received');
});
