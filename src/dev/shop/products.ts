// What the shop sells: two prices in fiat, one in sats. Called by buy.ts and the pages.

export interface Product {
  id: string;
  name: string;
  text: string;
  price: { amount: number; currency: 'USD' | 'EUR' } | { sats: string };
}

export const PRODUCTS: readonly Product[] = [
  {
    id: 'genesis-roast',
    name: 'Genesis Roast',
    text: '250 g of whole beans. Dark chocolate, cherry, and a finish that settles slowly.',
    price: { amount: 14.5, currency: 'USD' },
  },
  {
    id: 'block-mug',
    name: 'Block Mug',
    text: 'Hand-thrown stoneware, 300 ml. Immutable once fired, so hold it by the handle.',
    price: { amount: 19, currency: 'EUR' },
  },
  {
    id: 'sticker-sheet',
    name: 'Sticker Sheet',
    text: 'Five stickers for laptop, grinder and cold storage. Priced in sats, no rate asked.',
    price: { sats: '4200' },
  },
];

export function productOf(id: string): Product | undefined {
  return PRODUCTS.find((product) => product.id === id);
}
