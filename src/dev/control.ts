// Control desks over HTTP: named levers that take JSON, and a state to read. A browser is among the clients.
// Called by the simulated chain and by the Lightning nodes.
import type * as z from 'zod';

/** The request cannot be carried out; the message starts with the field at fault. */
export class ControlError extends Error {}

export type Lever<World> = (world: World, body: unknown) => unknown;

interface Desk<World> {
  levers: Record<string, Lever<World>>;
  state: (world: World) => unknown;
  /** What to answer where an action throws; undefined for what is no fault of the asker. */
  explain?: (error: unknown) => string | undefined;
}

export function lever<World, Body>(schema: z.ZodType<Body>, act: (world: World, body: Body) => unknown): Lever<World> {
  return (world, body) => act(world, parse(schema, body));
}

/** @throws ControlError naming the first field that is wrong */
export function parse<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : (issue?.path ?? []);
  throw new ControlError(`${keys.join('.') || 'body'}: ${issue?.message ?? 'not understood'}`);
}

/** Answers `/control/…` and, as a convenience, the same paths without the prefix. */
export function deskHandler<World>(
  world: () => World | Promise<World>,
  { levers, state, explain = () => undefined }: Desk<World>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method === 'OPTIONS') return reply(204, null);
    const name = new URL(request.url).pathname.replace(/^\/control(?=\/)/, '').slice(1);
    if (request.method === 'GET' && name === 'state') return reply(200, state(await world()));
    const act = levers[name];
    if (act === undefined) return reply(404, { error: `no such control: ${name}` });
    if (request.method !== 'POST') return reply(405, { error: 'use POST' });
    try {
      return reply(200, await act(await world(), await readBody(request)));
    } catch (error) {
      const reason = error instanceof ControlError ? error.message : explain(error);
      if (reason !== undefined) return reply(400, { error: reason });
      console.error(error);
      return reply(500, { error: error instanceof Error ? error.message : String(error) });
    }
  };
}

async function readBody(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new ControlError('body: not JSON');
  }
}

const HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'content-type',
  'cache-control': 'no-store',
};

function reply(status: number, body: unknown): Response {
  if (body === null) return new Response(null, { status, headers: HEADERS });
  return new Response(JSON.stringify(body), { status, headers: { ...HEADERS, 'content-type': 'application/json' } });
}
