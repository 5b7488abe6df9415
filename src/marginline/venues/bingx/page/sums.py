"""Sums that BingX's own figures obey among themselves. A broken one: the answer is no real one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account, Position
from marginline.core.numbers import ZERO
from marginline.venues.compare.comparing import (
    EIGHT_DECIMALS,
    Identity,
    Said,
    amounts,
    last_digit,
    part,
    pnl_to,
)

FOUR_DECIMALS = Decimal("0.0001")
_STABLE = ("USDT", "USDC", "VST")
MARK = "markPrice"


def step_of(asset: str) -> Decimal:
    """At which decimal BingX cuts amounts of an asset."""
    return FOUR_DECIMALS if asset in _STABLE else EIGHT_DECIMALS


def identities(account: Account) -> Iterator[Identity]:
    """The sums that the account's reported figures should obey."""
    if account.reported is None:
        return
    raw = account.reported.raw
    balances = part(raw, "balance")
    for asset in balances:
        yield from _of_balance(asset, amounts(part(balances, asset)))
    rows = part(raw, "positions")
    for position in account.positions:
        if position.key in rows:
            yield from _of_position(account, position, part(rows, position.key))


def _of_balance(asset: str, said: dict[str, Decimal]) -> Iterator[Identity]:
    where, step = f"assets.{asset}", step_of(asset)
    names = ("equity", "balance", "unrealizedProfit")
    if all(name in said for name in names):
        right = said["balance"] + said["unrealizedProfit"]
        text = "equity = balance + unrealizedProfit"
        yield Identity(where, text, said["equity"], right, names, 2 * step)
    names = ("availableMargin", "equity", "usedMargin")
    if all(name in said for name in names):
        right = said["equity"] - said["usedMargin"] - said.get("freezedMargin", ZERO)
        text = "availableMargin <= equity - usedMargin - freezedMargin"
        left = said["availableMargin"]
        yield Identity(where, text, left, right, names, 3 * step, at_most=True)


def _of_position(account: Account, position: Position, row: Said) -> Iterator[Identity]:
    """P&L from entry to mark, value at the mark, margin and return on it."""
    contract = account.instruments.get(position.instrument)
    if contract is None or position.entry_price is None or not position.size:
        return
    key, said, unit = position.key, amounts(row), contract.contract_size
    inverse, size = contract.payoff == "inverse", position.size
    entry, mark = position.entry_price, said.get(MARK)
    step = step_of(position.margin_asset or contract.settle or "")
    slack = step
    if mark:
        moved = abs(size) * unit * last_digit(row, MARK)
        slack += moved / (mark * mark) if inverse else moved
        value = formulas.notional_inverse if inverse else formulas.notional_linear
        if (printed := said.get("positionValue")) is not None:
            text = "positionValue is the value at markPrice"
            right = value(size, unit, mark)
            yield Identity(key, text, printed, right, ("positionValue",), slack)
        if (printed := said.get("unrealizedProfit")) is not None:
            text = "unrealizedProfit is the P&L from avgPrice to markPrice"
            right = pnl_to(contract, size, entry, mark)
            yield Identity(key, text, printed, right, ("unrealizedProfit",), slack)
    yield from _of_margins(position, said, step)


def _of_margins(position: Position, said: dict[str, Decimal], step: Decimal) -> Iterator[Identity]:
    key = position.key
    initial, pnl = said.get("initialMargin"), said.get("unrealizedProfit")
    margin, share = said.get("margin"), said.get("pnlRatio")
    if initial is None or pnl is None or margin is None:
        return  # without `margin` the answer is of the older kind: initialMargin has P&L in it
    if position.margin_mode == "cross":
        labels = ("margin", "initialMargin", "unrealizedProfit")
        text = "margin = initialMargin + unrealizedProfit"
        yield Identity(key, text, margin, initial + pnl, labels, 2 * step)
    if share is not None and initial > 0:
        text = "pnlRatio = unrealizedProfit / initialMargin"
        room = FOUR_DECIMALS + 2 * step / initial
        yield Identity(key, text, share, pnl / initial, ("pnlRatio",), room)
