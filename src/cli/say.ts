// The only way out to the terminal: it removes the API key from every line.

const API_KEY = /sl_(live|test)_[A-Za-z0-9_-]+/g;

export function say(text: string): void {
  process.stdout.write(`${redact(text)}\n`);
}

export function complain(text: string): void {
  process.stderr.write(`${redact(text)}\n`);
}

function redact(text: string): string {
  return text.replace(API_KEY, 'sl_$1_…');
}
