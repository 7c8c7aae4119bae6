// The headers that a tunnel before a node asks for, as Cloudflare Access does: read from lines, and held to what may be sent. Pure.
// Called where a connection is registered.

const MAX_HEADERS = 8;
const MAX_NAME = 100;
const MAX_VALUE = 2_048;
/** As RFC 9110 §5.6.2 and §5.5 have them, in ASCII. */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
/** What the connection or the network sets itself. */
const OURS =
  /^(?:host|connection|cookie|authorization|upgrade|te|trailer|expect|content-.*|transfer-.*|proxy-.*|x-forwarded-.*|cf-(?!access-).*)$/i;

/** `Name: value`, one a line. @returns null where a line is none */
export function readHeaderLines(text: string): Record<string, string> | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const pairs = lines.map((line) => /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line));
  if (pairs.includes(null)) return null;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}

/** What is wrong with them, in a sentence that shows no value; null for nothing. */
export function headersProblem(headers: Record<string, string>): string | null {
  const pairs = Object.entries(headers);
  if (pairs.length > MAX_HEADERS) return `Enter ${MAX_HEADERS} headers at most.`;
  for (const [name, value] of pairs) {
    if (name.length > MAX_NAME || !NAME.test(name))
      return 'The name of a header has characters that no header may have.';
    if (OURS.test(name)) return `SatLane sets the header ${name} itself.`;
    if (value.length > MAX_VALUE || !VALUE.test(value))
      return `The value of ${name} is empty, too long, or has characters that no header may have.`;
  }
  const names = new Set(pairs.map(([name]) => name.toLowerCase()));
  return names.size < pairs.length ? 'A header is there twice.' : null;
}
