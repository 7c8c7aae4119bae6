<?php

// Money out as BTCPay Server's own library for PHP asks for it, the published files as they are: an invoice that is paid too much,
// its refunds, and a pull payment from its claims to its archive. The first line that it prints is the invoice; it goes on when
// it hears that the invoice is paid. php-published.test.ts runs it.

declare(strict_types=1);

// The library's own signatures are deprecated in PHP 8.
error_reporting(E_ALL & ~E_DEPRECATED);

use BTCPayServer\Client\Invoice;
use BTCPayServer\Client\PullPayment;
use BTCPayServer\Exception\BTCPayException;
use BTCPayServer\Result\PullPayment as PullPaymentResult;
use BTCPayServer\Result\PullPaymentPayout;
use BTCPayServer\Util\PreciseNumber;

[, $autoload, $api, $key, $store, $first, $second, $third] = $argv;
require $autoload;

$invoices = new Invoice($api, $key);
$pullPayments = new PullPayment($api, $key);
$number = static fn (string $text): PreciseNumber => PreciseNumber::parseString($text);

function say(mixed $line): void
{
    fwrite(STDOUT, json_encode($line, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES) . "\n");
}

/** Each field is read with the type that the library declares. */
function seen(PullPaymentResult $pullPayment): array
{
    $pullPayment->getBOLT11Expiration();
    return [
        $pullPayment->getName(), $pullPayment->getDescription(), $pullPayment->getAmount()->__toString(), $pullPayment->getCurrency(),
        $pullPayment->isArchived(), str_ends_with($pullPayment->getViewLink(), '/' . $pullPayment->getId()),
    ];
}

function claimed(PullPaymentPayout $payout): array
{
    return [$payout->getState(), $payout->getAmount()->__toString(), $payout->getDestination(), $payout->getRevision()];
}

/** @return string the class of the exception, as a shop catches it */
function refused(callable $request): string
{
    try {
        $request();
    } catch (BTCPayException $refusal) {
        return (new ReflectionClass($refusal))->getShortName() . ' ' . $refusal->getCode();
    }
    throw new LogicException('it was not refused');
}

$invoice = $invoices->createInvoice($store, 'BTC', $number('0.0001'), 'PHP-1', 'ann@example.com');
$id = $invoice->getId();
say(['id' => $id, 'address' => $invoices->getPaymentMethods($store, $id)[0]->getDestination()]);
fgets(STDIN);

$refunds = [
    seen($invoices->refundInvoice($store, $id, 'OverpaidAmount', 'BTC', 'Too much', 'Order PHP-1')),
    seen($invoices->refundInvoice($store, $id, 'Custom', 'BTC', 'A part', null, 0.0, $number('0.00005'), 'BTC')),
    seen($invoices->refundInvoice($store, $id, 'Custom', 'BTC-CHAIN', 'Half of it', null, 50.0, $number('0.00004'), 'BTC')),
];

$made = $pullPayments->createPullPayment(
    $store, 'Wages', $number('0.0003'), 'BTC', null, null, false, null, null, ['BTC'], 'For November',
);
$wages = $made->getId();
$paid = $pullPayments->createPayout($wages, $first, $number('0.0001'), 'BTC');
$given = $pullPayments->createPayout($wages, $second, $number('0.0002'), 'BTC-CHAIN');
$overdrawn = refused(static fn () => $pullPayments->createPayout($wages, $third, $number('0.0001'), 'BTC-CHAIN'));
$old = refused(static fn () => $pullPayments->approvePayout($store, $paid->getId(), $paid->getRevision() + 1, null));
$approved = $pullPayments->approvePayout($store, $paid->getId(), $paid->getRevision(), null);
$marked = $pullPayments->markPayoutAsPaid($store, $paid->getId());
$cancelled = $pullPayments->cancelPayout($store, $given->getId());
// It asks for the cancelled ones in the body of a GET, which BTCPay Server reads as little as SatLane does.
$states = array_map(static fn (PullPaymentPayout $one): string => $one->getState(), $pullPayments->getPayouts($wages, true)->all());
$listed = array_map(static fn (PullPaymentResult $one): string => $one->getId(), $pullPayments->getStorePullPayments($store, false)->all());
$archived = $pullPayments->archivePullPayment($store, $wages);

say([
    'refunds' => $refunds,
    'made' => seen($made),
    'claimed' => [claimed($paid), claimed($given)],
    'refused' => [$overdrawn, $old, refused(static fn () => $pullPayments->getPullPayment('another'))],
    'approved' => claimed($approved),
    'done' => [$marked, $cancelled, $archived],
    'states' => $states,
    'paid' => claimed($pullPayments->getPayout($wages, $paid->getId())),
    'listed' => in_array($wages, $listed, true),
    'after' => seen($pullPayments->getPullPayment($wages)),
]);
