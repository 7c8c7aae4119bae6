// /rates and /currencies: the price of a bitcoin in each currency of invoices. Public.

import { isBitpayCurrency } from '../../../core/dialects/bitpay/data.ts';
import { currencyDecimals } from '../../../core/money/currencies.ts';
import { parseDecimal, toNumber } from '../../../core/money/fiat.ts';
import { formatBtc } from '../../../core/money/sats.ts';
import { shortened } from '../../../core/text/well-formed.ts';
import { dustLimitSats } from '../../../core/wallet/dust.ts';
import type { Deps } from '../../../deps.ts';
import { ApiError } from '../../../errors.ts';
import { readRates } from '../../../services/payments/rates.ts';
import { ANYBODY } from '../operation.ts';
import { operation } from './operation.ts';

interface Rate {
  code: string;
  name: string;
  rate: number;
  cryptoCode: 'BTC';
  currencyPair: string;
}

export const rateApi = [
  operation('GET /rates', ANYBODY, async ({ c, deps }) => {
    const pairs = c.req
      .query('currencyPairs')
      ?.toUpperCase()
      .split(',')
      .map((pair) => pair.trim());
    const rates = await ratesNow(deps);
    return { data: pairs ? rates.filter(({ currencyPair }) => pairs.includes(currencyPair)) : rates };
  }),

  operation('GET /rates/{base}', ANYBODY, async ({ deps, params: { base } }) => {
    assertBitcoin(base);
    return { data: await ratesNow(deps) };
  }),

  operation('GET /rates/{base}/{currency}', ANYBODY, async ({ deps, params: { base, currency } }) => {
    assertBitcoin(base);
    const code = currency.toUpperCase();
    const rate = (await ratesNow(deps)).find((one) => one.code === code);
    if (!rate) throw new ApiError('not_found', `No rate is known for BTC in ${shortened(code, 10)}.`);
    return { data: rate };
  }),

  operation('GET /currencies', ANYBODY, async ({ deps }) => ({ data: (await ratesNow(deps)).map(currencyOf) })),
];

/** Everything that the models of BitPay's SDKs require. */
function currencyOf({ code, name, rate }: Rate) {
  const decimals = code === 'BTC' ? 8 : (currencyDecimals(code) ?? 2);
  const unit = 10 ** decimals;
  return {
    code,
    symbol: code,
    precision: decimals,
    decimals,
    name,
    plural: name,
    alts: '',
    // The smallest payment that the network relays to any wallet, rounded up: a lower price may be refused.
    minimum: code === 'BTC' ? MIN_BTC : Math.ceil(MIN_BTC * rate * unit) / unit,
    sanctioned: false,
    currentlySettled: code === 'BTC',
    // Merchants have the money already: nothing is paid out or settled.
    payoutFields: [],
    settlementMinimum: [],
    ...(code === 'BTC' && { chain: 'BTC', displayCode: 'BTC' }),
  };
}

const MIN_BTC = Number(formatBtc(dustLimitSats('p2pkh')));

/** Those that an invoice could be priced by now; a bitcoin itself first. */
async function ratesNow(deps: Deps): Promise<Rate[]> {
  const names = new Intl.DisplayNames('en', { type: 'currency' });
  const known = Object.entries(await readRates(deps));
  const rates = known.flatMap(([code, { rate, isFresh }]) => {
    const value = parseDecimal(rate, 30);
    return isFresh && value && isBitpayCurrency(code) ? [rateOf(code, names.of(code) ?? code, toNumber(value))] : [];
  });
  return [rateOf('BTC', 'Bitcoin', 1), ...rates.sort((a, b) => (a.code < b.code ? -1 : 1))];
}

const rateOf = (code: string, name: string, rate: number): Rate => ({
  code,
  name,
  rate,
  cryptoCode: 'BTC',
  currencyPair: `BTC_${code}`,
});

function assertBitcoin(base: string): void {
  if (base.toUpperCase() !== 'BTC') throw new ApiError('not_found', 'Rates are known for BTC alone.');
}
