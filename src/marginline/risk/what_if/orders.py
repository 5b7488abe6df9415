"""What may be done to an account, or happen to it: immutable changes, made by plain functions.

`what_if` applies them in order. Sizes and amounts are decimal text, int or Decimal; a float is
refused, because it is not the number that was written.
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import ClassVar

from marginline.core.account.account import MARGIN_MODES, SIDES
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, exactly, to_text
from marginline.risk.inputs import Number, choice, name, number, number_or_none, wrong

KINDS = ("limit", "market", "stop", "take_profit")
WAITING = ("stop", "take_profit")
"""Kinds that wait for a price: they always rest, nothing is filled when they are placed."""

ChangeDocument = dict[str, str | bool]
"""A change as JSON-able data: its kind under `change`, numbers as text."""


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a what-if, made by `order`, `close`, `deposit`, `withdraw`, `shock` and so on."""

    what: ClassVar[str] = ""

    def to_dict(self) -> ChangeDocument:
        """The change as JSON-able data: its kind under `change`, numbers as text."""
        document: ChangeDocument = {"change": self.what}
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            if value is not None and value is not False:
                document[each.name] = to_text(value) if isinstance(value, Decimal) else value
        return document


@dataclass(frozen=True, slots=True)
class Trade(Change):
    """A new order: filled at once, or (`resting`) put into the book. `size` is signed, buy > 0."""

    what: ClassVar[str] = "order"
    instrument: str
    size: Decimal
    price: Decimal | None = None
    position_side: str = "both"
    reduce_only: bool = False
    leverage: Decimal | None = None
    margin_mode: str | None = None
    resting: bool = False
    kind: str = "limit"


@dataclass(frozen=True, slots=True)
class Close(Change):
    """A fraction of a position closed."""

    what: ClassVar[str] = "close"
    instrument: str
    fraction: Decimal = ONE
    position_side: str = "both"
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Cancel(Change):
    """Resting orders taken out of the book: those of an instrument, or all of them."""

    what: ClassVar[str] = "cancel_orders"
    instrument: str | None = None


@dataclass(frozen=True, slots=True)
class Transfer(Change):
    """An amount paid in (> 0) or out (< 0)."""

    what: ClassVar[str] = "transfer"
    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Shock(Change):
    """A relative move of one instrument, with its base coin, or of one asset's rate.

    `only`: "contract" moves the instrument's prices without its base coin, "coin" the rate of an
    asset without any instrument.
    """

    what: ClassVar[str] = "shock"
    moved: str
    relative: Decimal
    only: str | None = None


@dataclass(frozen=True, slots=True)
class ShockAll(Change):
    """A relative move of every instrument and every coin; stablecoins and currencies stand."""

    what: ClassVar[str] = "shock_all"
    relative: Decimal


@dataclass(frozen=True, slots=True)
class LeverageChange(Change):
    """Leverage of an instrument set anew."""

    what: ClassVar[str] = "set_leverage"
    instrument: str
    leverage: Decimal


@dataclass(frozen=True, slots=True)
class MarginModeChange(Change):
    """An instrument (or one position of it) moved to cross or isolated margin."""

    what: ClassVar[str] = "set_margin_mode"
    instrument: str
    mode: str
    isolated_margin: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MarginChange(Change):
    """Margin added to an isolated position (> 0) or taken from it (< 0)."""

    what: ClassVar[str] = "add_margin"
    position: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class FundingPayment(Change):
    """One funding payment of an instrument at its mark."""

    what: ClassVar[str] = "funding"
    instrument: str
    rate: Decimal


@exactly
def order(
    instrument: str,
    size: Number,
    *,
    price: Number | None = None,
    side: str | None = None,
    position_side: str = "both",
    reduce_only: bool = False,
    leverage: Number | None = None,
    margin_mode: str | None = None,
    resting: bool = False,
    kind: str = "limit",
) -> Trade:
    """A new order: taken as filled, unless `resting` puts it into the book.

    A fill pays the taker fee, resting or not before it; stop and take-profit orders always rest.

    Args:
        instrument: symbol, or the key of an open position ("BTCUSDT/long#7").
        size: signed, in the venue's unit: "0.5" buys, "-0.5" sells. With `side` it may be unsigned.
        price: of the fill or of the resting order; left out, a fill is at the mark.
        side: "buy" or "sell"; must not contradict the sign.
        position_side: the leg in hedge mode, "long" or "short".
        reduce_only: refused (never cut) where it would do more than close the position.
        leverage: set for the instrument before the order.
        margin_mode: "cross" or "isolated" of a new position; default as the account has it.
        resting: put it into the book.
        kind: "limit", "market", "stop" or "take_profit".

    Raises:
        InputError: a float, a size of 0, a side against the sign, a resting order without a price.
    """
    rests = resting or choice("kind", kind, KINDS) in WAITING
    at = number_or_none("price", price, above=0)
    if rests and at is None and kind != "market":
        raise wrong("price", "", f"a resting {kind} order has no price", "give price")
    if margin_mode is not None:
        choice("margin_mode", margin_mode, MARGIN_MODES)
    return Trade(
        name("instrument", instrument),
        _signed(number("size", size), side),
        at,
        choice("position_side", position_side, SIDES),
        bool(reduce_only),
        number_or_none("leverage", leverage, above=0),
        margin_mode,
        rests,
        kind,
    )


def _signed(size: Decimal, side: str | None) -> Decimal:
    if size == 0:
        raise wrong("size", "0", "an order of size 0 does nothing", "write what to buy or sell")
    if side is None:
        return size
    sells = choice("side", side, ("buy", "sell")) == "sell"
    if not sells and size < 0:
        raise wrong("size", to_text(size), "a negative size contradicts side buy", "leave one out")
    return -abs(size) if sells else size


@exactly
def close(
    instrument: str,
    fraction: Number = "1",
    *,
    position_side: str = "both",
    price: Number | None = None,
) -> Close:
    """Close a position, or a fraction of it (0 < fraction <= 1), at a price or at the mark.

    `instrument` is a symbol, or the key of a position where a symbol has several.
    """
    share = number("fraction", fraction, above=0)
    if share > 1:
        raise wrong("fraction", to_text(share), "must not be above 1", 'a fraction: "0.5" is half')
    side = choice("position_side", position_side, SIDES)
    return Close(
        name("instrument", instrument), share, side, number_or_none("price", price, above=0)
    )


def cancel_orders(instrument: str | None = None) -> Cancel:
    """Cancel the resting orders of an instrument; left out, all of them."""
    return Cancel(None if instrument is None else name("instrument", instrument))


@exactly
def deposit(asset: str, amount: Number) -> Transfer:
    """Pay an amount of an asset in."""
    return Transfer(name("asset", asset), number("amount", amount, above=0))


@exactly
def withdraw(asset: str, amount: Number) -> Transfer:
    """Take an amount of an asset out. More than the venue lets go is computed, with a finding."""
    return Transfer(name("asset", asset), -number("amount", amount, above=0))


@exactly
def shock(instrument_or_asset: str, change: Number, *, only: str | None = None) -> Shock:
    """Move one instrument, or one asset's rate, by a fraction: "-0.10" is 10 % down.

    Of an instrument mark, index, last, bid and ask move together, and the rate of its base coin
    with them (stablecoins and currencies stand); of an asset index, bid and ask of its rate.
    `only` parts them: "contract" moves the instrument alone, "coin" the asset alone.
    """
    moved = name("instrument_or_asset", instrument_or_asset)
    if only is not None:
        choice("only", only, ("coin", "contract"))
    return Shock(moved, _relative(change), only)


@exactly
def shock_all(change: Number) -> ShockAll:
    """Move every instrument and the rate of every coin by a fraction.

    Stablecoins and currencies stand.
    """
    return ShockAll(_relative(change))


def _relative(change: Number) -> Decimal:
    relative = number("change", change)
    if relative <= -1:
        remedy = 'a fraction: "-0.10" is 10 % down'
        raise wrong("change", to_text(relative), "a price cannot fall by 100 % or more", remedy)
    return relative


@exactly
def set_leverage(instrument: str, leverage: Number) -> LeverageChange:
    """Set an instrument's leverage. What is posted to an isolated position stays where it is."""
    return LeverageChange(name("instrument", instrument), number("leverage", leverage, above=0))


@exactly
def set_margin_mode(
    instrument: str, mode: str, isolated_margin: Number | None = None
) -> MarginModeChange:
    """Move an instrument's positions to "cross" or "isolated" margin.

    To isolated: posts the initial margin at the mark, or the amount given. To cross: what was
    posted goes back. `instrument` may be the key of one position.
    """
    margin = number_or_none("isolated_margin", isolated_margin)
    if choice("mode", mode, MARGIN_MODES) == "cross" and margin is not None:
        raise wrong("isolated_margin", to_text(margin), "a cross position has none", "leave it out")
    return MarginModeChange(name("instrument", instrument), mode, margin)


@exactly
def add_margin(position_key: str, amount: Number) -> MarginChange:
    """Post an amount from the cross wallet to an isolated position; negative takes it back."""
    return MarginChange(name("position_key", position_key), number("amount", amount))


@exactly
def funding(instrument: str, rate: Number) -> FundingPayment:
    """Let one funding payment happen at the mark: a positive rate, longs pay."""
    return FundingPayment(name("instrument", instrument), number("rate", rate))
