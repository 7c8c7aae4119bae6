// Asks over keep-alive connections, each as fast as it is answered or with pauses. Called by rounds.ts.

import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export interface Call {
  method: 'GET' | 'POST';
  path: string;
  /** The only status that counts as an answer. */
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

interface Load {
  connections: number;
  durationMs: number;
  /** Between an answer and the next call of the same connection. */
  pauseMs: number;
}

/** The times to a whole answer, in ms, of the calls that `next` makes. */
export async function timesMs(url: URL, next: () => Call, load: Load): Promise<number[]> {
  const { connections, durationMs, pauseMs } = load;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  const endMs = performance.now() + durationMs;
  const connection = async () => {
    while (performance.now() < endMs) {
      const call = next();
      const startMs = performance.now();
      await ask(agent, url, call);
      times.push(performance.now() - startMs);
      if (pauseMs > 0) await pause(pauseMs);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, connection));
  } finally {
    agent.destroy();
  }
  return times;
}

function ask(agent: Agent, url: URL, call: Call): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { ...call.headers, ...(call.body ? { 'content-length': Buffer.byteLength(call.body) } : {}) };
    const sent = request(
      { agent, host: url.hostname, port: url.port, method: call.method, path: call.path, headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === call.status) return resolve();
          const said = Buffer.concat(chunks).toString().slice(0, 500);
          reject(new Error(`${call.method} ${call.path} answered ${response.statusCode}: ${said}`));
        });
      },
    );
    sent.on('error', reject);
    sent.end(call.body);
  });
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/** What nineteen of twenty stay within. */
export function p95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
}
