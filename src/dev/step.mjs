// Says on the terminal what is being done, a line when it begins and one every few seconds while it lasts. Used by
// setup.mjs and main.ts; built-ins only, any Node ≥ 20 runs it.

const EVERY_MS = 5_000;

/**
 * @template T
 * @param {string} doing what is done, as "Starting the API"
 * @param {() => Promise<T>} work
 * @param {(line: string) => void} [print]
 * @param {number} [everyMs]
 * @returns {Promise<T>} what the work returns
 */
export async function step(doing, work, print = console.log, everyMs = EVERY_MS) {
  print(`  ${doing} …`);
  const startedMs = Date.now();
  const timer = setInterval(() => {
    print(`  ${doing}: ${Math.round((Date.now() - startedMs) / 1000)} s so far …`);
  }, everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
