// What the runner plays: histories of one kind, from a seed. Called by run.ts; games.ts lists them.

import type { Random } from './random.ts';

/** What happens, in order; the rest of it is what it begins with. */
export interface SoakScript {
  steps: readonly { do: string }[];
}

export interface Game<Place, History extends SoakScript> {
  /** What the histories of one process share. */
  open(): Promise<Place>;
  history(random: Random): History;
  /** @throws what went wrong */
  play(place: Place, history: History): Promise<void>;
}

/** One line that a person can read. */
export function stepText(step: object): string {
  const { do: name, ...rest } = step as { do: string };
  const words = Object.entries(rest).map(
    ([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  return words.length > 0 ? `${name}: ${words.join(', ')}` : name;
}
