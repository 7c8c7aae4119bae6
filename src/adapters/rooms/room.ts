// The Durable Object of one invoice: fans messages out to hibernating WebSockets. It stores nothing, so that no database is
// left of an invoice that was viewed. The Worker (feed.ts) is its only client, so a buyer's open page does not keep it in memory.

import { DurableObject } from 'cloudflare:workers';

/** What others may call on a room. */
export interface RoomRpc extends Rpc.DurableObjectBranded {
  publish(messages: string[]): void;
  listeners(): number;
}

export const NOTE_HEADER = 'x-room-note';

export abstract class RoomObject<E> extends DurableObject<E> implements RoomRpc {
  constructor(ctx: DurableObjectState, env: E) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
  }

  /** The last socket is closed. Wired to the spine in worker.ts. @param note what it was opened with */
  protected abstract onEmpty(note: string): void;

  override fetch(request: Request): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment(request.headers.get(NOTE_HEADER));
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
    return this.#open().length;
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    // What a connection is known by that ended without a word: it may not be sent back.
    socket.close([1005, 1006, 1015].includes(code) ? 1000 : code);
    this.#left(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#left(socket);
  }

  /** A room of a version before this one set an alarm, and has a database of its own for it: both go. */
  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }

  #left(socket: WebSocket): void {
    if (this.#open().some((other) => other !== socket)) return;
    const note: string | null = socket.deserializeAttachment();
    if (note !== null) this.onEmpty(note);
  }

  #open(): WebSocket[] {
    return this.ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN);
  }
}
