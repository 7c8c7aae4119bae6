// One Lightning world for a file of tests: its servers, the levers of its control desk, and a receiver of hooks.

import { createServer } from 'node:http';
import { afterAll, beforeAll } from 'vitest';
import { type Lightning, startLightning } from '../../../src/dev/lightning/server.ts';
import type { NodeServer } from '../../../src/dev/lightning/world.ts';

export interface Hook {
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A busy machine takes its time with WebAssembly. */
const START_MS = 60_000;

/** The world of a file; its parts are there once the tests run. */
export function lightningWorld() {
  let lightning: Lightning;
  beforeAll(async () => {
    lightning = await startLightning({ controlPort: 0 });
    await lightning.open();
  }, START_MS);
  afterAll(() => lightning.close());

  const post = async (lever: string, body: unknown) => {
    const response = await fetch(`${lightning.control}/control/${lever}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  /** @throws where the desk refuses */
  const lever = async (name: string, body: unknown) => {
    const answer = await post(name, body);
    if (answer.status !== 200) throw new Error(`${name}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const server = (name: string): NodeServer => {
    const found = lightning.servers.find((one) => one.name === name);
    if (!found) throw new Error(`no server ${name}`);
    return found;
  };
  return { post, lever, server, world: () => lightning.open(), desk: () => lightning.control };
}

/** Takes hooks; `next(text)` waits for one with that text, and takes each once. */
export async function hookReceiver() {
  const hooks: Hook[] = [];
  const waiting: { text: string; resolve: (hook: Hook) => void }[] = [];
  const match = () => {
    for (const one of [...waiting]) {
      const hook = hooks.find(({ body }) => body.includes(one.text));
      if (!hook) continue;
      hooks.splice(hooks.indexOf(hook), 1);
      waiting.splice(waiting.indexOf(one), 1);
      one.resolve(hook);
    }
  };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    response.end();
    hooks.push({ headers: request.headers, body });
    match();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    next: (text: string) =>
      new Promise<Hook>((resolve) => {
        waiting.push({ text, resolve });
        match();
      }),
    has: (text: string) => hooks.some(({ body }) => body.includes(text)),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
