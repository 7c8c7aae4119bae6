// What is wrong with a field, in words that follow its name: "limit: must be a number". For what a schema does not say
// itself; called wherever bodies, queries and forms are validated.

import type * as z from 'zod';

const KINDS: Record<string, string> = {
  string: 'must be text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
  record: 'must be an object',
};

/** Zod's `error` for a parse; undefined where zod's own words will do. */
export function zodMessages(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is needed' : (KINDS[issue.expected] ?? 'has the wrong form');
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`;
    case 'too_small':
      return bound(issue.origin, issue.minimum, 'at least');
    case 'too_big':
      return bound(issue.origin, issue.maximum, 'at most');
    case 'invalid_format':
    case 'invalid_union':
      return 'has the wrong form';
    default:
      return undefined;
  }
}

function bound(origin: string, limit: number | bigint, word: 'at least' | 'at most'): string {
  if (origin === 'string') {
    if (word === 'at least') return limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`;
    return `longer than ${limit} characters`;
  }
  if (origin === 'array' || origin === 'set') return `must have ${word} ${limit} entries`;
  return `must be ${word} ${limit}`;
}

/** The words that follow a field's name, as a sentence beside the field itself: "This is too long." */
export function sentence(words: string): string {
  const start = /^(is|must|has|needs|longer|shorter|needed)\b/.test(words)
    ? `This ${/^(longer|shorter)/.test(words) ? 'is ' : ''}${words}`
    : words;
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
