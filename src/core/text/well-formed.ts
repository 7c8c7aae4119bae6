// Text from outside: what is refused in it wherever it comes from (bodies, queries, forms, headers), and how it is shortened.
// Called by json.ts, by the readers of requests, and by code that shortens a long text.

/** What is wrong with a text, in words that follow its field's name; null for nothing. */
export function textProblem(text: string): string | null {
  if (!text.isWellFormed()) return 'holds half of a character (a lone surrogate): send well-formed Unicode';
  // Databases, C libraries and pages end a text there, each in its own way.
  if (text.includes('\0')) return 'holds a NUL character: leave it out';
  return null;
}

/** The first `max` UTF-16 units of a text, one less where that would cut a character in two. */
export function shortened(text: string, max: number): string {
  const start = text.slice(0, max);
  return start.isWellFormed() ? start : start.slice(0, -1);
}

/**
 * The first of the pairs of a query or a form (`a=1&b=2`) that is not UTF-8 or has what textProblem names, and what is wrong
 * with it; null where all are well.
 */
export function encodedProblem(pairs: string): { field: string; problem: string } | null {
  for (const pair of pairs.split('&')) {
    const decoded = pair.split('=', 2).map((part) => {
      try {
        // A percent sign that begins no byte stands for itself.
        return part.replaceAll(/(?:%[\da-f]{2})+/gi, decodeURIComponent);
      } catch {
        return null;
      }
    });
    const [name, value] = decoded;
    const field = shortened(name?.replaceAll('\0', '') || 'query', 64);
    if (name === null || value === null) return { field, problem: 'is not valid UTF-8' };
    const problem = textProblem(name ?? '') ?? textProblem(value ?? '');
    if (problem) return { field, problem };
  }
  return null;
}
