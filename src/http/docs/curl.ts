// An operation as a line to paste into a shell. Called by the reference page.

import type { DocumentedOperation } from '../api/openapi/operation.ts';

export function curlOf({ method, path, who, body, tag }: DocumentedOperation, origin: string): string {
  const url = path.replaceAll(/(\w+)\/\{\w+\}/g, (_, resource: string) => `${resource}/$${variableOf(resource)}`);
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

/** The shell's variable for the id of a resource: deliveries → DELIVERY_ID. */
function variableOf(resources: string): string {
  return `${resources.replace(/ies$/, 'y').replace(/s$/, '').toUpperCase()}_ID`;
}
