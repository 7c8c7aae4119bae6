// The Durable Object of one invoice: fans messages out to hibernating WebSockets and keeps the time of expiry. It holds
// no truth; D1 does. The Worker (feed.ts) is its only client, so a buyer's open page does not keep it in memory.

import { DurableObject } from 'cloudflare:workers';

/** What others may call on a room. */
export interface RoomRpc extends Rpc.DurableObjectBranded {
  publish(messages: string[]): void;
  listeners(): number;
}

export const EXPIRES_AT_HEADER = 'x-expires-at-ms';

export abstract class RoomObject<E> extends DurableObject<E> implements RoomRpc {
  constructor(ctx: DurableObjectState, env: E) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
  }

  /** The invoice's time is up: look at the chain, then expire it. Wired to the spine in worker.ts. */
  protected abstract onDue(invoiceId: string): Promise<void>;

  override async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    const expiresAtMs = Number(request.headers.get(EXPIRES_AT_HEADER));
    if (expiresAtMs > Date.now() && (await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(expiresAtMs);
    }
    return new Response(null, { status: 101, webSocket: client });
  }

  publish(messages: string[]): void {
    for (const socket of this.ctx.getWebSockets()) {
      for (const message of messages) {
        try {
          socket.send(message);
        } catch {
          // The socket closed meanwhile; its client resumes from D1 when it is back.
        }
      }
    }
  }

  listeners(): number {
    return this.ctx.getWebSockets().length;
  }

  override async alarm(): Promise<void> {
    if (this.ctx.id.name) await this.onDue(this.ctx.id.name);
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    // 1005 and 1006 are what a peer reports, and may not be sent back.
    socket.close(code === 1005 || code === 1006 ? 1000 : code);
  }
}
