// Lines of the product that are wrong, in this process alone: to see whether a soak finds it. Called by worker.ts before it loads the product.

import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

export interface Mutant {
  /** What is wrong then. */
  name: string;
  edits: Edit[];
}

interface Edit {
  /** Of src/. */
  file: string;
  /** Must be there once. */
  text: string;
  becomes: string;
}

export function breakProduct({ name, edits }: Mutant): void {
  for (const edit of edits) breakLine(name, edit);
}

function breakLine(name: string, { file, text, becomes }: Edit): void {
  const { href } = pathToFileURL(`${import.meta.dirname}/../../${file}`);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (url !== href) return loaded;
      const parts = String(loaded.source).split(text);
      if (parts.length !== 2) throw new Error(`${name}: ${file} has its text ${parts.length - 1} times`);
      return { ...loaded, source: parts.join(becomes) };
    },
  });
}
