// Of the runtime's node:zlib what packed.ts uses: the Worker is checked without Node's types.

declare module 'node:zlib' {
  interface Shared {
    windowBits: number;
    dictionary: Uint8Array;
  }
  function deflateRawSync(data: string, shared: Shared): Uint8Array;
  function inflateRawSync(data: Uint8Array, shared: Shared): Uint8Array;
}
