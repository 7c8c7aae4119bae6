// Which addresses may become a link or an image on the page. Pure. Called by the checkout page's components and headers.

import { readUrl } from '../../core/text/urls.ts';

/** The URL where it is one for the web, else null: `javascript:` and its kin never become an href. */
export function safeWebUrl(url: string | null): URL | null {
  const read = readUrl(url ?? '', 'web');
  return 'url' in read ? read.url : null;
}

/** A shop's logo: over https, or a picture written into the address itself. */
export function logoSource(url: string | null): string | null {
  if (url === null) return null;
  if (/^data:image\/(?:png|jpeg|webp|gif|svg\+xml);base64,[A-Za-z0-9+/=]+$/.test(url)) return url;
  const parsed = safeWebUrl(url);
  return parsed?.protocol === 'https:' ? parsed.href : null;
}
