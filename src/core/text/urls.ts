// Reads the URLs that people enter, in every dialect: a shop's pages, pictures and webhooks, and where a key is
// taken to. Pure. Called by the APIs' bodies, webhooks/guard.ts, the authorize page, and again where a link is shown.

/** An @ before the path. Readers differ in where `https://shop.example\@bank.example` leads; SatLane refuses it. */
const USERINFO = /^\s*[a-z][a-z\d+.-]*:[/\\]*[^/?#]*@/i;
const NAMED = 'must not contain a user name or password';

/**
 * Names and passwords are refused: what lies before an @ poses as the host to a reader of the link, and a password would
 * be visible in it.
 * @param schemes `web` is http and https
 * @returns the URL, or what is wrong in words that follow a field's name
 */
export function readUrl(text: string, schemes: 'web' | 'https'): { url: URL } | { problem: string } {
  const url = URL.parse(text);
  if (!url) return { problem: 'is not a URL: enter one such as https://shop.example/page' };
  if (url.username || url.password) return { problem: NAMED };
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && schemes === 'web'))
    return { problem: schemes === 'https' ? 'must start with https://' : 'must start with https:// or http://' };
  return USERINFO.test(text) ? { problem: NAMED } : { url };
}
