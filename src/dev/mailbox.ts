// The local world's mailbox: takes every mail that SatLane would send, shows them on a page, and lists them as JSON for
// tests. Started by main.ts.

import { readFile, writeFile } from 'node:fs/promises';
import { html, raw } from 'hono/html';
import * as z from 'zod';
import { serve } from './shop/http.ts';

const MAX_MAILS = 200;

const mailSchema = z.object({
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  headers: z.record(z.string(), z.string()).optional(),
  /** A mail that comes again under the same key is the same mail. */
  key: z.string().optional(),
});
const storedSchema = z.array(mailSchema.extend({ id: z.number(), at: z.string() }));
type StoredMail = z.infer<typeof storedSchema>[number];

interface Mailbox {
  /** The page; its `/mails` takes a mail by POST and lists them by GET, newest first, `?to=` one address's. */
  url: string;
  close(): Promise<void>;
}

/** `file` keeps the mails between runs. */
export async function startMailbox(options: { port: number; host: string; file?: string }): Promise<Mailbox> {
  const { port, host, file } = options;
  const mails = await load(file);
  return serve(port, host, () => async (request) => {
    const url = new URL(request.url);
    if (url.pathname === '/' && request.method === 'GET') return page(mails);
    if (url.pathname !== '/mails') return new Response('There is no such page.\n', { status: 404 });
    if (request.method === 'POST') {
      const mail = mailSchema.safeParse(await request.json().catch(() => null));
      if (!mail.success) return new Response('That is no mail.\n', { status: 400 });
      const { key } = mail.data;
      if (key !== undefined && mails.some((known) => known.key === key)) return new Response(null, { status: 204 });
      mails.unshift({ id: (mails[0]?.id ?? 0) + 1, at: new Date().toISOString(), ...mail.data });
      mails.splice(MAX_MAILS);
      if (file) await writeFile(file, JSON.stringify(mails));
      return new Response(null, { status: 204 });
    }
    const to = url.searchParams.get('to')?.toLowerCase();
    return Response.json({ mails: to === undefined ? mails : mails.filter((mail) => mail.to.toLowerCase() === to) });
  });
}

async function load(file: string | undefined): Promise<StoredMail[]> {
  try {
    return file ? storedSchema.parse(JSON.parse(await readFile(file, 'utf8'))) : [];
  } catch {
    return [];
  }
}

async function page(mails: StoredMail[]): Promise<Response> {
  const body = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Mailbox</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>Mailbox</h1>
          <p class="note">What SatLane would have sent from this machine. Nothing leaves it.</p>
          ${mails.length === 0 ? html`<p class="empty">No mail yet. Sign up, and it arrives here.</p>` : ''}
          ${mails.map(article)}
        </main>
        <script>
          ${raw(SCRIPT(mails[0]?.id ?? 0))}
        </script>
      </body>
    </html>`;
  return new Response(String(body), {
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  });
}

const article = ({ to, subject, text, at, headers = {} }: StoredMail) => html`<article>
  <header>
    <h2>${subject}</h2>
    <p>to ${to} · <time datetime="${at}">${at.slice(0, 19).replace('T', ' ')} UTC</time></p>
    ${Object.entries(headers).map(([name, value]) => html`<p>${name}: ${value}</p>`)}
  </header>
  <div class="text">${linked(text)}</div>
</article>`;

/** The text, with its addresses as links. */
function linked(text: string) {
  return text
    .trim()
    .split(/(https?:\/\/\S+)/)
    .map((part, index) => (index % 2 === 1 ? html`<a href="${part}">${part}</a>` : part));
}

const STYLE = `
  :root { color-scheme: light dark; --line: light-dark(#d9dde3, #363b42); --soft: light-dark(#5c6673, #9aa4b1); }
  body { margin: 0; font: 16px/1.55 system-ui, sans-serif; background: light-dark(#f5f6f8, #16181c); color: light-dark(#1b1f24, #e8eaed); }
  main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
  h1 { font-size: 1.5rem; margin: 0; }
  .note, .empty, header p { color: var(--soft); margin: .25rem 0 0; overflow-wrap: anywhere; }
  .empty { margin-top: 3rem; text-align: center; }
  article { background: light-dark(#fff, #1f2227); border: 1px solid var(--line); border-radius: 10px; margin-top: 1.25rem; padding: 1rem 1.25rem; }
  h2 { font-size: 1.1rem; margin: 0; }
  header p { font-size: .875rem; }
  .text { white-space: pre-line; overflow-wrap: anywhere; margin-top: .75rem; }
  a { color: light-dark(#0b5cad, #7db8f5); }`;

/** Shows new mail when it comes. */
const SCRIPT = (newest: number) => `
  setInterval(async () => {
    const { mails } = await (await fetch('/mails')).json().catch(() => ({ mails: [] }));
    if ((mails[0]?.id ?? 0) !== ${newest}) location.reload();
  }, 2000);`;
