<?php

/*
 * Verifies webhooks of SatLane. Copy this file; PHP 7.1 or newer, nothing to install.
 *
 *     require 'verify.php';
 *     satlane_verify_signature(
 *         file_get_contents('php://input'), $_SERVER['HTTP_X_SATLANE_SIGNATURE'] ?? null, [$secret]);
 *
 * Throws when the delivery is not SatLane's, is too old, or no secret was given.
 */

declare(strict_types=1);

/**
 * @param string      $rawBody   the body as received, before any JSON parsing
 * @param string|null $header    X-SatLane-Signature, null if it is missing
 * @param string[]    $secrets   during a rotation the new and the old one
 * @param int         $tolerance in seconds, both ways
 * @param int|null    $now       for tests
 */
function satlane_verify_signature(
    string $rawBody,
    ?string $header,
    array $secrets,
    int $tolerance = 300,
    ?int $now = null
): void {
    // An empty secret would make every forger right: HMAC accepts an empty key.
    if ($secrets === []) {
        throw new InvalidArgumentException('no webhook secret was given');
    }
    foreach ($secrets as $secret) {
        if (!is_string($secret) || $secret === '') {
            throw new InvalidArgumentException('no webhook secret was given');
        }
    }

    $times = [];
    $signatures = [];
    foreach (explode(',', $header ?? '') as $part) {
        $part = trim($part);
        if (preg_match('/^t=([0-9]{1,12})$/D', $part, $found)) {
            $times[] = (int) $found[1];
        } elseif (preg_match('/^v1=([0-9a-f]{64})$/D', $part, $found)) {
            $signatures[] = $found[1];
        }
    }
    if (count($times) !== 1 || count($signatures) < 1 || count($signatures) > 10) {
        throw new UnexpectedValueException('malformed signature header');
    }

    $timestamp = $times[0];
    if (abs(($now ?? time()) - $timestamp) > $tolerance) {
        throw new UnexpectedValueException('timestamp out of tolerance');
    }

    // No early exit: which secret or signature matched must not show in the time this takes.
    $valid = false;
    foreach ($secrets as $secret) {
        $expected = hash_hmac('sha256', $timestamp . '.' . $rawBody, $secret);
        foreach ($signatures as $signature) {
            $valid = hash_equals($expected, $signature) || $valid;
        }
    }
    if (!$valid) {
        throw new UnexpectedValueException('signature mismatch');
    }
}
