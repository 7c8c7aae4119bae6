// What each real price source answers, byte for byte in its own shape, shortened to a few entries.

export const COINBASE_PATH = '/v2/exchange-rates?currency=BTC';
export const coinbase = `{"data":{"currency":"BTC","rates":{"AED":"238709.86836251","BTC":"1","ETH":"24.1080041","EUR":"60010.5",
  "00":"911.25","1INCH":"271003.2","USD":"65000.005","USDT":"65001.2","XAU":"24.6","VND":"1653437500.123456789"}}}`;

export const KRAKEN_PATH = '/0/public/Ticker?pair=XBTUSD,XBTEUR,XBTGBP,XBTCAD,XBTCHF,XBTAUD,XBTJPY';
const ticker = (last: string) =>
  `{"a":["${last}","1","1.000"],"b":["64999.90000","2","2.000"],"c":["${last}","0.00100000"],"v":["431.1","1992.7"],
    "p":["64870.1","64799.2"],"t":[15234,48872],"l":["64100.0","63800.0"],"h":["65420.0","65420.0"],"o":"64402.20000"}`;
export const kraken = `{"error":[],"result":{"XBTAUD":${ticker('99000.50000')},"XBTCHF":${ticker('57010.00000')},
  "XXBTZCAD":${ticker('89111.00000')},"XXBTZEUR":${ticker('60005.20000')},"XXBTZGBP":${ticker('51004.10000')},
  "XXBTZJPY":${ticker('9751000')},"XXBTZUSD":${ticker('65000.10000')}}}`;

export const BLOCKCHAIN_PATH = '/ticker';
export const blockchain = `{"ARS":{"15m":8.10000001E7,"last":8.10000001E7,"buy":8.1E7,"sell":8.1E7,"symbol":"ARS"},
  "EUR":{"15m":59990.1,"last":59990.10,"buy":59990.1,"sell":59990.1,"symbol":"EUR"},
  "USD":{"15m":64990.36,"last":64990.36,"buy":64990.36,"sell":64990.36,"symbol":"USD"}}`;

export const MEMPOOL_PATH = '/api/v1/prices';
export const mempool =
  '{"time":1703252411,"USD":65010,"EUR":60020,"GBP":51000,"CAD":89100,"CHF":-1,"AUD":99010,"JPY":9750000}';

export const BITSTAMP_USD_PATH = '/api/v2/ticker/btcusd/';
export const BITSTAMP_EUR_PATH = '/api/v2/ticker/btceur/';
const bitstamp = (last: string) =>
  `{"timestamp":"1703252411","open":"64402","high":"65420","low":"63800","last":"${last}","volume":"1992.7","vwap":"64799",
    "bid":"64999","ask":"65001","side":"0","open_24":"64402","percent_change_24":"0.93"}`;
export const bitstampUsd = bitstamp('65005');
export const bitstampEur = bitstamp('60000.55');
