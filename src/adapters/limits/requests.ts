// 20 requests a second and caller (integration guide §11), without a round trip: each isolate counts exactly what it sees,
// and Cloudflare's own counter, which is shared by a whole location, is asked behind the answer. Who it refuses is turned
// away here for the next second. Where the operator allows more than 20, the counter, whose own limit stands in
// wrangler.toml, hears of as many fewer requests.

import { DEFAULT_LIMITS } from './settings.ts';
import { SlidingWindow } from './window.ts';

const { requestsPerSecond: USUAL } = DEFAULT_LIMITS;
const SECOND_MS = 1_000;
/** Twenty times of a few bytes each: some megabytes at the most. */
const MAX_CALLERS = 10_000;

export interface RequestLimit {
  /** Counts a request; false when its caller has used up the second. */
  allow(caller: string): boolean;
  /** Whether `allow` would refuse; counts nothing. */
  isUsedUp(caller: string): boolean;
}

interface Surroundings {
  now: () => number;
  background: (work: Promise<unknown>) => void;
  /** Cloudflare's counter: 200 in 10 s, per location. */
  shared: (caller: string) => Promise<boolean>;
  /** How many a second, where it is not the usual. */
  perSecond?: () => number;
  /** From 0 to 1. */
  chance?: () => number;
}

/** What one isolate remembers, from request to request. */
export class RequestMemory {
  readonly seen = new SlidingWindow(USUAL, SECOND_MS, MAX_CALLERS);
  /** Callers that the shared counter has refused: one entry a second keeps them out. */
  readonly refused = new SlidingWindow(1, SECOND_MS, MAX_CALLERS);
}

const isolate = new RequestMemory();

export function openRequestLimit(
  { now, background, shared, perSecond = () => USUAL, chance = Math.random }: Surroundings,
  memory: RequestMemory = isolate,
): RequestLimit {
  const isUsedUp = (caller: string) =>
    memory.refused.isUsedUp(caller, now()) || memory.seen.isUsedUp(caller, now(), perSecond());
  return {
    isUsedUp,
    allow(caller) {
      if (isUsedUp(caller)) return false;
      memory.seen.take(caller, now(), perSecond());
      if (chance() * perSecond() >= USUAL) return true;
      background(
        shared(caller).then((isAllowed) => {
          if (!isAllowed) memory.refused.take(caller, now());
        }),
      );
      return true;
    },
  };
}
