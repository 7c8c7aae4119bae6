// One function reads the snapshot of an event, of every version; what is counted or listed is read from columns.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSnapshot } from '../../../src/core/snapshot/frozen.ts';

const SRC = join(import.meta.dirname, '../../../src');
const textOf = (file: string) => readFileSync(join(SRC, file), 'utf8');
const filesWith = (glob: string, pattern: RegExp) =>
  globSync(glob, { cwd: SRC }).filter((file) => !file.startsWith('dev/') && pattern.test(textOf(file)));

describe('A snapshot', () => {
  it('is the invoice as it was frozen', () => {
    const snapshot = '{"id":"i","status":"paid","payments":[]}';
    expect(readSnapshot({ snapshotVersion: 3, snapshot })).toEqual(JSON.parse(snapshot));
  });

  it.each([
    ['confirmed', 'onchain', true],
    ['mempool', 'onchain', true],
    ['replaced', 'onchain', false],
    ['prior', 'onchain', false],
    ['settled', 'lightning', true],
  ])(
    'of the second version knows of a payment that is %s how it came, and whether it is here',
    (status, method, valid) => {
      const snapshot = JSON.stringify({ id: 'i', payments: [{ status, txid: 'aa' }] });
      const read = readSnapshot({ snapshotVersion: 2, snapshot });
      expect(read).toEqual({ id: 'i', payments: [{ status, txid: 'aa', method, valid }] });
    },
  );

  it.each([
    ['bc1q', ['onchain']],
    ['', []],
  ])('of the first version, with the address "%s", knows of no Lightning', (address, payment_methods) => {
    const read = readSnapshot({ snapshotVersion: 1, snapshot: JSON.stringify({ id: 'i', address, payments: [] }) });
    expect(read).toEqual({ id: 'i', address, payments: [], payment_methods, lightning: null });
  });

  it('of a version from the future is refused and not guessed at', () => {
    expect(() => readSnapshot({ snapshotVersion: 99, snapshot: '{}' })).toThrow('version 99');
  });

  it('is parsed in one file', () => {
    expect(filesWith('**/*.{ts,tsx}', /JSON\.parse\([^)]*snapshot\b/i)).toEqual(['core/snapshot/frozen.ts']);
  });

  it('is never looked into by SQL', () => {
    expect(filesWith('adapters/db/**/*.ts', /snapshot\S* ->|json_\w+\([^)]*snapshot[^)]*'\$/)).toEqual([]);
  });
});
