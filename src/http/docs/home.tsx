// /docs: where to begin.

import { documentOf } from '../ui/document.tsx';
import { GUIDES, isOfNode } from './guides.ts';
import { Layout } from './layout.tsx';

const STEPS = [
  ['Your server creates an invoice', 'One request. The response holds a fresh address of your own wallet.'],
  ['The buyer pays', 'On the hosted page or on your own page, which updates automatically.'],
  ['Your server receives the event', 'A signed webhook with retries, and a log without gaps for everything it missed.'],
] as const;

export function homePage(): string {
  return documentOf(
    <Layout title="SatLane docs" path="" toc={{}}>
      <div class="hero">
        <h1>Take Bitcoin, straight to your own wallet</h1>
        <p>
          SatLane derives one fresh address per invoice from your extended public key, watches the chain, and tells your
          server and the buyer’s browser. It holds no key of your wallet.
        </p>
        <p class="hero-links">
          <a class="button" href="/docs/quickstart">
            Start in five minutes
          </a>
          <a class="button quiet" href="/docs/reference">
            Reference
          </a>
        </p>
      </div>
      <ol class="steps">
        {STEPS.map(([title, text]) => (
          <li>
            <h2>{title}</h2>
            <p>{text}</p>
          </li>
        ))}
      </ol>
      <ul class="cards">
        {GUIDES.filter(({ slug }) => !isOfNode(slug)).map(({ slug, name, summary }) => (
          <li>
            <h2>
              <a href={`/docs/${slug}`}>{name}</a>
            </h2>
            <p>{summary}</p>
          </li>
        ))}
        <li>
          <h2>
            <a href="/docs/reference">Reference</a>
          </h2>
          <p>
            Every operation with its fields, responses and errors. Also as{' '}
            <a class="inner" href="/v1/openapi.json">
              OpenAPI 3.1
            </a>
            , for generated clients.
          </p>
        </li>
      </ul>
    </Layout>,
  );
}
