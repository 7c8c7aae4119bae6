// The QR code as a scanner sees it: exactly the modules of the payment URI, with white all around.

import { encode } from 'uqr';
import { describe, expect, it } from 'vitest';
import { QrCode } from '../../../src/http/ui/qr.tsx';
import { VIEWS } from '../checkout/views.ts';

const QUIET_ZONE = 4;

describe('a wallet scans the code', () => {
  it('and finds the payment URI, with four modules of white on each side', () => {
    const uri = VIEWS.pending.invoice.payment_uri;
    const svg = String(<QrCode data={uri} label="code" />);
    const modules = encode(uri, { ecc: 'M', border: QUIET_ZONE }).data;
    expect(svg).toContain(`viewBox="0 0 ${modules.length} ${modules.length}"`);
    expect(svg).toContain(`<rect width="${modules.length}" height="${modules.length}" fill="#fff"`);
    expect(drawn(svg, modules.length)).toEqual(modules);
  });

  it('or is left to copy the address where a text is too long for a code', () => {
    expect(String(<QrCode data={'x'.repeat(5_000)} label="code" />)).not.toContain('<svg');
  });
});

/** The modules that the path paints. */
function drawn(svg: string, size: number): boolean[][] {
  const modules = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  for (const [, x, y, width] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    modules[Number(y)]?.fill(true, Number(x), Number(x) + Number(width));
  }
  return modules;
}
