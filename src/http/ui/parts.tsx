// Pieces that are the same on every page: a value to copy, an address, a time, what the script says. Called by the checkout and the
// dashboard; their look is parts.css.

import type { Child } from 'hono/jsx';
import { Icon } from './icons.tsx';
import { timeText } from './text.ts';

/** A labelled value with a copy button. `value` is what is copied; children, if any, are what is shown. */
export function CopyField(props: { id: string; label: string; value: string; children?: Child }) {
  const { id, label, value, children } = props;
  return (
    <div class="field">
      <div class="field-text">
        <span class="field-label">{label}</span>
        <span class="field-value" id={id}>
          {children ?? value}
        </span>
      </div>
      <CopyButton from={id} label={label} value={value} />
    </div>
  );
}

function CopyButton({ from, label, value }: { from: string; label: string; value: string }) {
  return (
    <button type="button" class="copy" id={`copy-${from}`} data-copy={value} data-from={from} data-label={label}>
      <Icon name="copy" />
      <Icon name="check" />
      <span class="copy-word">Copy</span>
      <span class="sr-only"> {label}</span>
    </button>
  );
}

/** Groups of four are easy to compare with what the wallet shows. The groups hold no blanks, so a copy stays whole. */
export function Address({ address }: { address: string }) {
  const groups = address.match(/.{1,4}/g) ?? [];
  return (
    <span class="address">
      {groups.map((group) => (
        <>
          <span>{group}</span>
          <wbr />
        </>
      ))}
    </span>
  );
}

/** A moment in UTC; the script rewrites it in the buyer's own time zone. */
export function Moment({ iso }: { iso: string }) {
  return (
    <time datetime={iso} data-local="">
      {timeText(iso)}
    </time>
  );
}

/** Where the script says what changed, and, visibly, that the page may be out of date. */
export function LiveRegions() {
  return (
    <>
      <p id="connection" class="connection" role="status" aria-live="polite" />
      <div id="announcer" class="sr-only" role="status" aria-live="polite" />
    </>
  );
}
