"""Which row of the account a change means; where that is not clear, the error names the choices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from marginline.core.account.account import Account, Position
from marginline.core.numbers import ZERO, to_text
from marginline.errors import InputError
from marginline.risk.inputs import wrong
from marginline.risk.what_if.orders import Trade
from marginline.risk.what_if.trial import Trial


def keys(rows: Iterable[Position]) -> str:
    """The keys of rows as text."""
    return ", ".join(row.key for row in rows) or "none"


def open_rows(account: Account, name: str) -> list[Position]:
    """Open positions with this key, or of this symbol."""
    rows = [row for row in account.positions if row.size]
    exact = [row for row in rows if row.key == name]
    return exact or [row for row in rows if row.instrument == name]


def open_row(account: Account, name: str, position_side: str = "both") -> Position:
    """The one open position that a change speaks of.

    Raises:
        InputError: there is none, or more than one; the message names those there are.
    """
    rows = open_rows(account, name)
    if position_side != "both" or len(rows) > 1:
        rows = [row for row in rows if row.side == position_side] or (
            rows if position_side == "both" else []
        )
    if len(rows) == 1:
        return rows[0]
    if rows:
        raise _several(name, rows)
    where = name if position_side == "both" else f"{name} {position_side}"
    there = keys(row for row in account.positions if row.size)
    raise wrong("instrument", where, "no position is open there", f"open are: {there}")


def _several(name: str, rows: Iterable[Position]) -> InputError:
    return wrong("instrument", name, "several positions are open", f"name one: {keys(rows)}")


def row_to_fill(trial: Trial, trade: Trade) -> Position:
    """The row that a fill falls into, a new flat one where the account has none.

    Raises:
        InputError: the leg, the margin mode or the row is not clear, or contradicts the account.
    """
    rows = trial.account.positions
    exact = [row for row in rows if row.key == trade.instrument]
    candidates = exact or _candidates(trial, trade)
    held = [row for row in candidates if row.size]
    if len(held) > 1 and trade.margin_mode is not None:
        held = [row for row in held if row.margin_mode == trade.margin_mode] or held
    if len(held) > 1:
        raise _several(trade.instrument, held)
    if held:
        _same_mode(held[0], trade)
        return held[0]
    if candidates:
        flat = candidates[0]
        return trial.put(flat, replace(flat, margin_mode=trade.margin_mode or flat.margin_mode))
    mode = trial.look.margin_mode(trade.instrument, trade.margin_mode)
    mode = "isolated" if trial.all_isolated else mode
    side = trade.position_side
    return Position(instrument=trade.instrument, side=side, size=ZERO, margin_mode=mode)


def prepared(trial: Trial, trade: Trade) -> Position:
    """The row that an order falls into, its leverage set, its room checked."""
    row = row_to_fill(trial, trade)
    if trade.leverage is not None:
        trial.set_leverage(row.instrument, trade.leverage)
        row = row_to_fill(trial, trade)
    check_room(row, trade, hedge=trial.account.position_mode == "hedge")
    return row


def _candidates(trial: Trial, trade: Trade) -> list[Position]:
    account, side = trial.account, trade.position_side
    trial.instrument(trade.instrument)
    rows = [row for row in account.positions if row.instrument == trade.instrument]
    of_side = [row for row in rows if row.side == side]
    if account.position_mode == "hedge":
        if side == "both" and not of_side:
            remedy = 'say position_side="long" or "short"'
            raise wrong("position_side", side, "the account is in hedge mode", remedy)
        return of_side
    if side != "both" and not of_side:
        remedy = "leave position_side out, or write position_mode: hedge in the account"
        raise wrong("position_side", side, "the account is in one-way mode", remedy)
    held = [row for row in rows if row.size]
    return of_side if any(row.size for row in of_side) or not held else held


def _same_mode(row: Position, trade: Trade) -> None:
    if trade.margin_mode not in (None, row.margin_mode):
        message = f"{row.key} is open in {row.margin_mode} margin"
        remedy = "leave margin_mode out, or set_margin_mode first"
        raise wrong("margin_mode", str(trade.margin_mode), message, remedy)


def check_room(row: Position, trade: Trade, *, hedge: bool) -> None:
    """A reducing order must not do more than close; a leg of hedge mode never turns.

    Raises:
        InputError: it would; the message names what is open.
    """
    leg = hedge and row.side != "both"
    opens = leg and (row.side == "long") == (trade.size > 0)
    if not trade.reduce_only and (opens or not leg):
        return
    held, written = to_text(row.size), to_text(trade.size)
    if row.size * trade.size >= 0:
        message = f"there is nothing of {row.key} to reduce that way: its size is {held}"
        raise wrong("size", written, message, "turn the sign, or leave reduce_only out")
    if abs(trade.size) > abs(row.size):
        message = f"{row.key} holds only {held}"
        raise wrong("size", written, message, f"write at most {to_text(-row.size)}")
