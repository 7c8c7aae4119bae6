// An operation as a line to paste into a shell. Called by the reference page.

import type { Operation } from '../api/openapi/operation.ts';
import { parametersOf } from '../api/openapi/operation.ts';

export function curlOf({ method, path, who, body, tag }: Operation, origin: string): string {
  const url = parametersOf(path).reduce((at, name) => at.replace(`{${name}}`, `$${name.toUpperCase()}`), path);
  // A key where one may be used: that is how servers ask.
  const credential = who.key
    ? ['-H "Authorization: Bearer $SATLANE_API_KEY"']
    : who.person
      ? ['-b "$COOKIES"', ...(method === 'GET' ? [] : [`-H "Origin: ${origin}"`])]
      : [];
  const keepCookies = tag === 'Logging in' && /\/login$/.test(path) ? ['-c cookies.txt'] : [];
  const sent = body
    ? ['-H "Content-Type: application/json"', `-d '${JSON.stringify(body.example, null, 2).replaceAll("'", "'\\''")}'`]
    : [];
  // With -d curl posts by itself.
  const verb = method === 'GET' || (method === 'POST' && body) ? [] : [`-X ${method}`];
  return [`curl "${origin}${url}"`, ...verb, ...credential, ...keepCookies, ...sent].join(' \\\n  ');
}
