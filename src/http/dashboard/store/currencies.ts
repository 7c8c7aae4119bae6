// The currencies that a store can be in: those with an exchange rate, the best known first.

import type { Deps } from '../../../deps.ts';
import { readRates } from '../../../services/payments/rates.ts';
import type { Option } from '../fields.tsx';

const WELL_KNOWN = ['USD', 'EUR', 'GBP', 'CHF', 'JPY', 'CAD', 'AUD'];

const names = new Intl.DisplayNames('en', { type: 'currency' });

/** @param present the one that is chosen now: it stays on the list */
export async function currencyOptions(deps: Deps, present?: string): Promise<Option[]> {
  const rated = Object.keys(await readRates(deps)).sort();
  const usual = WELL_KNOWN.filter((code) => rated.length === 0 || rated.includes(code));
  const codes = [...new Set([...usual, ...rated, ...(present ? [present] : [])])];
  return codes
    .filter((code) => /^[A-Z]{3}$/.test(code))
    .map((code) => ({ value: code, text: `${code} · ${names.of(code)}` }));
}
