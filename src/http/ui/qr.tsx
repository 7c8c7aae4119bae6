// A QR code as inline SVG: no request, no script. Called by pages that ask for a payment or show a code to scan.

import { encode } from 'uqr';

/** Modules of white around the code. The standard asks for four, and scanners need them on a dark page. */
const QUIET_ZONE = 4;
/** A longer text, a BOLT11 say, gets less to mend errors by: on a screen small modules are harder to read than a damaged code. */
const MAX_MENDED_CHARACTERS = 200;

/** Null where the data is longer than a QR code can hold. */
export function QrCode({ data, label }: { data: string; label: string }) {
  const modules = modulesOf(data);
  if (modules === null) return null;
  const size = modules.length + 2 * QUIET_ZONE;
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={pathOf(modules)} fill="#000" />
    </svg>
  );
}

/** The same as a file of its own. @param title for screen readers */
export function svgFileOf(data: string, title: string): string {
  const svg = String(<QrCode data={data} label={title} />);
  return svg.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ');
}

function modulesOf(data: string): boolean[][] | null {
  try {
    return encode(data, { ecc: data.length > MAX_MENDED_CHARACTERS ? 'L' : 'M', border: 0 }).data;
  } catch {
    return null;
  }
}

/** One subpath per horizontal run of dark modules: much shorter than one per module. */
function pathOf(modules: boolean[][]): string {
  const runs = modules.flatMap((row, y) => {
    const found: string[] = [];
    let start = 0;
    for (let x = 0; x <= row.length; x++) {
      if (row[x]) continue;
      if (x > start) found.push(`M${start + QUIET_ZONE} ${y + QUIET_ZONE}h${x - start}v1h-${x - start}z`);
      start = x + 1;
    }
    return found;
  });
  return runs.join('');
}
