"""Verifies webhooks of SatLane. Copy this file; Python 3.8 or newer, nothing to install.

    from verify import verify_signature

    verify_signature(request.get_data(), request.headers.get("X-SatLane-Signature"), [SECRET])

Raises ValueError when the delivery is not SatLane's, is too old, or no secret was given.
"""

import hashlib
import hmac
import re
import time


def verify_signature(raw_body, header, secrets, tolerance=300, now=None):
    """raw_body: the bytes as received, before any JSON parsing. header: X-SatLane-Signature, None if it is missing.
    secrets: a list; during a rotation the new and the old one. tolerance: in seconds, both ways. now: for tests."""
    if isinstance(secrets, str):
        secrets = [secrets]
    # An empty secret would make every forger right: HMAC accepts an empty key.
    if not secrets or not all(isinstance(secret, str) and secret for secret in secrets):
        raise ValueError("no webhook secret was given")
    if not isinstance(raw_body, (bytes, bytearray)):
        raise ValueError("the body must be the bytes as received")

    parts = [part.strip() for part in (header or "").split(",")]
    times = [part[2:] for part in parts if re.fullmatch(r"t=[0-9]{1,12}", part)]
    signatures = [part[3:] for part in parts if re.fullmatch(r"v1=[0-9a-f]{64}", part)]
    if len(times) != 1 or not 1 <= len(signatures) <= 10:
        raise ValueError("malformed signature header")

    timestamp = int(times[0])
    # Written so that a tolerance that is not a number refuses everything instead of nothing.
    if not abs((int(time.time()) if now is None else now) - timestamp) <= tolerance:
        raise ValueError("timestamp out of tolerance")

    # No early exit: which secret or signature matched must not show in the time this takes.
    valid = False
    for secret in secrets:
        message = str(timestamp).encode() + b"." + bytes(raw_body)
        expected = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
        for signature in signatures:
            valid = hmac.compare_digest(expected, signature) or valid
    if not valid:
        raise ValueError("signature mismatch")
