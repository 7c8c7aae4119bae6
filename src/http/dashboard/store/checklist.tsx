// What is left to do until a store is live, the next step first in sight. Called by overview.tsx.

import type { Child } from 'hono/jsx';
import type { StoreSetup } from '../../../adapters/db/read/overview.ts';
import { Icon } from '../../ui/icons.tsx';
import type { StorePageContext } from '../http.tsx';
import { may } from '../http.tsx';
import { Action, Card, Danger } from '../parts.tsx';
import { count } from '../text.ts';

interface Step {
  title: string;
  text: Child;
  isDone: boolean;
  /** Only for those who have a developer. */
  isOptional?: boolean;
  action: Child;
}

export function Checklist({ frame, setup }: { frame: StorePageContext; setup: StoreSetup }) {
  const steps = stepsOf(frame, setup);
  const needed = steps.filter(({ isOptional }) => !isOptional);
  const next = steps.find(({ isDone, isOptional }) => !isDone && !isOptional);
  const left = needed.filter(({ isDone }) => !isDone).length;
  return (
    <Card
      title="Set up your store"
      aside={
        <span class="progress-text">
          {needed.length - left} of {needed.length} done
        </span>
      }
    >
      <progress value={needed.length - left} max={needed.length} aria-label="Steps done" />
      <ol class="checklist">
        {steps.map((step) => (
          <li class={step.isDone ? 'done' : step === next ? 'next' : ''}>
            <span class="tick">
              {step.isDone ? <Icon name="check" /> : null}
              <span class="sr-only">{step.isDone ? 'Done: ' : step === next ? 'Next: ' : 'To do: '}</span>
            </span>
            <div class="step">
              <h3>
                {step.title}
                {step.isOptional && <span class="optional"> optional</span>}
              </h3>
              {!step.isDone && <p>{step.text}</p>}
            </div>
            {!step.isDone && <div class="step-action">{step.action}</div>}
          </li>
        ))}
      </ol>
      <p class="hint">
        {left === 0
          ? 'Everything is set up.'
          : `${count(left, 'step')} to go. You can stop at any point and come back.`}
      </p>
    </Card>
  );
}

function stepsOf({ store, person }: StorePageContext, setup: StoreSetup): Step[] {
  const to = `/stores/${store.id}`;
  const hasWallet = store.walletId !== null;
  const isOwner = may(person, 'owner');
  const isManager = may(person, 'manager');
  const button = (href: string, text: string, kind = '') => (
    <a class={`button ${kind}`} href={href}>
      {text}
    </a>
  );
  const waits = (text: string) => <span class="hint">{text}</span>;
  return [
    {
      title: 'Connect your wallet',
      text: 'Paste the public key of your wallet and compare three addresses. The key derives addresses; it cannot spend.',
      isDone: hasWallet,
      action: isOwner ? button(`${to}/wallets`, 'Connect wallet') : waits('An owner has to do this.'),
    },
    {
      title: 'Create a test invoice',
      text: 'Enter a price and see the buyer’s page. It costs no real bitcoin.',
      isDone: setup.invoices > 0,
      action:
        hasWallet && isManager
          ? button(`${to}/invoices/new`, 'New invoice')
          : waits(isManager ? 'Connect a wallet first.' : 'A manager has to do this.'),
    },
    {
      title: 'Simulate a payment',
      text: 'Simulate a payment or any other event on the invoice’s page.',
      isDone: setup.settled > 0,
      action: setup.invoices > 0 ? button(`${to}/invoices`, 'Open invoices') : waits('Create a test invoice first.'),
    },
    {
      title: 'Connect a webhook',
      text: 'An endpoint of your shop receives an event when an invoice is paid. Without one, look at the invoices here.',
      isDone: setup.endpoints > 0,
      isOptional: true,
      action: isManager ? button(`${to}/webhooks`, 'Add endpoint', 'quiet') : waits('A manager has to do this.'),
    },
    {
      title: setup.keys > 0 ? 'Create a live key' : 'Connect your shop',
      text:
        setup.keys > 0
          ? 'Your shop has a test key only, which stops working when the store goes live. A live key works in both modes.'
          : 'With an API key your shop creates an invoice at each checkout. Without one, create them here.',
      isDone: setup.liveKeys > 0,
      isOptional: setup.keys === 0,
      action: isManager
        ? button(`${to}/keys#new-key`, setup.keys > 0 ? 'Create a live key' : 'Create key', 'quiet')
        : waits('A manager has to do this.'),
    },
    {
      title: 'Go live',
      text: 'Invoices become real and payments go to your wallet. You can return to test mode.',
      isDone: !store.testMode,
      action:
        hasWallet && isOwner ? (
          <Danger
            summary="Go live"
            warning={`New invoices ask for real bitcoin, which goes straight to your wallet. ${
              setup.keys > 0 && setup.liveKeys === 0
                ? 'Your shop has a test key only, which stops working then: create a live key first.'
                : 'Test keys stop working; live keys keep working.'
            }`}
          >
            <Action to={`${to}/go-live`} kind="">
              Yes, go live
            </Action>
          </Danger>
        ) : (
          waits(hasWallet ? 'An owner has to do this.' : 'Connect a wallet first.')
        ),
    },
  ];
}
