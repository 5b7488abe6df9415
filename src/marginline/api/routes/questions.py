"""The bodies that people send, as structs: numbers are decimal strings."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from marginline.errors import InputError, Problem
from marginline.monitor.settings import SECOND, Bands
from marginline.monitor.state import Silence
from marginline.monitor.wire import AlertKind
from marginline.risk.inputs import number
from marginline.risk.what_if import orders
from marginline.risk.what_if.orders import Change


class _Question(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base: an unknown field is an error, not a hope."""


class Order(_Question, frozen=True, kw_only=True, tag="order", tag_field="change"):
    """Fill an order, or rest it. `size` is signed (with `side` it may be unsigned)."""

    instrument: str
    size: str
    price: str | None = None
    side: str | None = None
    position_side: str = "both"
    reduce_only: bool = False
    leverage: str | None = None
    margin_mode: str | None = None
    resting: bool = False
    kind: str = "limit"

    def made(self) -> Change:
        """The change."""
        return orders.order(
            self.instrument,
            self.size,
            price=self.price,
            side=self.side,
            position_side=self.position_side,
            reduce_only=self.reduce_only,
            leverage=self.leverage,
            margin_mode=self.margin_mode,
            resting=self.resting,
            kind=self.kind,
        )


class Close(_Question, frozen=True, kw_only=True, tag="close", tag_field="change"):
    """Close a position or a fraction of it."""

    instrument: str
    fraction: str = "1"
    position_side: str = "both"
    price: str | None = None

    def made(self) -> Change:
        """The change."""
        side, price = self.position_side, self.price
        return orders.close(self.instrument, self.fraction, position_side=side, price=price)


class Transfer(_Question, frozen=True, kw_only=True, tag="transfer", tag_field="change"):
    """Pay in (> 0) or out (< 0)."""

    asset: str
    amount: str

    def made(self) -> Change:
        """The change."""
        amount = number("amount", self.amount)
        if amount < 0:
            return orders.withdraw(self.asset, -amount)
        return orders.deposit(self.asset, amount)


class Shock(_Question, frozen=True, kw_only=True, tag="shock", tag_field="change"):
    """Move one instrument's prices or one asset's rate; `instrument` and `moved` mean the same."""

    relative: str
    instrument: str | None = None
    moved: str | None = None

    def made(self) -> Change:
        """The change."""
        named = self.moved if self.moved is not None else self.instrument
        if named is None or None not in (self.moved, self.instrument):
            text = "name what moves, once"
            raise InputError([Problem("moved", "", text, "give `moved` or `instrument`")])
        return orders.shock(named, self.relative)


class ShockAll(_Question, frozen=True, kw_only=True, tag="shock_all", tag_field="change"):
    """Move every price, and the rate of every coin that is the base of one."""

    relative: str

    def made(self) -> Change:
        """The change."""
        return orders.shock_all(self.relative)


class SetLeverage(_Question, frozen=True, kw_only=True, tag="set_leverage", tag_field="change"):
    """Set an instrument's leverage."""

    instrument: str
    leverage: str

    def made(self) -> Change:
        """The change."""
        return orders.set_leverage(self.instrument, self.leverage)


class SetMarginMode(
    _Question, frozen=True, kw_only=True, tag="set_margin_mode", tag_field="change"
):
    """Move an instrument to cross or isolated margin."""

    instrument: str
    mode: str
    isolated_margin: str | None = None

    def made(self) -> Change:
        """The change."""
        return orders.set_margin_mode(self.instrument, self.mode, self.isolated_margin)


class AddMargin(_Question, frozen=True, kw_only=True, tag="add_margin", tag_field="change"):
    """Post margin to an isolated position (> 0) or take it back (< 0)."""

    position: str
    amount: str

    def made(self) -> Change:
        """The change."""
        return orders.add_margin(self.position, self.amount)


class FundingPaid(_Question, frozen=True, kw_only=True, tag="funding", tag_field="change"):
    """One funding payment at the mark."""

    instrument: str
    rate: str

    def made(self) -> Change:
        """The change."""
        return orders.funding(self.instrument, self.rate)


AnyChange = (
    Order
    | Close
    | Transfer
    | Shock
    | ShockAll
    | SetLeverage
    | SetMarginMode
    | AddMargin
    | FundingPaid
)


class StudyQuestion(_Question, frozen=True, kw_only=True):
    """A margin-rate study: of an instrument's recorded marks, or of candles (CSV: time, close).

    `coverage` and `maintenance_share` are fractions, `close_out_s` seconds; `depth` notional within
    a distance of the mid price, cumulated.
    """

    symbol: Annotated[str, Meta(min_length=1, max_length=200)]
    venue: str | None = None
    candles: str | None = None
    coverage: str = "0.99"
    close_out_s: str = "86400"
    side: str = "both"
    method: str = "fhs"
    brake: str = "floor"
    maintenance_share: str = "0.5"
    jurisdiction: str | None = None
    depth: Annotated[dict[str, str], Meta(max_length=20)] = {}


class WhatIfQuestion(_Question, frozen=True, kw_only=True):
    """Changes to an account, applied in order."""

    changes: list[AnyChange]


class BandsQuestion(_Question, frozen=True, kw_only=True):
    """Bands to be set or tried; see `Bands`. What is left out is as it stands by default."""

    target: str = "0.6"
    warn: str = "0.7"
    act: str = "0.8"
    rearm: str = "0.03"
    dwell_s: int = 0
    cooldown_s: int = 1_800
    remind_s: int = 1_800

    def made(self) -> Bands:
        """The bands. Raises InputError naming what is wrong."""
        for name in ("dwell_s", "cooldown_s", "remind_s"):
            if not 0 <= getattr(self, name) <= 604_800:
                text = "must be seconds, 0 to 604800 (7 days)"
                raise InputError([Problem(name, str(getattr(self, name)), text)])
        return Bands(
            target=number("target", self.target, above=0),
            warn=number("warn", self.warn, above=0),
            act=number("act", self.act, above=0),
            rearm=number("rearm", self.rearm, minimum=0),
            dwell_ms=self.dwell_s * SECOND,
            cooldown_ms=self.cooldown_s * SECOND,
            remind_ms=self.remind_s * SECOND,
        )


class TryBands(BandsQuestion, frozen=True, kw_only=True):
    """Bands to be tried on what this run has recorded of an account."""

    account: str


class MuteQuestion(_Question, frozen=True, kw_only=True):
    """How long to be quiet: `hours`, or until it is re-armed (null). 0 lets it speak again."""

    hours: str | None = None


class HushQuestion(_Question, frozen=True, kw_only=True):
    """Quiet of an account and a kind (null: every) for `hours` (null: for ever; 0 ends it)."""

    account: str | None = None
    kind: AlertKind | None = None
    hours: str | None = None

    def made(self, now: int, accounts: list[str]) -> Silence:
        """The silence. Raises InputError for an account that there is not, or for nothing named."""
        if self.account is None and self.kind is None:
            text, remedy = "names neither an account nor a kind", "name at least one of them"
            raise InputError([Problem("account", "", text, remedy)])
        if self.account is not None and self.account not in accounts:
            names = ", ".join(sorted(accounts)) or "none"
            text = "there is no such account"
            raise InputError([Problem("account", self.account, text, f"there is: {names}")])
        return Silence(self.account, self.kind, muted_until(MuteQuestion(hours=self.hours), now))


def muted_until(question: MuteQuestion, now: int) -> int | None:
    """Until when, in milliseconds since the epoch; None: until re-armed."""
    if question.hours is None:
        return None
    hours = number("hours", question.hours, minimum=0, maximum=720)
    return now + int(hours * 3_600_000)
