// How often something may be tried or sent, over hours and days. What is tried with an address or from one is counted
// under a keyed hash; whether an account exists changes nothing, and no person is locked out permanently.

import { deleteOldVerifications } from '../../adapters/db/people.ts';
import { deleteOldThrottles, forgetThrottle, takeShare, takeTurn } from '../../adapters/db/throttles.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import { isLoopback, networkOfIp } from '../../core/text/ip.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const ROWS_FORGOTTEN_PER_MINUTE = 1_000;

const free = (tries: number): number[] => Array.from({ length: tries }, () => 0);

/** After each wrong password of one person from one network; the last one for all that follow. */
const WAITS_OF_CALLER = [...free(4), 10 * SECOND_MS, 30 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS];
/** From everywhere together: short, so that a stranger who keeps trying does not keep the person out. */
const WAITS_OF_PERSON = [...free(20), 5 * SECOND_MS, 15 * SECOND_MS, 30 * SECOND_MS, MINUTE_MS];
/** Between mails of a kind to one address. An attacker who keeps requesting them gets nine a day through. */
const WAITS_OF_MAIL = [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 4 * HOUR_MS];

/** The key of a count: it does not reveal what it stands for. */
async function throttleKey(deps: Deps, ...parts: string[]): Promise<string> {
  return sha256Hex(JSON.stringify([await deps.vault.derive('throttle'), ...parts]));
}

/** Whether a mail of this kind may go to this address now; then it counts. */
export async function mayMail(deps: Deps, kind: string, to: string): Promise<boolean> {
  return (await waitForMail(deps, kind, to)) === 0;
}

/** As mayMail. Returns 0, or in how many ms it may. */
export async function waitForMail(deps: Deps, kind: string, to: string): Promise<number> {
  const key = await throttleKey(deps, 'mail', kind, to.toLowerCase());
  return takeTurn(deps.db, { key, nowMs: deps.now(), waitsMs: WAITS_OF_MAIL, forgetMs: DAY_MS });
}

/** Counts one of `max`, a day where nothing else is said. Returns 0, or in how many ms there is room for another. */
export async function waitForShare(deps: Deps, what: string[], max: number, perMs = DAY_MS): Promise<number> {
  const key = await throttleKey(deps, ...what);
  return takeShare(deps.db, { key, nowMs: deps.now(), max, perMs });
}

/** As waitForShare. @throws ApiError rate_limited with `message` */
export async function spend(deps: Deps, what: string[], max: number, message: string, perMs = DAY_MS): Promise<void> {
  const waitMs = await waitForShare(deps, what, max, perMs);
  if (waitMs > 0) throw new ApiError('rate_limited', message, Math.ceil(waitMs / SECOND_MS));
}

/** The network that a request comes from; null on a developer's own machine. */
export function networkOf(request: Request): string | null {
  const ip = request.headers.get('cf-connecting-ip');
  return ip === null || isLoopback(ip) ? null : networkOfIp(ip);
}

interface PasswordTry {
  /** Whose password: an address, or the id of a person who is logged in. */
  who: string;
  network: string | null;
  /** Whether the person is logged in from this network: then strangers elsewhere do not slow them down. */
  isKnown: (network: string) => Promise<boolean>;
}

/** For steps that a logged-in person confirms with the password. @throws as countingPasswords */
export function confirming<T>(deps: Deps, request: Request, userId: string, work: () => Promise<T>): Promise<T> {
  return countingPasswords(deps, { who: userId, network: networkOf(request), isKnown: async () => true }, work);
}

/**
 * Does what takes a password, and counts it as wrong unless it turns out right. Counted before, so that many concurrent ones do
 * not slip through.
 * @throws ApiError rate_limited, and what `work` throws
 */
export async function countingPasswords<T>(deps: Deps, tried: PasswordTry, work: () => Promise<T>): Promise<T> {
  const { who, network } = tried;
  const [ofCaller, ofPerson] = await Promise.all([
    throttleKey(deps, 'password', who, network ?? 'local'),
    throttleKey(deps, 'password', who),
  ]);
  const nowMs = deps.now();
  refuse(await takeTurn(deps.db, { key: ofCaller, nowMs, waitsMs: WAITS_OF_CALLER, forgetMs: DAY_MS }));
  const waitMs = await takeTurn(deps.db, { key: ofPerson, nowMs, waitsMs: WAITS_OF_PERSON, forgetMs: DAY_MS });
  if (waitMs > 0 && !(network !== null && (await tried.isKnown(network)))) refuse(waitMs);
  const result = await work().catch(async (error: unknown) => {
    // Only a person who knows the password sees this.
    const isRight = error instanceof ApiError && error.code === 'auth_email_not_verified';
    if (isRight) await forgetThrottle(deps.db, [ofCaller, ofPerson]);
    throw error;
  });
  deps.background(forgetThrottle(deps.db, [ofCaller, ofPerson]));
  return result;
}

function refuse(waitMs: number): void {
  if (waitMs === 0) return;
  const seconds = Math.ceil(waitMs / SECOND_MS);
  const message = `Too many wrong passwords. Wait ${seconds} s, or choose a new password by mail.`;
  throw new ApiError('rate_limited', message, seconds);
}

/** Removes counts, and tokens of mails, that are over. Called by the minute cron. */
export async function forgetThrottles(deps: Deps): Promise<void> {
  await deleteOldThrottles(deps.db, deps.now(), ROWS_FORGOTTEN_PER_MINUTE);
  await deleteOldVerifications(deps.db, deps.now());
}
