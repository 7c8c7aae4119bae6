// Handles one request and answers with what it cost, before the answer and after it. Called by entry.ts for requests
// that ask for it; one at a time, because calls to the outside are counted at the isolate's one `fetch`.

import type { Env } from '../../../env.ts';
import { NOTHING_KEPT } from '../../../jobs/deliver/dispatch.ts';
import { DeliverySender } from '../../../jobs/deliver/sender.ts';
import { depsFor } from '../../../wiring.ts';
import { Meter } from './meter.ts';
import { meteredDatabase } from './metered-database.ts';

/** A request with this header is answered with a `Metered` instead of its own answer. */
export const METER_HEADER = 'x-bench-meter';

/** One for all requests: what an isolate remembers of a caller hangs on its database. */
let database: D1Database | undefined;
let current = new Meter();

type Handler = (request: Request, env: Env, ctx: ExecutionContext) => Response | Promise<Response>;

export async function metered(handle: Handler, request: Request, env: Env): Promise<Response> {
  const meter = new Meter();
  current = meter;
  database ??= meteredDatabase(env.DB, () => current);
  const background: Promise<unknown>[] = [];
  const fetchOutside = globalThis.fetch;
  globalThis.fetch = (...args: Parameters<typeof fetch>) => {
    meter.countOutbound();
    return fetchOutside(...args);
  };
  try {
    const patient = {
      waitUntil: (work: Promise<unknown>) => background.push(work),
      passThroughOnException() {},
      props: {},
    } as unknown as ExecutionContext;
    const watched: Env = {
      ...env,
      DB: database,
      ROOM: meteredNamespace(env.ROOM, meter),
      WATCHER: meteredNamespace(env.WATCHER, meter),
      SENDER: sendersHere(
        meter,
        (name) => new DeliverySender(depsFor(watched, patient).dispatcher, name, NOTHING_KEPT),
      ),
    };
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

/** A sender works in this isolate, not in its object, so that what it asks of D1 is counted. */
function sendersHere(meter: Meter, open: (name: string) => DeliverySender): Env['SENDER'] {
  return {
    getByName(name: string) {
      meter.countObjectCall();
      const sender = open(name);
      return {
        send: (...[due, known]: Parameters<DeliverySender['send']>) => sender.send(due, known),
        drain: () => sender.drain(),
      };
    },
  } as unknown as Env['SENDER'];
}

function meteredNamespace<T extends Env['ROOM'] | Env['WATCHER']>(namespace: T, meter: Meter): T {
  return {
    getByName(name: string) {
      meter.countObjectCall();
      return namespace.getByName(name);
    },
  } as T;
}
