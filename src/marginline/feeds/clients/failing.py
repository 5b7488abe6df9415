"""From a call that failed to what a person can do about it."""

from __future__ import annotations

from marginline.errors import VenueError
from marginline.feeds.wire.rest import CallFailed, Failure

_REMEDIES = {
    Failure.KEY: "check key, secret and passphrase, the key's right to read futures, and its list"
    " of addresses",
    Failure.CLOCK: "set this machine's clock (NTP); with ccxt: adjustForTimeDifference",
    Failure.VENUE: "try again; see the venue's status page",
    Failure.UNREACHABLE: "check the network, the address, and a proxy if there is one",
    Failure.TIMEOUT: "try again, or allow more time",
    Failure.MALFORMED: "what came is no answer of the venue: is a proxy or a block page between?",
    Failure.REQUEST: "the account may be of another kind: name its venue",
}


def venue_error(failed: CallFailed) -> VenueError:
    """What the caller is told: the call, what the venue said, the remedy."""
    wait = None if failed.wait_ms is None else -(-failed.wait_ms // 1000)
    remedy = _REMEDIES.get(failed.failure, "")
    if failed.failure is Failure.BUSY:
        remedy = f"ask again in {wait or 60} s at the earliest"
    status = "" if failed.status is None else f" (status {failed.status})"
    code = "" if failed.code is None else f" (code {failed.code})"
    message = f"{failed.message}{status}{code}"
    return VenueError(failed.failure.value, failed.path, message, remedy, retry_after=wait)
