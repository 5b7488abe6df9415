"""Each change applied to a draft: what the account is afterwards, and what the venue would say."""

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
from marginline.risk.what_if.trial import Draft


@singledispatch
def apply(change: Change, draft: Draft) -> None:  # noqa: ARG001 - of the changes below
    """Apply one change.

    Raises:
        InputError: it does not fit the account; the message names the place and the remedy.
    """
    kind = type(change).__name__
    raise wrong("changes", kind, "is no change", "make it by order, close, deposit, shock …")


# -- orders ----------------------------------------------------------------------------------------


@apply.register
def _(change: Trade, draft: Draft) -> None:
    row = prepared(draft, change)
    acceptance.check_step(draft, row.instrument, change.size)
    if change.resting:
        _rest(draft, row, change)
        return
    price = draft.mark(row.instrument) if change.price is None else change.price
    _filled(draft, row, change.size, price)


def _rest(draft: Draft, row: Position, change: Trade) -> None:
    asset = draft.asset_of(row)
    placed = Order(
        instrument=row.instrument,
        side="buy" if change.size > 0 else "sell",
        position_side=row.side if draft.account.position_mode == "hedge" else "both",
        size=abs(change.size),
        price=change.price,
        kind=change.kind,
        reduce_only=change.reduce_only,
        margin_mode=change.margin_mode,
    )
    before = acceptance.free_margin_of(draft, asset)
    draft.account = replace(draft.account, orders=(*draft.account.orders, placed))
    acceptance.check_free_margin(draft, asset, before, row.key, "the order")


def _filled(draft: Draft, row: Position, size: Decimal, price: Decimal) -> None:
    asset = draft.asset_of(row)
    opening = size + formulas.size_closed_by_fill(row.size, size)
    if opening == 0:
        fill(draft, row, size, price)
        return
    before = acceptance.free_margin_of(draft, asset)
    cost = acceptance.form_cost(draft, row, opening, price)
    after = fill(draft, row, size, price)
    enough = acceptance.check_free_margin(draft, asset, before, after.key, "the order")
    if enough and cost is not None and before is not None and cost > before > 0:
        text = f"its order form asks {to_text(cost)}, available is {to_text(before)}"
        draft.refused(after.key, text)


@apply.register
def _(change: Close, draft: Draft) -> None:
    row = open_row(draft.account, change.instrument, change.position_side)
    price = draft.mark(row.instrument) if change.price is None else change.price
    fill(draft, row, -row.size * change.fraction, price)


# -- money -----------------------------------------------------------------------------------------


@apply.register
def _(change: Cancel, draft: Draft) -> None:
    orders = draft.account.orders
    left = tuple(o for o in orders if change.instrument not in (None, o.instrument))
    if len(left) == len(orders):
        there = ", ".join(sorted({order.instrument for order in orders})) or "none"
        found = change.instrument or ""
        raise wrong("instrument", found, "no order rests there", f"orders rest in: {there}")
    draft.account = replace(draft.account, orders=left)


@apply.register
def _(change: Transfer, draft: Draft) -> None:
    asset = change.asset
    if change.amount < 0:
        acceptance.check_withdrawal(draft, asset, -change.amount)
        draft.book_cash(asset, change.amount, "withdrawals")
        _void_credit(draft)
        return
    if draft.wallet(asset) is None and asset not in draft.look.assets():
        draft.keep(Wallet(asset=asset, balance=ZERO))
    draft.book_cash(asset, change.amount, "deposits")


def _void_credit(draft: Draft) -> None:
    """Take the credit that is left out of every wallet, where a transfer out voids it."""
    if not draft.book.credit_lost_on_withdrawal:
        return
    for wallet in draft.account.wallets:
        if wallet.credit:
            draft.book_cash(wallet.asset, -wallet.credit, "other")
            left = draft.wallet(wallet.asset)
            assert left is not None, wallet.asset
            draft.keep(replace(left, credit=ZERO))
            text = f"the transfer out voids {to_text(wallet.credit)} {wallet.asset} of credit"
            draft.note(Code.CREDIT_LOST, f"wallets.{wallet.asset}", text)


@apply.register
def _(change: FundingPayment, draft: Draft) -> None:
    rows = open_rows(draft.account, change.instrument)
    if not rows:
        there = keys(row for row in draft.account.positions if row.size)
        raise wrong("instrument", change.instrument, "no position is open", f"open are: {there}")
    for row in rows:
        value = draft.notional(row.instrument, row.size, draft.mark(row.instrument))
        flow = formulas.funding_payment(value if row.size > 0 else -value, change.rate)
        paid = row.funding if row.funding is None else row.funding + flow
        if draft.book.settles_at_close:
            draft.put(row, replace(row, funding=paid))
            continue
        margin = row.isolated_margin
        if row.margin_mode == "isolated" and margin is not None:
            margin += flow
        draft.put(row, replace(row, funding=paid, isolated_margin=margin))
        asset = draft.asset_of(row)
        draft.book_cash(asset, flow, "funding")
        if row.margin_mode == "isolated":
            draft.post(asset, flow)


# -- margin ----------------------------------------------------------------------------------------


@apply.register
def _(change: LeverageChange, draft: Draft) -> None:
    draft.set_leverage(change.instrument, change.leverage)


@apply.register
def _(change: MarginChange, draft: Draft) -> None:
    row = open_row(draft.account, change.position)
    if row.margin_mode != "isolated":
        raise wrong("position_key", row.key, "is a cross position", "deposit instead")
    if row.isolated_margin is None:
        raise wrong("position_key", row.key, "its isolated margin is not given", "give it first")
    if change.amount < 0 and row.isolated_margin + change.amount < 0:
        held = f"{row.key} holds {to_text(row.isolated_margin)}"
        raise wrong("amount", to_text(change.amount), held, "take at most that")
    acceptance.check_margin_move(draft, row, change.amount)
    extra = None if row.extra_margin is None else row.extra_margin + change.amount
    margin = row.isolated_margin + change.amount
    draft.put(row, replace(row, isolated_margin=margin, extra_margin=extra))
    draft.post(draft.asset_of(row), change.amount)


@apply.register
def _(change: MarginModeChange, draft: Draft) -> None:
    rows = open_rows(draft.account, change.instrument)
    if change.isolated_margin is not None and len(rows) != 1:
        message = f"isolated_margin is of one position; open are: {keys(rows)}"
        raise wrong("instrument", change.instrument, message, "name one by its key")
    symbol = rows[0].instrument if rows else change.instrument
    draft.instrument(symbol)
    if draft.all_isolated and change.mode == "cross":
        message = "the account's mode is isolated, for every position"
        raise wrong("mode", change.mode, message, "load the account in another mode")
    for row in rows:
        if row.margin_mode != change.mode:
            _move_mode(draft, row, change)
    for row in draft.account.positions:
        if row.instrument == symbol and not row.size:
            draft.put(row, replace(row, margin_mode=change.mode))
    draft.set_mode(symbol, change.mode)


def _move_mode(draft: Draft, row: Position, change: MarginModeChange) -> None:
    asset = draft.asset_of(row)
    if change.mode == "cross":
        draft.put(row, replace(row, margin_mode="cross", isolated_margin=None, extra_margin=None))
        draft.post(asset, None if row.isolated_margin is None else -row.isolated_margin)
        return
    margin = change.isolated_margin
    if margin is None:
        margin = _initial_margin(draft, row)
    before = acceptance.free_margin_of(draft, asset)
    draft.put(row, replace(row, margin_mode="isolated", isolated_margin=margin))
    draft.post(asset, margin)
    acceptance.check_free_margin(draft, asset, before, row.key, "the margin posted")


def _initial_margin(draft: Draft, row: Position) -> Decimal | None:
    position = draft.position(row.key)
    assert position is not None, row.key
    figure = position.figure(Measure.INITIAL_MARGIN)
    if not isinstance(figure, Gap):
        return figure
    draft.note(figure.code, row.key, f"the margin posted is not known: {figure.message}")
    return None


# -- market ----------------------------------------------------------------------------------------


@apply.register
def _(change: Shock, draft: Draft) -> None:
    market = draft.account.market
    factor = ONE + change.relative
    priced, rated = change.moved in market.mark, change.moved in market.asset_rate
    if priced and change.only != "coin":
        _move_prices(draft, factor, lambda symbol: symbol == change.moved)
        instrument = draft.look.known(change.moved)
        base = None if instrument is None else moving_base(instrument)
        if change.only is None:
            _move_rates(draft, factor, lambda asset: asset == base)
    elif rated and change.only != "contract":
        _move_rates(draft, factor, lambda asset: asset == change.moved)
    else:
        prices = () if change.only == "coin" else market.mark
        rates = () if change.only == "contract" else market.asset_rate
        known = ", ".join([*prices, *rates]) or "nothing"
        message = "neither an instrument with a mark nor an asset with a rate"
        raise wrong("instrument_or_asset", change.moved, message, f"there is: {known}")


@apply.register
def _(change: ShockAll, draft: Draft) -> None:
    factor = ONE + change.relative
    _move_prices(draft, factor, lambda _: True)
    _move_rates(draft, factor, lambda asset: asset not in STANDING)


def _move_prices(draft: Draft, factor: Decimal, moves: Callable[[str], bool]) -> None:
    market = draft.account.market

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
    draft.account = replace(draft.account, market=elsewhere)


def _move_rates(draft: Draft, factor: Decimal, moves: Callable[[str], bool]) -> None:
    market = draft.account.market
    rates = {a: times(r, factor) if moves(a) else r for a, r in market.asset_rate.items()}
    draft.account = replace(draft.account, market=replace(market, asset_rate=rates))


def times(rate: AssetRate, factor: Decimal) -> AssetRate:
    """A rate with its index, bid and ask moved by the same factor."""

    def moved(side: Decimal | None) -> Decimal | None:
        return None if side is None else side * factor

    return replace(rate, index=moved(rate.index), bid=moved(rate.bid), ask=moved(rate.ask))
