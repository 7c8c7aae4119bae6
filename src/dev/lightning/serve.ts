// What the servers in front of the merchant's node share: routes, credentials and faults. Each shape is a file of its own.
// Called by world.ts.
import type { FaultyServer, NodeTask } from './faults.ts';
import type { IncomingPayment, NodeWallet } from './wallet.ts';

/** Of the node behind the server. */
export interface NodeInfo {
  /** Public key, hex. */
  id: string;
  height: number;
  canSendMsat: bigint;
}

export interface NodeAsk {
  wallet: NodeWallet;
  /** What the path's groups matched. */
  params: Record<string, string>;
  query: URLSearchParams;
  headers: Headers;
  body: string;
  /** Origin of the server itself. */
  origin: string;
  node: NodeInfo;
}

/** `all` is what neither of our credentials gives. */
type Right = 'receive' | 'pay' | 'all';

export interface NodeRoute {
  does: NodeTask;
  /** Where the body says what is asked for. */
  doesOf?(body: string): NodeTask;
  method: 'GET' | 'POST' | 'DELETE';
  path: RegExp;
  /** The right that the credential has to give. */
  right: 'none' | Right;
  answer(ask: NodeAsk): Response | Promise<Response>;
}

/** How one kind of server looks from outside. */
export interface Shape {
  routes: readonly NodeRoute[];
  /** null where the credential gives the right. */
  refuse(request: Request, right: Right, url: URL): Response | null;
  /** No such path. */
  missing(): Response;
  /** The hook that this server sends for a payment; null where it knows none. */
  hook?(payment: IncomingPayment, isForged: boolean): { headers: Record<string, string>; body: string };
}

export function serveShape(
  shape: Shape,
  { wallet, faults, node, origin }: { wallet: NodeWallet; faults: FaultyServer; node: () => NodeInfo; origin: string },
): (request: Request) => Promise<Response> {
  return async (request) => {
    const url = new URL(request.url);
    for (const route of shape.routes) {
      const match = route.method === request.method ? route.path.exec(url.pathname) : null;
      if (!match) continue;
      const body = await request.text();
      return faults.apply(route.doesOf?.(body) ?? route.does, async () => {
        const refused = route.right === 'none' ? null : shape.refuse(request, route.right, url);
        if (refused) return refused;
        const params = { ...match.groups } as Record<string, string>;
        return route.answer({
          wallet,
          params,
          query: url.searchParams,
          headers: request.headers,
          body,
          origin,
          node: node(),
        });
      });
    }
    return shape.missing();
  };
}

/** JSON in lines: what is there, and what comes later. */
export function streamOf(lines: readonly string[], last?: Promise<string>): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    async start(controller) {
      for (const line of lines) controller.enqueue(encoder.encode(line));
      if (last) controller.enqueue(encoder.encode(await last));
      controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}
