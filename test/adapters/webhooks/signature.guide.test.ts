// The integration guide prints verifiers in Python and PHP (§6). Merchants paste them, so they run here as printed,
// against what we send; without the interpreter its tests are shown as skipped.
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { signatureHeaders } from '../../../src/adapters/webhooks/signature.ts';

const SECRET = 'whsec_c2F0bGFuZS10ZXN0LXNlY3JldC0wMDAwMDAwMDE=';
const OLD_SECRET = 'whsec_c2F0bGFuZS10ZXN0LXNlY3JldC0wMDAwMDAwMDA=';
const BODY = '{"event_id":"evt_1","data":{"invoice":{"order_ref":"Käse №5 – 東京 🍕 \\"q\\" $x {$y}"}}}';

/** As the guide prints it; then a line of our own that reads the delivery and answers with the exit code. */
const PYTHON = `
import hmac, hashlib, time
def verify(raw_body: bytes, header: str, secret: str, tolerance: int = 300):
    parts = dict(p.split('=', 1) for p in header.split(','))
    t, v1 = int(parts['t']), parts['v1']
    if abs(time.time() - t) > tolerance:
        raise ValueError('timestamp out of tolerance')
    signed = f'{t}.{raw_body.decode()}'.encode()
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, v1):
        raise ValueError('signature mismatch')

import sys
try:
    verify(sys.stdin.buffer.read(), sys.argv[1], sys.argv[2])
except Exception as refusal:
    print(refusal)
    sys.exit(7)
`;

const PHP = `
function verifySatlaneSignature(string $rawBody, string $header, string $secret, int $tolerance = 300): bool {
    $parts = [];
    foreach (explode(',', $header) as $p) {
        [$k, $v] = explode('=', $p, 2);
        $parts[$k] = $v;
    }
    $t = (int) $parts['t']; $v1 = $parts['v1'];
    if (abs(time() - $t) > $tolerance) return false;
    $expected = hash_hmac('sha256', "{$t}.{$rawBody}", $secret);
    return hash_equals($expected, $v1);
}

exit(verifySatlaneSignature(stream_get_contents(STDIN), $argv[1], $argv[2]) ? 0 : 7);
`;

const BELIEVED = 0;
const REFUSED = 7;

const verifiers = [
  { language: 'Python', command: 'python3', run: ['-c', PYTHON], version: ['--version'] },
  { language: 'PHP', command: 'php', run: ['-r', PHP, '--'], version: ['--version'] },
];

function headerOf(secrets: string[], timestamp = Math.floor(Date.now() / 1000)): string {
  return signatureHeaders('evt_1', timestamp, BODY, secrets)['X-SatLane-Signature'] ?? '';
}

for (const { language, command, run, version } of verifiers) {
  const isHere = spawnSync(command, version).status === 0;

  describe.skipIf(!isHere)(`the guide's verifier in ${language}`, () => {
    const verdict = (header: string, secret: string, body: string | Uint8Array = BODY) =>
      spawnSync(command, [...run, header, secret], { input: body }).status;

    test('believes what we send', () => {
      expect(verdict(headerOf([SECRET]), SECRET)).toBe(BELIEVED);
    });

    test('during a rotation believes what we send by the old secret, which it has until it is changed', () => {
      expect(verdict(headerOf([SECRET, OLD_SECRET]), OLD_SECRET)).toBe(BELIEVED);
    });

    test('during a rotation believes only the last signature, so we send the old one last', () => {
      expect(verdict(headerOf([SECRET, OLD_SECRET]), SECRET)).toBe(REFUSED);
      expect(verdict(headerOf([OLD_SECRET, SECRET]), SECRET)).toBe(BELIEVED);
    });

    test.each<[string, () => [string, string, (string | Uint8Array)?]]>([
      ['another secret', () => [headerOf([SECRET]), 'another']],
      ['another body', () => [headerOf([SECRET]), SECRET, `${BODY} `]],
      ['a body in Latin-1', () => [headerOf([SECRET]), SECRET, Buffer.from(BODY, 'latin1')]],
      ['an old delivery', () => [headerOf([SECRET], Math.floor(Date.now() / 1000) - 400), SECRET]],
      ['a delivery of the future', () => [headerOf([SECRET], Math.floor(Date.now() / 1000) + 400), SECRET]],
      ['an altered signature', () => [headerOf([SECRET]).replace(/v1=.{8}/, 'v1=00000000'), SECRET]],
    ])('refuses %s', (_, delivery) => {
      expect(verdict(...delivery())).toBe(REFUSED);
    });
  });
}
