// A shop's colour as a stylesheet: the strict CSP allows no style attributes, so the colour comes as a file of its own.
// Called by the checkout routes; checkout.css has the same properties for shops without a colour.

const LIGHT_SURFACE = '#ffffff';
const DARK_SURFACE = '#15171c';
const INK = '#000000';
const PAPER = '#ffffff';

/** Contrast that WCAG AA asks of text. */
const READABLE = 4.5;
/** A button's text carries its meaning, so its colour need only be seen to differ from the surface. */
const NOTICEABLE = 1.25;

export function isThemeColor(color: string | null): color is string {
  return color !== null && /^#[0-9a-fA-F]{6}$/.test(color);
}

/** A shop seldom changes its colour, and each of its pages asks for it. */
const MAX_AGE_SECONDS = 300;

/** A shop's stylesheet; 404 for one without a colour. */
export function themeAnswer(color: string | null): Response {
  if (!isThemeColor(color)) return new Response(null, { status: 404, headers: { 'Cache-Control': 'no-store' } });
  return new Response(themeCss(color), {
    headers: {
      'Content-Type': 'text/css; charset=utf-8',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': `private, max-age=${MAX_AGE_SECONDS}`,
    },
  });
}

/** Custom properties for one colour; an empty sheet for anything that is not `#rrggbb`. */
export function themeCss(color: string): string {
  if (!isThemeColor(color)) return '';
  // The shade fades away from the text's colour, so that the text is nowhere harder to read than on the colour itself.
  const shade = mix(color, textOn(color) === PAPER ? INK : PAPER, 0.22);
  return [
    `:root{--brand:${color.toLowerCase()};--on-brand:${textOn(color)};--shade:${shade};${accentOn(color, LIGHT_SURFACE)}}`,
    `@media (prefers-color-scheme:dark){:root{${accentOn(color, DARK_SURFACE)}}}`,
    '',
  ].join('\n');
}

/**
 * The colours of links and buttons on a surface. Links have the shop's colour, moved away from the surface until it can be
 * read; buttons have it as it is, unless it is as good as the surface's own.
 */
function accentOn(color: string, surface: string): string {
  const away = surface === DARK_SURFACE ? PAPER : INK;
  let accent = color.toLowerCase();
  for (let step = 1; step <= 20 && contrast(accent, surface) < READABLE; step++) {
    accent = mix(color, away, step / 20);
  }
  const button = contrast(color, surface) < NOTICEABLE ? accent : color.toLowerCase();
  return `--accent:${accent};--button:${button};--on-button:${textOn(button)}`;
}

/** Black or white, whichever is easier to read on the colour. One of them is always at least 4.5 : 1. */
function textOn(color: string): string {
  return contrast(PAPER, color) >= READABLE || contrast(PAPER, color) >= contrast(INK, color) ? PAPER : INK;
}

/** WCAG 2 contrast ratio of two `#rrggbb` colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = channels(color).map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(color: string, other: string, share: number): string {
  const to = channels(other);
  const mixed = channels(color).map((from, index) => Math.round(from + ((to[index] ?? from) - from) * share));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

function channels(color: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16));
}
