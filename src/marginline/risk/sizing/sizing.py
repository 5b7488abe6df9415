"""How large an order may be: by what the account must keep, by what a stop may lose."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TypedDict

from marginline import formulas
from marginline.core.account.account import Account, Position
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import AbsentError, Code, Finding, ranked
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, Direction, exactly, text_or_none, to_step, to_text
from marginline.core.unified import own_name
from marginline.risk.inputs import Number, choice, margin_ratio, name, number, number_or_none, wrong
from marginline.risk.sizing.search import (
    STEP,
    Limits,
    about_steps,
    available_gap,
    between,
    largest,
    off_tick,
    refusal,
)
from marginline.risk.sizing.stops import liquidation_end, stop_beyond
from marginline.risk.what_if.fills import fill
from marginline.risk.what_if.orders import Trade
from marginline.risk.what_if.rows import prepared
from marginline.risk.what_if.trial import Trial
from marginline.risk.what_if.what_if import WhatIf, WhatIfDocument, what_if
from marginline.venues.asking import with_endpoint
from marginline.venues.plausible import blinding_of

SIZING_SCHEMA = "marginline/sizing/1"


class SizingDocument(TypedDict):
    """The document `marginline/sizing/1`; numbers as decimal strings or null."""

    schema: str
    instrument: str
    side: str
    price: str
    step: str
    size: str | None
    limit: str
    by_margin: str | None
    by_risk: str | None
    stop: str | None
    liquidation_price: str | None
    stop_beyond_liquidation: bool | None
    size_with_stop_inside: str | None
    what_if: WhatIfDocument | None
    findings: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Sizing:
    """The largest order that fits, and what stops a larger one.

    `size` is unsigned, a multiple of `step`; None where it cannot be said or nothing limits it, and
    `limit` says which. `by_margin` and `by_risk` are the two sizes of which it is the smaller.
    `stop_beyond_liquidation`: after the order the stop would come too late (None: no stop, or no
    position to protect); then `size_with_stop_inside` is the largest size with which it would not.
    `what_if` is the account after an order of `size`.
    """

    instrument: str
    side: str
    price: Decimal
    step: Decimal
    size: Decimal | None
    limit: str
    by_margin: Decimal | None
    by_risk: Decimal | None
    stop: Decimal | None
    liquidation_price: Decimal | None
    stop_beyond_liquidation: bool | None
    size_with_stop_inside: Decimal | None
    what_if: WhatIf | None
    findings: tuple[Finding, ...]

    def to_dict(self) -> SizingDocument:
        """The answer as JSON-able data, numbers as decimal strings or null.

        `schema` ("marginline/sizing/1"), the fields above, `what_if` as its own document or null.
        """
        return {
            "schema": SIZING_SCHEMA,
            "instrument": self.instrument,
            "side": self.side,
            "price": to_text(self.price),
            "step": to_text(self.step),
            "size": text_or_none(self.size),
            "limit": self.limit,
            "by_margin": text_or_none(self.by_margin),
            "by_risk": text_or_none(self.by_risk),
            "stop": text_or_none(self.stop),
            "liquidation_price": text_or_none(self.liquidation_price),
            "stop_beyond_liquidation": self.stop_beyond_liquidation,
            "size_with_stop_inside": text_or_none(self.size_with_stop_inside),
            "what_if": None if self.what_if is None else self.what_if.to_dict(),
            "findings": [finding.to_dict() for finding in self.findings],
        }


class _Case:
    """Orders of n steps tried on one account; each n is tried once."""

    def __init__(self, account: Account, trade: Trade, step: Decimal, limits: Limits) -> None:
        self.account = account
        self.trade = trade
        self.step = step
        self.limits = limits
        trial = Trial(account)
        self.row = prepared(trial, self.order(1))
        self.price = trial.mark(self.row.instrument) if trade.price is None else trade.price
        self._reasons: dict[int, str | None] = {}

    def order(self, n: int) -> Trade:
        """The order of n steps, on the case's side."""
        sign = 1 if self.trade.size > 0 else -1
        given = {f: getattr(self.trade, f) for f in ("price", "position_side", "leverage")}
        return Trade(self.trade.instrument, sign * n * self.step, **given)

    def after(self, n: int) -> tuple[Trial, Position]:
        """The account with an order of n steps filled, and the row it fell into."""
        trial = Trial(self.account)
        if n == 0:
            return trial, self.row
        row = prepared(trial, self.order(n))
        return trial, fill(trial, row, self.order(n).size, self.price)

    def refusal(self, n: int) -> str | None:
        """Why n steps are too many; None where they fit."""
        if n not in self._reasons:
            most = self.most
            if most is not None and n > most:
                self._reasons[n] = f"{self.row.key} holds only {to_text(self.row.size)}"
            else:
                trial, row = self.after(n)
                self._reasons[n] = refusal(trial, row, self.limits)
        return self._reasons[n]

    def fits(self, n: int) -> bool:
        """Whether n steps fit."""
        return self.refusal(n) is None

    @property
    def closing(self) -> int:
        """Steps that close the whole position, where the order is against it."""
        if self.row.size * self.trade.size >= 0:
            return 0
        return int(to_step(abs(self.row.size), self.step, Direction.DOWN) / self.step)

    @property
    def most(self) -> int | None:
        """The most steps that a leg of hedge mode lets an order against it have."""
        leg = self.account.position_mode == "hedge" and self.row.side != "both"
        opens = (self.row.side == "long") == (self.trade.size > 0)
        return self.closing if leg and not opens else None

    def by_margin(self) -> tuple[int | None, str]:
        """The most steps that fit, and what refuses one more."""
        low = self.closing
        if not self.fits(low):
            if low == 0 or not self.fits(0):
                when = "already, before any order" if low == 0 else "even with all of it closed"
                return 0, f"{when}: {self.refusal(low)}"
            low = between(self.fits, 0, low)
            return low, str(self.refusal(low + 1))
        found = largest(self.fits, low)
        if found is None:
            return None, "nothing limits the size: the fill itself brings what the order needs"
        return found, str(self.refusal(found + 1))

    def position(self, n: int) -> PositionFigures | None:
        """The position after n steps, where it stands on the order's side."""
        trial, row = self.after(n)
        found = trial.position(row.key)
        if found is None or (found.exposure.size > 0) != (self.trade.size > 0):
            return None
        return found


@exactly
def size_for(
    account: Account,
    instrument: str,
    side: str,
    *,
    price: Number | None = None,
    keep_buffer: Number | None = None,
    keep_ratio: Number | None = None,
    stop: Number | None = None,
    risk: Number | None = None,
    leverage: Number | None = None,
    position_side: str = "both",
) -> Sizing:
    """The largest order, in whole size steps, after which the account is still as wanted.

    After it the venue's available balance must not be negative, the pool must not be liquidated,
    the tier must allow the leverage; and what is named here must hold. An order against a position
    is sized beyond closing it. Each size is tried as a fill, as `what_if` does it; the answer fits,
    and one step more does not.

    Args:
        account: as loaded.
        instrument: symbol, or the key of a position.
        side: "buy" or "sell".
        price: of the fill; the mark where left out.
        keep_buffer: the least buffer of the pool after the order, in the pool's asset.
        keep_ratio: the highest margin ratio of the pool after the order.
        stop: the price of the stop that would close it.
        risk: the most that may be lost at the stop, fees of both fills included, in the settle
            asset: `size = risk / (|entry - stop| * unit + fees)`, inverse with 1/price.
        leverage: set before the order.
        position_side: the leg in hedge mode.

    Raises:
        InputError: an unknown instrument, no mark, a stop on the wrong side, risk without a stop.
    """
    buys = choice("side", side, ("buy", "sell")) == "buy"
    symbol = own_name(account, name("instrument", instrument))
    held = next((row for row in account.positions if row.key == symbol), None)
    step = Trial(account).steps(held.instrument if held else symbol).size or STEP
    trade = Trade(
        symbol,
        ONE if buys else -ONE,
        number_or_none("price", price, above=0),
        position_side,
        leverage=number_or_none("leverage", leverage, above=0),
    )
    limits = Limits(
        number_or_none("keep_buffer", keep_buffer),
        None if keep_ratio is None else margin_ratio("keep_ratio", keep_ratio),
    )
    case = _Case(account, trade, step, limits)
    at_stop = _stop(case, stop, buys=buys)
    loss = None if risk is None else _risk(case, number("risk", risk, above=0), at_stop)
    return _sizing(case, side, at_stop, loss)


# -- risk at a stop --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Risk:
    """What may be lost, what one step loses at the stop, and what was assumed of the fees."""

    amount: Decimal
    per_step: Decimal
    asset: str
    notes: tuple[Finding, ...]

    @property
    def steps(self) -> int:
        return int(to_step(self.amount / self.per_step, ONE, Direction.DOWN))


def _stop(case: _Case, stop: Number | None, *, buys: bool) -> Decimal | None:
    if stop is None:
        return None
    at_stop = number("stop", stop, above=0)
    if at_stop == case.price or (at_stop < case.price) != buys:
        side = "below" if buys else "above"
        message = f"the stop of a {'buy' if buys else 'sell'} at {to_text(case.price)}"
        raise wrong("stop", to_text(at_stop), message, f"must be {side} it")
    return at_stop


def _risk(case: _Case, amount: Decimal, stop: Decimal | None) -> _Risk:
    if stop is None:
        raise wrong("risk", to_text(amount), "risk is what a stop loses", "give the stop too")
    trial, symbol, price = Trial(case.account), case.row.instrument, case.price
    inverse, unit = trial.inverse(symbol), trial.unit(symbol)
    pnl = formulas.unrealized_pnl_inverse if inverse else formulas.unrealized_pnl_linear
    signed = case.step if case.trade.size > 0 else -case.step
    fees = trial.fee(symbol, case.step, price) + trial.fee(symbol, case.step, stop)
    loss = -pnl(signed, unit, price, stop) + fees
    if loss <= 0:
        message = "with the rebates given nothing is lost at this stop"
        raise wrong("stop", to_text(stop), message, "move it away from the price")
    return _Risk(amount, loss, trial.asset_of(case.row), tuple(trial.findings))


# -- the answer ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """How many steps, how many by margin alone, and why not one more; None: cannot be said."""

    steps: int | None
    by_margin: int | None
    limit: str
    notes: tuple[Finding, ...]


def _sizing(case: _Case, side: str, stop: Decimal | None, loss: _Risk | None) -> Sizing:
    found = _found(case, stop, loss)
    n, notes = found.steps, [*blinding_of(case.account), *found.notes]
    if n:
        trial, symbol = Trial(case.account), case.row.instrument
        notes += about_steps(trial, [symbol])
        notes += off_tick(trial, symbol, {"price": case.trade.price, "stop": stop})
    end, beyond, inside = _against_stop(case, stop, n)
    if stop is not None and end is not None and beyond:
        notes.append(_stop_note(case, stop, end, inside))
    return Sizing(
        instrument=case.row.instrument,
        side=side,
        price=case.price,
        step=case.step,
        size=_size(case, n),
        limit=found.limit,
        by_margin=_size(case, found.by_margin),
        by_risk=None if loss is None else _size(case, loss.steps),
        stop=stop,
        liquidation_price=end,
        stop_beyond_liquidation=beyond,
        size_with_stop_inside=inside,
        what_if=None if n is None else what_if(case.account, [case.order(n)] if n else []),
        findings=ranked(notes),
    )


def _found(case: _Case, stop: Decimal | None, loss: _Risk | None) -> _Found:
    notes = loss.notes if loss is not None else ()
    try:
        by_margin, limit = case.by_margin()
    except AbsentError as absent:
        text = with_endpoint(f"no size by margin: {absent.gap.message}", case.account)
        return _Found(None, None, text, (*notes, Finding(absent.gap.code, case.row.key, text)))
    notes = (*notes, *_unchecked(case))
    if loss is None or stop is None or (by_margin is not None and by_margin <= loss.steps):
        return _Found(by_margin, by_margin, limit, notes)
    return _Found(loss.steps, by_margin, _risk_limit(loss, stop), notes)


def _risk_limit(loss: _Risk, stop: Decimal) -> str:
    more = (loss.steps + 1) * loss.per_step
    return (
        f"risk: one step more would lose {to_text(more)} {loss.asset} at the stop {to_text(stop)},"
        f" allowed is {to_text(loss.amount)}"
    )


def _unchecked(case: _Case) -> Iterator[Finding]:
    """What the size takes for granted."""
    mark = case.account.market.mark.get(case.row.instrument)
    sign = case.trade.size
    if mark is not None and (mark - case.price) * sign > 0:
        text = (
            f"the fill at {to_text(case.price)} is better than the mark {to_text(mark)}: the gain"
            " counts as margin; shock the mark first to size an order that waits for its price"
        )
        yield Finding(Code.APPROXIMATE, case.row.key, text)
    gap = available_gap(case.account, Trial(case.account).asset_of(case.row))
    if gap is not None and gap.code is not Code.NOT_APPLICABLE:
        text = f"that the available balance suffices is not checked: {gap.message}"
        yield Finding(gap.code, case.row.key, text)


def _size(case: _Case, n: int | None) -> Decimal | None:
    return None if n is None else n * case.step


def _against_stop(
    case: _Case, stop: Decimal | None, n: int | None
) -> tuple[Decimal | None, bool | None, Decimal | None]:
    """Liquidation price after n steps, whether the stop is beyond it, and the size where not."""
    position = case.position(n) if n else None
    if position is None:
        return None, None, None
    end = liquidation_end(position)
    if stop is None:
        return end, None, None
    if stop_beyond(position, stop) is None:
        return end, False, None

    def inside(steps: int) -> bool:
        found = case.position(steps) if steps else None
        return found is None or stop_beyond(found, stop) is None

    assert n is not None
    return end, True, between(inside, 0, n) * case.step


def _stop_note(case: _Case, stop: Decimal, end: Decimal, inside: Decimal | None) -> Finding:
    better = (
        f"with {to_text(inside)} or less it would not"
        if inside
        else "no size changes that; lower the leverage or move the stop"
    )
    text = (
        f"after the order the pool is liquidated at {to_text(end)}, before the stop at"
        f" {to_text(stop)}; {better}"
    )
    return Finding(Code.STOP_BEYOND_LIQUIDATION, case.row.key, text)
