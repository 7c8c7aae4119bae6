// The products' pictures, drawn here so that the shop loads nothing from other sites. Called by the pages.
import { html } from 'hono/html';
import type { Html } from './layout.ts';

const DRAWINGS: Record<string, () => Html> = { 'genesis-roast': bag, 'block-mug': mug, 'sticker-sheet': stickers };

export function picture(productId: string): Html {
  return html`<svg class="picture" viewBox="0 0 400 300" preserveAspectRatio="xMidYMid slice" aria-hidden="true">${DRAWINGS[productId]?.()}</svg>`;
}

/** A coffee bean around its own middle. */
function bean(transform: string, fill = '#5b3420', crease = '#2f190e'): Html {
  return html`<g transform="${transform}">
    <ellipse rx="13" ry="18" fill="${fill}" />
    <path d="M2-16C-7-6 7 5-2 16" fill="none" stroke="${crease}" stroke-width="3" stroke-linecap="round" />
  </g>`;
}

function bag(): Html {
  return html`<rect width="400" height="300" fill="#f3c98b" />
    <circle cx="200" cy="150" r="118" fill="#f8dcae" />
    <ellipse cx="200" cy="262" rx="118" ry="13" fill="#c98a3f" opacity=".45" />
    <path d="M138 62h124l12 190a10 10 0 0 1-10 10H136a10 10 0 0 1-10-10z" fill="#2c2430" />
    <path d="M232 62h30l12 190a10 10 0 0 1-10 10h-34z" fill="#1f1924" />
    <path d="M134 40h132v26H134z" fill="#3b3040" />
    <path d="M134 53h132" stroke="#57495e" stroke-width="2" stroke-dasharray="5 5" />
    <path d="M150 112h100v104H150z" fill="#fbf3e4" />
    <path d="M150 112h100v12H150z" fill="#e0762a" />
    ${bean('translate(200 155) rotate(32) scale(1.15)', '#7a4526', '#fbf3e4')}
    <path d="M166 191h68M176 203h48" stroke="#b9a68a" stroke-width="5" stroke-linecap="round" />
    ${bean('translate(92 248) rotate(70)')}${bean('translate(118 262) rotate(-35) scale(.9)', '#6d4028')}
    ${bean('translate(312 252) rotate(-60)')}${bean('translate(288 264) rotate(20) scale(.85)', '#6d4028')}
    ${bean('translate(340 264) rotate(100) scale(.8)', '#6d4028')}`;
}

function mug(): Html {
  return html`<rect width="400" height="300" fill="#a9c7c4" />
    <path d="M0 214h400v86H0z" fill="#7ea5a3" />
    <circle cx="306" cy="84" r="46" fill="#c6dcd8" />
    <ellipse cx="198" cy="248" rx="112" ry="13" fill="#567b7a" opacity=".55" />
    <path d="M256 132h26a32 32 0 0 1 32 32v10a38 38 0 0 1-38 38h-20" fill="none" stroke="#e9e2d4" stroke-width="17" />
    <path d="M126 104h142v116a28 28 0 0 1-28 28h-86a28 28 0 0 1-28-28z" fill="#f6f1e7" />
    <path d="M236 104h32v116a28 28 0 0 1-28 28h-22a18 18 0 0 0 18-28z" fill="#e2d9c8" />
    <ellipse cx="197" cy="104" rx="71" ry="15" fill="#e2d9c8" />
    <ellipse cx="197" cy="105" rx="61" ry="11" fill="#4a2a1a" />
    <ellipse cx="183" cy="103" rx="26" ry="4" fill="#7b4c31" />
    <g fill="none" stroke="#2f5f5e" stroke-width="5" stroke-linejoin="round">
      <path d="M182 146l30 16v34l-30 16-30-16v-34z" /><path d="M152 162l30 16 30-16M182 178v34" />
    </g>
    <g fill="none" stroke="#f6f1e7" stroke-width="7" stroke-linecap="round" opacity=".8">
      <path d="M172 80c-12-14 12-22 0-38" /><path d="M198 74c-12-14 12-22 0-38" /><path d="M224 80c-12-14 12-22 0-38" />
    </g>`;
}

function stickers(): Html {
  const stuck = (transform: string, drawing: Html) => html`<g transform="${transform}">${drawing}</g>`;
  const shape = (path: string, fill: string) =>
    html`<path d="${path}" transform="translate(3 5)" fill="#2a2150" opacity=".22" stroke="#2a2150" stroke-width="9" stroke-linejoin="round" />
      ${outlined(path, fill)}`;
  const outlined = (path: string, fill: string) =>
    html`<path d="${path}" fill="${fill}" stroke="#fff" stroke-width="9" stroke-linejoin="round" />`;
  const round = 'M-44 0a44 44 0 1 0 88 0a44 44 0 1 0-88 0z';
  return html`<rect width="400" height="300" fill="#b9a7e6" />
    <path d="M0 0h400L0 300z" fill="#c7b8ee" />
    ${stuck(
      'translate(112 98) rotate(-10)',
      html`${shape(round, '#f28a2e')}
      <path d="M-12-24v48M6-24v-9M-4-24v-9M-4 24v9M6 24v9M-20-24H8a11 11 0 0 1 0 23H-12M8-1a12 12 0 0 1 0 25H-20" fill="none" stroke="#fff" stroke-width="8" stroke-linecap="round" stroke-linejoin="round" />`,
    )}
    ${stuck(
      'translate(272 92) rotate(8)',
      html`${shape('M-70-32h140v64h-140z', '#2b2350')}
      <path d="M-52-12h58M-52 8h34" stroke="#9be8c0" stroke-width="8" stroke-linecap="round" /><path d="M-8 8h20" stroke="#f5c85d" stroke-width="8" stroke-linecap="round" />`,
    )}
    ${stuck(
      'translate(200 206) rotate(4)',
      html`${shape('M-28-46h56l34 46-34 46h-56l-34-46z', '#57b894')}
      ${bean('rotate(30) scale(1.35)', '#3b2114', '#8fd9bb')}`,
    )}
    ${stuck(
      'translate(76 226) rotate(12) scale(.82)',
      html`${shape('M-38-8h76v52h-76z', '#f2c14e')}
      <path d="M-22-12v-14a22 22 0 0 1 44 0v14" fill="none" stroke="#fff" stroke-width="19" /><path d="M-22-8v-18a22 22 0 0 1 44 0v18" fill="none" stroke="#4b3a86" stroke-width="9" />
      <circle cy="14" r="8" fill="#4b3a86" /><path d="M0 14v14" stroke="#4b3a86" stroke-width="7" stroke-linecap="round" />`,
    )}
    ${stuck('translate(330 218) rotate(-9)', html`${shape('M6-52l-40 58h26l-10 46 44-62h-28z', '#ffe08a')}`)}`;
}
