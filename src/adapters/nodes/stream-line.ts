// Reads an answer that comes in lines of JSON and may stay open after the line that counts. Called by request.ts.

/**
 * The first line that `isLast`; without one, the last line before the end.
 * @returns null as soon as there are more than `maxBytes`
 */
export async function answerLine(
  response: Response,
  isLast: (line: string) => boolean,
  maxBytes: number,
): Promise<string | null> {
  const decoder = new TextDecoder();
  let [size, open, last] = [0, '', ''];
  // Leaving the loop cancels the stream.
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) return null;
    const lines = (open + decoder.decode(chunk, { stream: true })).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines.filter((one) => one.trim())) {
      if (isLast(line)) return line;
      last = line;
    }
  }
  return open.trim() ? open : last;
}
