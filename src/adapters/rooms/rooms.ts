// The client of the rooms: what the rest of SatLane calls.

import { NOTE_HEADER, type RoomRpc } from './room.ts';

export interface Rooms {
  /** Sends messages to every viewer of the invoice. */
  publish(invoiceId: string, messages: object[]): Promise<void>;
  /**
   * Joins the room: a WebSocket that receives what is published from now on.
   * @param note given back to worker.ts where this is the last one that closes; null for nothing
   */
  join(invoiceId: string, note: string | null): Promise<WebSocket>;
  /** How many are watching. */
  listeners(invoiceId: string): Promise<number>;
}

export function openRooms(namespace: DurableObjectNamespace<RoomRpc>): Rooms {
  return {
    async publish(invoiceId, messages) {
      await namespace.getByName(invoiceId).publish(messages.map((message) => JSON.stringify(message)));
    },
    async join(invoiceId, note) {
      const response = await namespace.getByName(invoiceId).fetch('https://room/', {
        headers: { upgrade: 'websocket', ...(note !== null && { [NOTE_HEADER]: note }) },
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
