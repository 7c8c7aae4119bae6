// Other people's words on their way into a mail: store names, order references, hosts. Called by letters and the mailer.

const MAX_LENGTH = 80;
/** Controls, and what is not seen or turns the direction of what follows. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** One line without what could pose as ours: no break, no hidden character, nothing that a mail program makes a link of. */
export function plainLine(text: string): string {
  const line = oneLine(text)
    .replace(/[a-z][a-z0-9+.-]*:\/\//gi, '')
    .replace(/\b(?:mailto|tel|sms|bitcoin|lightning|javascript|data):/gi, '')
    // A dot or an @ between letters makes an address: a space ends it.
    .replace(/(?<=[\p{L}\p{N}])([.@])(?=\p{L})/gu, '$1 ')
    .trim();
  const letters = [...line];
  return letters.length > MAX_LENGTH ? `${letters.slice(0, MAX_LENGTH - 1).join('')}…` : line;
}

/** What a header may hold: a line break would begin another header. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(UNSEEN, '').trim();
}
