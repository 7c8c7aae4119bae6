// Handles one request and answers with what it cost, before the answer and after it. Called by entry.ts for requests
// that ask for it; one at a time, because calls to the outside are counted at the isolate's one `fetch`.

import type { Env } from '../../../env.ts';
import { Meter } from './meter.ts';
import { meteredDatabase } from './metered-database.ts';

/** A request with this header is answered with a `Metered` instead of its own answer. */
export const METER_HEADER = 'x-bench-meter';

type Handler = (request: Request, env: Env, ctx: ExecutionContext) => Response | Promise<Response>;

export async function metered(handle: Handler, request: Request, env: Env): Promise<Response> {
  const meter = new Meter();
  const background: Promise<unknown>[] = [];
  const fetchOutside = globalThis.fetch;
  globalThis.fetch = (...args: Parameters<typeof fetch>) => {
    meter.countOutbound();
    return fetchOutside(...args);
  };
  try {
    const watched = {
      ...env,
      DB: meteredDatabase(env.DB, meter),
      ROOM: meteredNamespace(env.ROOM, meter),
      WATCHER: meteredNamespace(env.WATCHER, meter),
    };
    const patient = {
      waitUntil: (work: Promise<unknown>) => background.push(work),
      passThroughOnException() {},
      props: {},
    } as unknown as ExecutionContext;
    const response = await handle(request, watched, patient);
    const text = await response.text();
    meter.answered();
    while (background.length > 0) await Promise.all(background.splice(0));
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return Response.json({ status: response.status, body: isJson ? JSON.parse(text) : text, ...meter.read() });
  } finally {
    globalThis.fetch = fetchOutside;
  }
}

function meteredNamespace<T extends Env['ROOM'] | Env['WATCHER']>(namespace: T, meter: Meter): T {
  return {
    getByName(name: string) {
      meter.countObjectCall();
      return namespace.getByName(name);
    },
  } as T;
}
