// The only way out to the terminal: it removes the API key and a node's secrets from every line.

const API_KEY = /sl_(live|test)_[A-Za-z0-9_-]+/g;

const hidden = new Set<string>();

/** From now on no line shows it. */
export function hide(secret: string): void {
  if (secret.length > 3) hidden.add(secret);
}

export function say(text: string): void {
  process.stdout.write(`${redact(text)}\n`);
}

export function complain(text: string): void {
  process.stderr.write(`${redact(text)}\n`);
}

function redact(text: string): string {
  let shown = text.replace(API_KEY, 'sl_$1_…');
  for (const secret of hidden) shown = shown.replaceAll(secret, '…');
  return shown;
}
