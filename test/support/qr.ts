// A QR code of an SVG as a camera sees it, read by two decoders that were not written here. Used by the tests of pages and files with codes.

import jsQR from 'jsqr';
import decodeQr from 'qr/decode.js';
import { expect } from 'vitest';

/** Pixels of a module. */
const SCALE = 4;

/** The code of a page as a camera sees it: black on white, four modules of white around it. */
function pictureOf(page: string) {
  const [, side, path = ''] = page.match(/<svg [^>]*class="qr" viewBox="0 0 (\d+) \d+".*?<path d="([^"]*)"/) ?? [];
  if (side === undefined) return null;
  const width = Number(side) * SCALE;
  const data = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    const [left, top, right] = [Number(x) * SCALE, Number(y) * SCALE, (Number(x) + Number(run)) * SCALE];
    for (let row = top; row < top + SCALE; row++) {
      for (let column = left; column < right; column++)
        data.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3);
    }
  }
  return { width, height: width, data };
}

/** What both decoders read; null where there is no code. @param page HTML or a file */
export function scanned(page: string): string | null {
  const picture = pictureOf(page);
  if (picture === null) return null;
  const text = jsQR(picture.data, picture.width, picture.height)?.data ?? null;
  expect(decodeQr(picture)).toBe(text);
  return text;
}
