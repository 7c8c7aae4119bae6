// The storage of an object with a meter on it: a row for each key that is read, written or deleted, and one for each time that an
// alarm is set. Called by cost-entry.ts.

import type { Usage } from './usage.ts';

type Rows = Pick<Usage, 'objectRowsRead' | 'objectRowsWritten'>;

/** How many rows a call reads and writes, from its first argument and its answer. */
const ROWS: Record<string, (first: unknown, answer: unknown) => Partial<Rows>> = {
  get: (keys) => ({ objectRowsRead: countOf(keys) }),
  list: (_, found) => ({ objectRowsRead: Math.max(1, (found as Map<string, unknown>).size) }),
  put: (entries) => ({ objectRowsWritten: typeof entries === 'string' ? 1 : Object.keys(entries as object).length }),
  delete: (keys) => ({ objectRowsWritten: countOf(keys) }),
  deleteAll: () => ({ objectRowsWritten: 1 }),
  getAlarm: () => ({ objectRowsRead: 1 }),
  setAlarm: () => ({ objectRowsWritten: 1 }),
  deleteAlarm: () => ({ objectRowsWritten: 1 }),
};

/**
 * Calls of what nothing is known about fail, so that no row is missed.
 * @param aheadMs how far the clock that alarms are set by is ahead of the runtime's
 */
export function countedStorage(storage: DurableObjectStorage, rows: Rows, aheadMs: () => number): DurableObjectStorage {
  return new Proxy(storage, {
    get(target, name) {
      const count = ROWS[String(name)];
      if (!count) throw new Error(`the bench does not know how to count storage.${String(name)}`);
      const call = Reflect.get(target, name, target) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        if (name === 'setAlarm') args[0] = Number(args[0]) - aheadMs();
        const answer = await call.apply(target, args);
        const { objectRowsRead = 0, objectRowsWritten = 0 } = count(args[0], answer);
        rows.objectRowsRead += objectRowsRead;
        rows.objectRowsWritten += objectRowsWritten;
        return answer;
      };
    },
  });
}

function countOf(keys: unknown): number {
  return Array.isArray(keys) ? keys.length : 1;
}
