// Decides which rates to believe when several sources quote the same currency. Pure: no clock, no network.
// Called by refresh.ts. Its rule is "stale rather than wrong": in doubt a currency is not updated.
import { compareDecimals, type Decimal, isWithinPercent, midpoint } from '../../core/money/fiat.ts';

export type Reading = { source: string; rates: ReadonlyMap<string, Decimal> };
export type PreviousRate = { rate: Decimal; asOfMs: number };
export type AgreedRate = PreviousRate & { sources: string[] };
/** spread: the sources contradict each other. jump: too far from minutes ago to believe. too_few: no other source confirms it. */
type RejectReason = 'spread' | 'jump' | 'too_few';
export type Rejection = { currency: string; reason: RejectReason };

export type AgreeInput = {
  /** What the sources that answered said. */
  readings: readonly Reading[];
  /** How many sources were asked. One that failed still counts, so that a single survivor is not believed. */
  configured: number;
  previous: ReadonlyMap<string, PreviousRate>;
  nowMs: number;
};

type Quote = { source: string; rate: Decimal };
type Verdict = AgreedRate | RejectReason;

const MAX_SPREAD_PERCENT = 5;
const JUMP_PERCENT = 20;
const JUMP_WINDOW_MS = 10 * 60_000;
const JUMP_SPREAD_PERCENT = 2;

/**
 * One rate per currency, as of `nowMs`: the median of the sources that agree, or an entry in `rejected`.
 *
 * 1. A quote agrees when it is within 5 % of the middle quote; with an even count, of both middle quotes, so that two sources
 *    must agree with each other and not with their mean. The rest are dropped, as long as they are the minority.
 * 2. Two sources must agree, or the only one that is configured.
 * 3. USD comes first. A source whose USD was dropped has no say in any currency; a currency that a single source quotes
 *    is taken from it if its USD agreed with the others.
 * 4. A move of more than 20 % within 10 minutes needs every source, at least two of them, within 2 %.
 */
export function agree({ readings, configured, previous, nowMs }: AgreeInput): {
  rates: Map<string, AgreedRate>;
  rejected: Rejection[];
} {
  const needed = Math.min(2, configured);
  const verdictOn = (currency: string, quotes: Quote[], enough: number): Verdict =>
    judge(quotes, { enough, enoughForJump: needed, previous: previous.get(currency), nowMs });

  const usd = verdictOn('USD', quotesOf(readings, 'USD'), needed);
  const vouched = new Set(typeof usd === 'string' ? [] : usd.sources);
  const heard =
    typeof usd === 'string' ? readings : readings.filter((r) => vouched.has(r.source) || !r.rates.has('USD'));

  const rates = new Map<string, AgreedRate>();
  const rejected: Rejection[] = [];
  for (const currency of new Set(readings.flatMap((reading) => [...reading.rates.keys()]))) {
    const quotes = quotesOf(heard, currency);
    const enough = quotes.length === 1 && quotes.every(({ source }) => vouched.has(source)) ? 1 : needed;
    const verdict = currency === 'USD' ? usd : verdictOn(currency, quotes, enough);
    if (typeof verdict === 'string') rejected.push({ currency, reason: verdict });
    else rates.set(currency, verdict);
  }
  return { rates, rejected };
}

type Rule = { enough: number; enoughForJump: number; previous: PreviousRate | undefined; nowMs: number };

function judge(quotes: Quote[], { enough, enoughForJump, previous, nowMs }: Rule): Verdict {
  if (quotes.length === 0 || quotes.length < enough) return 'too_few';
  const agreeing = nearTheMiddle(quotes, MAX_SPREAD_PERCENT);
  if (agreeing.length < enough || agreeing.length * 2 <= quotes.length) return 'spread';
  const rate = midpoint(...middle(agreeing));
  if (previous !== undefined && hasJumped(rate, previous, nowMs)) {
    const unanimous = nearTheMiddle(quotes, JUMP_SPREAD_PERCENT).length === quotes.length;
    if (!unanimous || quotes.length < enoughForJump) return 'jump';
  }
  return { rate, sources: agreeing.map(({ source }) => source), asOfMs: nowMs };
}

function hasJumped(rate: Decimal, previous: PreviousRate, nowMs: number): boolean {
  return nowMs - previous.asOfMs < JUMP_WINDOW_MS && !isWithinPercent(rate, previous.rate, JUMP_PERCENT);
}

function nearTheMiddle(quotes: Quote[], percent: number): Quote[] {
  const middles = middle(quotes);
  return quotes.filter(({ rate }) => middles.every((reference) => isWithinPercent(rate, reference, percent)));
}

/** The two middle rates; with an odd count the middle one twice. */
function middle(quotes: Quote[]): [Decimal, Decimal] {
  const sorted = quotes.map(({ rate }) => rate).sort(compareDecimals);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.floor(sorted.length / 2)];
  if (low === undefined || high === undefined) throw new RangeError('no quotes have no middle');
  return [low, high];
}

function quotesOf(readings: readonly Reading[], currency: string): Quote[] {
  return readings.flatMap(({ source, rates }) => {
    const rate = rates.get(currency);
    return rate === undefined ? [] : [{ source, rate }];
  });
}
