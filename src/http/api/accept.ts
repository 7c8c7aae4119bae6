// Who gets a page and who gets JSON, where both are to be had: pages are for those who ask for HTML, which browsers do by name
// and programs do not (curl, PHP and fetch say */*, Python's urllib says nothing). Called by api/failures.ts, by the dashboard's
// errors and by api/bitpay/, whose paths are links for people too.

/** True where HTML is named and JSON is not preferred to it. @param accept the header; nothing where there is none */
export function wantsPage(accept: string | null | undefined): boolean {
  const html = Math.max(qualityOf(accept, 'text/html'), qualityOf(accept, 'application/xhtml+xml'));
  return html > 0 && html >= qualityOf(accept, 'application/json');
}

/** How much a type is wanted that is named, from 0 to 1 (RFC 9110 §12.5.1); 0 where it is not. */
function qualityOf(accept: string | null | undefined, type: string): number {
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (name !== type) continue;
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    const value = quality === undefined ? 1 : Number(quality);
    return value > 0 && value <= 1 ? value : 0;
  }
  return 0;
}
