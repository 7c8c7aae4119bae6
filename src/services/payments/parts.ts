// Works through many invoices in parts, each a few round trips to D1. Called by observe.ts and expire.ts.

/** Invoices whose facts are read together and whose steps are committed together: each may have 64 KiB of metadata. */
const PART = 50;
/** Parts that wait for D1 beside each other. */
const IN_FLIGHT = 4;

/** @throws the first error, when all parts are done */
export async function inParts<T>(items: readonly T[], work: (part: readonly T[]) => Promise<void>): Promise<void> {
  const errors: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const part = items.slice(next, next + PART);
      next += PART;
      await work(part).catch((error) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  if (errors.length > 0) throw errors[0];
}
