// The world's fiat currencies (ISO 4217, circulating money only: no metals, no accounting units) and their decimals. Pure.
// Called by the rate sources, which drop what is not fiat, and by code that shows a fiat amount.

const CODES_BY_DECIMALS: readonly (readonly [decimals: number, codes: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'],
  [
    2,
    `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE
     CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR
     KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB
     PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY
     TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG`,
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
];

const DECIMALS: ReadonlyMap<string, number> = new Map(
  CODES_BY_DECIMALS.flatMap(([decimals, codes]) => codes.split(/\s+/).map((code) => [code, decimals] as const)),
);

/** Whether the code names a fiat currency. BTC, USDT and XAU are not. */
export function isFiatCurrency(code: string): boolean {
  return DECIMALS.has(code);
}

/** How many decimals an amount is written with: USD 2, JPY 0, KWD 3; null for a code that is not fiat. */
export function currencyDecimals(code: string): number | null {
  return DECIMALS.get(code) ?? null;
}

/** BTCPay Server's codes for bitcoin itself, which its clients price in, with their decimals. */
const BITCOIN: ReadonlyMap<string, number> = new Map([
  ['BTC', 8],
  ['SATS', 0],
]);

/** Whether the code stands for bitcoin itself, whole or in satoshis. */
export function isBitcoinCode(code: string): code is 'BTC' | 'SATS' {
  return BITCOIN.has(code);
}

/** As currencyDecimals, for what a price may be given in: bitcoin itself, too. */
export function amountDecimals(code: string): number | null {
  return BITCOIN.get(code) ?? currencyDecimals(code);
}
