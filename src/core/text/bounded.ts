// Reads a body that may be larger than it should be. Used wherever bytes come in from outside.

/** The whole body of a request or response, or null as soon as it is larger than `maxBytes`. */
export async function readAtMost(message: Request | Response, maxBytes: number): Promise<Uint8Array | null> {
  const declared = message.headers.get('content-length');
  if (declared !== null && Number(declared) > maxBytes) return null;
  // HTTP ends a message where its length says; a compressed one has another length than what is read.
  if (declared !== null && !message.headers.has('content-encoding')) return new Uint8Array(await message.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of message.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) return null;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
