"""One flow of one asset, as the venue booked it, and what a venue said a balance was."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from marginline.core.account.moments import moment_text
from marginline.core.numbers import text_or_none, to_text


class EntryKind(StrEnum):
    """What a flow is. Received is positive, paid is negative, whatever the kind."""

    FILL = "fill"  # a trade; the amount is its realized P&L, fees and funding apart
    FEE = "fee"  # of trading, also paid in another asset; a rebate is positive
    FUNDING = "funding"
    INTEREST = "interest"
    TRANSFER = "transfer"  # deposits, withdrawals, own accounts, loan principal
    MARGIN_MOVE = "margin_move"  # between cross and isolated: no flow of the account
    BONUS_GRANTED = "bonus_granted"
    BONUS_USED = "bonus_used"  # what the bonus bore of another entry: no flow of its own
    BONUS_WITHDRAWN = "bonus_withdrawn"
    LIQUIDATION = "liquidation"  # a fill forced by the venue; the amount is its realized P&L
    LIQUIDATION_FEE = "liquidation_fee"
    INSURANCE = "insurance"
    ADL = "adl"  # a fill forced by deleveraging
    AUTO_EXCHANGE = "auto_exchange"  # one leg of a conversion
    SETTLEMENT = "settlement"
    ADJUSTMENT = "adjustment"
    UNKNOWN = "unknown"  # a word that no table knows, or a part of a change that no field explains

    @property
    def fills(self) -> bool:
        """Whether an entry of this kind may change a position at a price."""
        return self in (EntryKind.FILL, EntryKind.LIQUIDATION, EntryKind.ADL, EntryKind.SETTLEMENT)


class Entry(NamedTuple):
    """One flow of one asset. What one row of a log books at once is several entries of one `event`.

    Attributes:
        venue: whose log it is ("binance", "bybit", ...).
        account: the venue's own account or wallet where a log speaks of several, else "".
        event: the row's identity by the venue; with `kind` and `asset` it makes the `key`.
        at: when it was booked.
        kind: what it is.
        asset: what flowed.
        amount: the change of the account's balance, received positive.
        word: the venue's own word.
        instrument: the symbol it belongs to, where the log says so.
        side: the leg in hedge mode: `both`, `long`, `short`.
        size: of a fill, the signed change of the position, buy > 0.
        price: of a fill, its price.
        margin: `isolated` where the flow is of an isolated position's own margin, else "".
        credit: the change of the bonus inside the balance, where the log tells it.
    """

    venue: str
    account: str
    event: str
    at: datetime
    kind: EntryKind
    asset: str
    amount: Decimal
    word: str
    instrument: str | None = None
    side: str = "both"
    size: Decimal | None = None
    price: Decimal | None = None
    margin: str = ""
    credit: Decimal | None = None

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What makes two entries the same one: an id alone is no key."""
        return (self.venue, self.account, self.event, self.kind, self.asset)

    def to_dict(self) -> dict[str, str]:
        """The entry in the neutral form, as `read_ledger` reads it."""
        found = {
            "venue": self.venue,
            "account": self.account,
            "event": self.event,
            "at": moment_text(self.at),
            "kind": self.kind.value,
            "asset": self.asset,
            "amount": to_text(self.amount),
            "word": self.word,
            "instrument": self.instrument,
            "side": "" if self.side == "both" else self.side,
            "size": text_or_none(self.size),
            "price": text_or_none(self.price),
            "margin": self.margin,
            "credit": text_or_none(self.credit),
        }
        return {name: text for name, text in found.items() if text}


class Statement(NamedTuple):
    """What the venue said a balance was.

    Attributes:
        venue: whose log it is.
        account: as in the entries.
        event: the row that printed it.
        at: the moment.
        asset: of which.
        balance: after everything booked up to that moment.
        flow: the row's own change, where the row is an entry; None for a bare statement.
    """

    venue: str
    account: str
    event: str
    at: datetime
    asset: str
    balance: Decimal
    flow: Decimal | None = None


class Gap(NamedTuple):
    """A step between two statements that no entry explains: seen, never corrected.

    `amount` is what is missing in `asset`, received positive; it happened after `since` and at the
    latest at `until`.
    """

    account: str
    asset: str
    since: datetime
    until: datetime
    amount: Decimal

    def to_dict(self) -> dict[str, str]:
        """The gap as a document."""
        return {
            "account": self.account,
            "asset": self.asset,
            "since": moment_text(self.since),
            "until": moment_text(self.until),
            "amount": to_text(self.amount),
        }
