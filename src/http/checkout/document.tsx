// The frame of every page that a buyer sees: the checkout's sheet, the shop's colour, the script. Called by the pages.

import type { Child } from 'hono/jsx';
import { Document } from '../ui/document.tsx';

interface CheckoutDocumentProps {
  title: string;
  themeHref: string | null;
  refreshSeconds: number | null;
  refreshTo?: string;
  script: boolean;
  /** A sheet beside the one that every page has. */
  sheet?: string;
  children?: Child;
}

export function CheckoutDocument({ themeHref, script, sheet, ...props }: CheckoutDocumentProps) {
  const sheets = ['/checkout.css', sheet, themeHref].filter((href) => href != null);
  return <Document {...props} sheets={sheets} script={script ? '/checkout.js' : undefined} />;
}
