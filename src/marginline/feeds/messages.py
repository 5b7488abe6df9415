"""What a venue's dialect gives the venue-neutral streams: messages, looks at an account, rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol, TypeVar

import msgspec

from marginline.core.account.account import Account
from marginline.core.document._scalars import Refused, number_of
from marginline.core.numbers import ZERO
from marginline.feeds.events import Cause
from marginline.feeds.wire.lines import Line

T = TypeVar("T")


class Unreadable(Exception):
    """A message or answer that cannot be what it should be: where, what stood there, why."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.value = value
        self.reason = reason


def typed(field: str, text: str | bytes, kind: type[T]) -> T:
    """JSON text by its type, numbers exact.

    Raises:
        Unreadable: the text is no JSON of that type; says where.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as wrong:
        raise Unreadable(field, "", str(wrong)) from None


def amount_of(field: str, told: str | msgspec.Raw) -> Decimal:
    """The exact number of a text, or of JSON that is text or a number: ASCII digits, finite.

    Raises:
        Unreadable: it is none.
    """
    text = told if isinstance(told, str) else bytes(told).decode().strip('"')
    try:
        return number_of(text)
    except Refused:
        raise Unreadable(field, text, "is no number") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a private stream, sorted.

    `applies`: our reader lays it on the account. `look`: why the account must be looked at anew
    because of it ("" where it need not). `ends`: why nothing more will come on this line.
    `filled`, `forced`: where an order of the trader's own, or one of the venue's, was filled: keys
    of positions, or symbols where the venue names no leg. `booked`: the ledger has something new.
    """

    kind: str
    at: int | None
    text: str
    cause: Cause = Cause.UNKNOWN
    applies: bool = False
    look: str = ""
    ends: str = ""
    filled: frozenset[str] = frozenset()
    forced: frozenset[str] = frozenset()
    booked: bool = False


class Seen(NamedTuple):
    """Balances by asset and signed sizes by position key, those that are not zero."""

    balances: Mapping[str, Decimal]
    sizes: Mapping[str, Decimal]

    @staticmethod
    def of(account: Account) -> Seen:
        """What an account holds; an unknown balance is left out."""
        return Seen(
            {w.asset: w.balance for w in account.wallets if w.balance},
            {p.key: p.size for p in account.positions if p.size},
        )

    def unlike(self, states: Sequence[Seen]) -> tuple[str, ...]:
        """What none of the states says as this does: assets and keys.

        Absent is zero here, because both sides are whole.
        """
        found = []
        for own, others in (
            (self.balances, [state.balances for state in states]),
            (self.sizes, [state.sizes for state in states]),
        ):
            names = {*own, *(name for other in others for name in other)}
            found += [
                name
                for name in sorted(names)
                if all(own.get(name, ZERO) != other.get(name, ZERO) for other in others)
            ]
        return tuple(found)


class LedgerRow(NamedTuple):
    """One row of the venue's ledger; `at` by the venue's clock, `row` its fields as JSON."""

    at: int
    id: str
    kind: str
    asset: str
    amount: Decimal | None
    text: str
    row: str = ""


class AccountDialect(Protocol):
    """How one venue's private side is spoken. Every call may raise `CallFailed`."""

    @property
    def told_ms(self) -> int:
        """How far back the venue's ledger tells."""

    async def rights(self) -> str:
        """What the key may do beyond reading, in words; "" where it may not."""

    async def open(self) -> Line:
        """A socket, logged in, its subscriptions acknowledged."""

    async def tend(self, line: Line) -> None:
        """Keep the line alive for as long as it is (pings, keys)."""

    async def snapshot(self) -> Account:
        """The whole account by REST; its `as_of` is before anything in it was asked for."""

    async def probe(self) -> Seen:
        """A quick look: balances and sizes."""

    async def renew_tiers(self) -> None:
        """Fetch tiers and terms afresh; the next snapshot stands on them."""

    async def ledger(self, since: int) -> Sequence[LedgerRow]:
        """Rows booked from a moment of the venue's clock on, oldest first."""

    def message(self, text: str) -> Message | None:
        """A frame sorted; None where it is no data (an acknowledgement, a pong)."""

    def apply(self, account: Account, message: Message) -> Account:
        """The account after a message that applies."""

    def past(self) -> int:
        """A moment of the venue's clock that is over for certain."""
