// Sales per day as bars: inline SVG, geometry in attributes, colours in the stylesheet; the same as a table for people who
// do not see it. Called by overview.tsx.

import { fiatText, satsText } from '../../ui/text.ts';
import { count } from '../text.ts';

export interface Day {
  /** UTC, `2026-05-16`. */
  day: string;
  invoices: number;
  sats: number;
  fiat: number;
}

const DAY_MS = 86_400_000;
const WIDTH = 600;
const HEIGHT = 120;
const GAP = 4;

/** All days of a span, those without sales too. */
export function everyDay(days: Day[], endMs: number, span: number): Day[] {
  const known = new Map(days.map((day) => [day.day, day]));
  return Array.from({ length: span }, (_, index) => {
    const day = new Date(endMs - (span - 1 - index) * DAY_MS).toISOString().slice(0, 10);
    return known.get(day) ?? { day, invoices: 0, sats: 0, fiat: 0 };
  });
}

export function SalesCharts({ days, currency }: { days: Day[]; currency: string }) {
  const sats = days.reduce((total, day) => total + day.sats, 0);
  const fiat = days.reduce((total, day) => total + day.fiat, 0);
  return (
    <>
      <div class="charts">
        <figure>
          <figcaption>
            Bitcoin received <strong>{satsText(BigInt(sats))}</strong>
          </figcaption>
          <Bars
            days={days}
            height={(day) => day.sats}
            word={(day) => satsText(BigInt(day.sats))}
            label="Sats received per day"
          />
        </figure>
        <figure class="second">
          <figcaption>
            Value at invoice time <strong>{fiatText(fiat, currency)}</strong>
          </figcaption>
          <Bars
            days={days}
            height={(day) => day.fiat}
            word={(day) => fiatText(day.fiat, currency)}
            label={`${currency} per day`}
          />
        </figure>
      </div>
      <details class="more">
        <summary>As a table</summary>
        <Table days={days} currency={currency} />
      </details>
    </>
  );
}

interface BarsProps {
  days: Day[];
  height: (day: Day) => number;
  word: (day: Day) => string;
  label: string;
}

function Bars({ days, height, word, label }: BarsProps) {
  const most = Math.max(...days.map(height), Number.MIN_VALUE);
  const step = WIDTH / days.length;
  const best = days.reduce((a, b) => (height(b) > height(a) ? b : a));
  const summary =
    height(best) > 0
      ? `${label}, ${days.length} days; the most was ${word(best)} on ${best.day}`
      : `${label}: none in ${days.length} days`;
  return (
    <>
      <svg class="bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={summary}>
        {days.map((day, index) => {
          // A day with a sale can always be seen.
          const tall = height(day) === 0 ? 2 : Math.max(5, (height(day) / most) * HEIGHT);
          return (
            <rect
              class={height(day) === 0 ? 'none' : undefined}
              x={round(index * step + GAP / 2)}
              y={round(HEIGHT - tall)}
              width={round(step - GAP)}
              height={round(tall)}
              rx="2"
            >
              <title>{`${dayText(day.day)}: ${word(day)}`}</title>
            </rect>
          );
        })}
      </svg>
      <p class="axis" aria-hidden="true">
        <span>{dayText(days[0]?.day ?? '')}</span>
        <span>{dayText(days.at(-1)?.day ?? '')}</span>
      </p>
    </>
  );
}

function Table({ days, currency }: { days: Day[]; currency: string }) {
  const sold = days.filter(({ invoices }) => invoices > 0);
  if (sold.length === 0) return <p class="hint">No sales in these days.</p>;
  return (
    <section class="table-box" aria-label="Sales per day" tabindex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Day (UTC)</th>
            <th scope="col" class="number">
              Invoices
            </th>
            <th scope="col" class="number">
              Received
            </th>
            <th scope="col" class="number">
              Value in {currency}
            </th>
          </tr>
        </thead>
        <tbody>
          {sold.map(({ day, invoices, sats, fiat }) => (
            <tr>
              <th scope="row">{dayText(day)}</th>
              <td class="number">{count(invoices, 'invoice')}</td>
              <td class="number">{satsText(BigInt(sats))}</td>
              <td class="number">{fiatText(fiat, currency)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** "16 May". */
function dayText(day: string): string {
  if (day === '') return '';
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(day));
}

function round(value: number): string {
  return value.toFixed(1);
}
