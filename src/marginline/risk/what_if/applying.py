"""Each change applied to a trial: what the account is afterwards, and what the venue would say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import singledispatch

from marginline import formulas
from marginline.core.account.account import Order, Position, Wallet
from marginline.core.account.market import AssetRate
from marginline.core.distance.standing import STANDING, moving_base
from marginline.core.findings import Code, Gap
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.risk.inputs import wrong
from marginline.risk.what_if import acceptance
from marginline.risk.what_if.fills import fill
from marginline.risk.what_if.orders import (
    Cancel,
    Change,
    Close,
    FundingPayment,
    LeverageChange,
    MarginChange,
    MarginModeChange,
    Shock,
    ShockAll,
    Trade,
    Transfer,
)
from marginline.risk.what_if.rows import keys, open_row, open_rows, prepared
from marginline.risk.what_if.trial import Trial


@singledispatch
def apply(change: Change, trial: Trial) -> None:  # noqa: ARG001 - of the changes below
    """Apply one change.

    Raises:
        InputError: it does not fit the account; the message names the place and the remedy.
    """
    kind = type(change).__name__
    raise wrong("changes", kind, "is no change", "make it by order, close, deposit, shock …")


# -- orders ----------------------------------------------------------------------------------------


@apply.register
def _(change: Trade, trial: Trial) -> None:
    row = prepared(trial, change)
    sent = change.price if change.resting else None
    acceptance.check_steps(trial, row.instrument, change.size, sent)
    if change.resting:
        _rest(trial, row, change)
        return
    price = trial.mark(row.instrument) if change.price is None else change.price
    _filled(trial, row, change.size, price)


def _rest(trial: Trial, row: Position, change: Trade) -> None:
    asset = trial.asset_of(row)
    placed = Order(
        instrument=row.instrument,
        side="buy" if change.size > 0 else "sell",
        position_side=row.side if trial.account.position_mode == "hedge" else "both",
        size=abs(change.size),
        price=change.price,
        kind=change.kind,
        reduce_only=change.reduce_only,
        margin_mode=change.margin_mode,
    )
    before = acceptance.free_margin_of(trial, asset)
    trial.account = replace(trial.account, orders=(*trial.account.orders, placed))
    acceptance.check_free_margin(trial, asset, before, row.key, "the order")


def _filled(trial: Trial, row: Position, size: Decimal, price: Decimal) -> None:
    asset = trial.asset_of(row)
    opening = size + formulas.size_closed_by_fill(row.size, size)
    if opening == 0:
        fill(trial, row, size, price)
        return
    before = acceptance.free_margin_of(trial, asset)
    cost = acceptance.form_cost(trial, row, opening, price)
    after = fill(trial, row, size, price)
    enough = acceptance.check_free_margin(trial, asset, before, after.key, "the order")
    if enough and cost is not None and before is not None and cost > before > 0:
        text = f"its order form asks {to_text(cost)}, available is {to_text(before)}"
        trial.refused(after.key, text)


@apply.register
def _(change: Close, trial: Trial) -> None:
    row = open_row(trial.account, change.instrument, change.position_side)
    price = trial.mark(row.instrument) if change.price is None else change.price
    fill(trial, row, -row.size * change.fraction, price)


# -- money -----------------------------------------------------------------------------------------


@apply.register
def _(change: Cancel, trial: Trial) -> None:
    orders = trial.account.orders
    left = tuple(o for o in orders if change.instrument not in (None, o.instrument))
    if len(left) == len(orders):
        there = ", ".join(sorted({order.instrument for order in orders})) or "none"
        found = change.instrument or ""
        raise wrong("instrument", found, "no order rests there", f"orders rest in: {there}")
    trial.account = replace(trial.account, orders=left)


@apply.register
def _(change: Transfer, trial: Trial) -> None:
    asset = change.asset
    if change.amount < 0:
        acceptance.check_withdrawal(trial, asset, -change.amount)
        trial.book_cash(asset, change.amount, "withdrawals")
        _void_credit(trial)
        return
    if trial.wallet(asset) is None and asset not in trial.look.assets():
        trial.keep(Wallet(asset=asset, balance=ZERO))
    trial.book_cash(asset, change.amount, "deposits")


def _void_credit(trial: Trial) -> None:
    """Take the credit that is left out of every wallet, where a transfer out voids it."""
    if not trial.book.credit_lost_on_withdrawal:
        return
    for wallet in trial.account.wallets:
        if wallet.credit:
            trial.book_cash(wallet.asset, -wallet.credit, "other")
            left = trial.wallet(wallet.asset)
            assert left is not None, wallet.asset
            trial.keep(replace(left, credit=ZERO))
            text = f"the transfer out voids {to_text(wallet.credit)} {wallet.asset} of credit"
            trial.note(Code.CREDIT_LOST, f"wallets.{wallet.asset}", text)


@apply.register
def _(change: FundingPayment, trial: Trial) -> None:
    rows = open_rows(trial.account, change.instrument)
    if not rows:
        there = keys(row for row in trial.account.positions if row.size)
        raise wrong("instrument", change.instrument, "no position is open", f"open are: {there}")
    for row in rows:
        value = trial.notional(row.instrument, row.size, trial.mark(row.instrument))
        flow = formulas.funding_payment(value if row.size > 0 else -value, change.rate)
        paid = row.funding if row.funding is None else row.funding + flow
        if trial.book.settles_at_close:
            trial.put(row, replace(row, funding=paid))
            continue
        margin = row.isolated_margin
        if row.margin_mode == "isolated" and margin is not None:
            margin += flow
        trial.put(row, replace(row, funding=paid, isolated_margin=margin))
        asset = trial.asset_of(row)
        trial.book_cash(asset, flow, "funding")
        if row.margin_mode == "isolated":
            trial.post(asset, flow)


# -- margin ----------------------------------------------------------------------------------------


@apply.register
def _(change: LeverageChange, trial: Trial) -> None:
    trial.set_leverage(change.instrument, change.leverage)


@apply.register
def _(change: MarginChange, trial: Trial) -> None:
    row = open_row(trial.account, change.position)
    if row.margin_mode != "isolated":
        raise wrong("position_key", row.key, "is a cross position", "deposit instead")
    if row.isolated_margin is None:
        raise wrong("position_key", row.key, "its isolated margin is not given", "give it first")
    if change.amount < 0 and row.isolated_margin + change.amount < 0:
        held = f"{row.key} holds {to_text(row.isolated_margin)}"
        raise wrong("amount", to_text(change.amount), held, "take at most that")
    acceptance.check_margin_move(trial, row, change.amount)
    extra = None if row.extra_margin is None else row.extra_margin + change.amount
    margin = row.isolated_margin + change.amount
    trial.put(row, replace(row, isolated_margin=margin, extra_margin=extra))
    trial.post(trial.asset_of(row), change.amount)


@apply.register
def _(change: MarginModeChange, trial: Trial) -> None:
    rows = open_rows(trial.account, change.instrument)
    if change.isolated_margin is not None and len(rows) != 1:
        message = f"isolated_margin is of one position; open are: {keys(rows)}"
        raise wrong("instrument", change.instrument, message, "name one by its key")
    symbol = rows[0].instrument if rows else change.instrument
    trial.instrument(symbol)
    if trial.all_isolated and change.mode == "cross":
        message = "the account's mode is isolated, for every position"
        raise wrong("mode", change.mode, message, "load the account in another mode")
    for row in rows:
        if row.margin_mode != change.mode:
            _move_mode(trial, row, change)
    for row in trial.account.positions:
        if row.instrument == symbol and not row.size:
            trial.put(row, replace(row, margin_mode=change.mode))
    trial.set_mode(symbol, change.mode)


def _move_mode(trial: Trial, row: Position, change: MarginModeChange) -> None:
    asset = trial.asset_of(row)
    if change.mode == "cross":
        trial.put(row, replace(row, margin_mode="cross", isolated_margin=None, extra_margin=None))
        trial.post(asset, None if row.isolated_margin is None else -row.isolated_margin)
        return
    margin = change.isolated_margin
    if margin is None:
        margin = _initial_margin(trial, row)
    before = acceptance.free_margin_of(trial, asset)
    trial.put(row, replace(row, margin_mode="isolated", isolated_margin=margin))
    trial.post(asset, margin)
    acceptance.check_free_margin(trial, asset, before, row.key, "the margin posted")


def _initial_margin(trial: Trial, row: Position) -> Decimal | None:
    position = trial.position(row.key)
    assert position is not None, row.key
    figure = position.figure(Measure.INITIAL_MARGIN)
    if not isinstance(figure, Gap):
        return figure
    trial.note(figure.code, row.key, f"the margin posted is not known: {figure.message}")
    return None


# -- market ----------------------------------------------------------------------------------------


@apply.register
def _(change: Shock, trial: Trial) -> None:
    market = trial.account.market
    factor = ONE + change.relative
    priced, rated = change.moved in market.mark, change.moved in market.asset_rate
    if priced and change.only != "coin":
        _move_prices(trial, factor, lambda symbol: symbol == change.moved)
        instrument = trial.look.known(change.moved)
        base = None if instrument is None else moving_base(instrument)
        if change.only is None:
            _move_rates(trial, factor, lambda asset: asset == base)
    elif rated and change.only != "contract":
        _move_rates(trial, factor, lambda asset: asset == change.moved)
    else:
        prices = () if change.only == "coin" else market.mark
        rates = () if change.only == "contract" else market.asset_rate
        known = ", ".join([*prices, *rates]) or "nothing"
        message = "neither an instrument with a mark nor an asset with a rate"
        raise wrong("instrument_or_asset", change.moved, message, f"there is: {known}")


@apply.register
def _(change: ShockAll, trial: Trial) -> None:
    factor = ONE + change.relative
    _move_prices(trial, factor, lambda _: True)
    _move_rates(trial, factor, lambda asset: asset not in STANDING)


def _move_prices(trial: Trial, factor: Decimal, moves: Callable[[str], bool]) -> None:
    market = trial.account.market

    def moved(prices: Mapping[str, Decimal]) -> dict[str, Decimal]:
        return {s: price * factor if moves(s) else price for s, price in prices.items()}

    elsewhere = replace(
        market,
        mark=moved(market.mark),
        index=moved(market.index),
        last=moved(market.last),
        bid=moved(market.bid),
        ask=moved(market.ask),
    )
    trial.account = replace(trial.account, market=elsewhere)


def _move_rates(trial: Trial, factor: Decimal, moves: Callable[[str], bool]) -> None:
    market = trial.account.market
    rates = {a: times(r, factor) if moves(a) else r for a, r in market.asset_rate.items()}
    trial.account = replace(trial.account, market=replace(market, asset_rate=rates))


def times(rate: AssetRate, factor: Decimal) -> AssetRate:
    """A rate with its index, bid and ask moved by the same factor."""

    def moved(side: Decimal | None) -> Decimal | None:
        return None if side is None else side * factor

    return replace(rate, index=moved(rate.index), bid=moved(rate.bid), ask=moved(rate.ask))
