// The client of the rooms: what the rest of SatLane calls.

import { EXPIRES_AT_HEADER, type RoomRpc } from './room.ts';

export interface Rooms {
  /** Sends messages to every viewer of the invoice. */
  publish(invoiceId: string, messages: object[]): Promise<void>;
  /** Joins the room: a WebSocket that receives what is published from now on. */
  join(invoiceId: string, expiresAtMs: number): Promise<WebSocket>;
  /** How many are watching. */
  listeners(invoiceId: string): Promise<number>;
}

export function openRooms(namespace: DurableObjectNamespace<RoomRpc>): Rooms {
  return {
    async publish(invoiceId, messages) {
      await namespace.getByName(invoiceId).publish(messages.map((message) => JSON.stringify(message)));
    },
    async join(invoiceId, expiresAtMs) {
      const response = await namespace.getByName(invoiceId).fetch('https://room/', {
        headers: { upgrade: 'websocket', [EXPIRES_AT_HEADER]: String(expiresAtMs) },
      });
      if (!response.webSocket) throw new Error(`room answered ${response.status}`);
      response.webSocket.accept();
      return response.webSocket;
    },
    async listeners(invoiceId) {
      return await namespace.getByName(invoiceId).listeners();
    },
  };
}
