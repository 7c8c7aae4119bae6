// The report of `npm run bench:deliver`, in GitHub's markdown. Called by deliver.ts.

export interface Rate {
  stores: number;
  count: number;
  answersAfterMs: number;
  /** As the deliveries are found: first attempts, or retries. */
  state: 'pending' | 'retrying';
  perSecond: number;
  /** Of workerd's CPU for each, with the local D1, until it is written down. */
  cpuMs: number;
}

/** Delays in ms. */
export interface Wait {
  dead: number;
  ofAnother: number;
  first: number[];
  retries: number[];
  /** Requests that the dead ones got meanwhile. */
  askedOfDead: number;
}

export function deliverMarkdown(rates: Rate[], wait: Wait): string {
  const rows = rates.map(({ stores, count, answersAfterMs, state, perSecond, cpuMs }) =>
    row([
      state === 'pending' ? 'first attempts' : 'retries',
      stores,
      `${answersAfterMs} ms`,
      count,
      perSecond.toFixed(0),
      `${cpuMs.toFixed(2)} ms`,
    ]),
  );
  const delays = [
    ['from `POST /v1/invoices` to its webhook', wait.first] as const,
    ['retries, from the cron', wait.retries] as const,
  ].map(([what, ms]) => row([what, ms.length, `${at(ms, 0.5)} ms`, `${at(ms, 0.99)} ms`, `${Math.max(...ms)} ms`]));
  return `Webhooks, by \`npm run bench:deliver\`: from the hand-over to the arrival of the last one, each of
another invoice. That each arrived once and is written down is checked. The local workerd, its D1 and the receivers share the machine.

| | endpoints | receivers answer after | deliveries | a second | CPU of workerd for each |
|---|---:|---:|---:|---:|---:|
${rows.join('\n')}

An endpoint in health beside ${wait.dead} of its own store that never answer, while ${wait.dead} of another store that never answer have
${wait.ofAnother} deliveries due. All that are dead got ${wait.askedOfDead} requests meanwhile.

| | deliveries | p50 | p99 | longest |
|---|---:|---:|---:|---:|
${delays.join('\n')}
`;
}

function row(cells: (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function at(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * part) - 1] ?? 0;
}
