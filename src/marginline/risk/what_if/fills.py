"""One fill, as a venue books it: entry price, realized P&L, fee, and the margin of isolated rows.

The closed share of an isolated position takes its share of the posted margin along: the rest keeps
margin, entry and liquidation price as they were. The realized P&L joins what is released; only a
loss greater than that is taken from the margin of the rest. Fees come out of the wallet, at once or
(where the rulebook says so) when the position closes.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Position
from marginline.core.findings import Code, Gap
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.risk.what_if.trial import Trial, side_of


@dataclass(frozen=True, slots=True)
class Deal:
    """What a fill does to a row: the part it closes, the part it opens, and what they bring.

    `closed` has the sign of the position, `opening` that of the fill. `pnl`, `fees` and `funding`
    are the cash flows of the part that is closed, None where they are not known.
    """

    row: Position
    size: Decimal
    price: Decimal
    closed: Decimal
    opening: Decimal
    opening_fee: Decimal
    pnl: Decimal | None
    fees: Decimal | None
    funding: Decimal | None

    @property
    def result(self) -> Decimal | None:
        """What the closed part brings: P&L, its fee, and what settles with it."""
        if self.pnl is None or self.fees is None or self.funding is None:
            return None
        return self.pnl + self.fees + self.funding

    @property
    def share(self) -> Decimal:
        """The share of the position that is closed."""
        return self.closed / self.row.size if self.row.size else ZERO

    @property
    def left(self) -> Decimal:
        """Size afterwards."""
        return self.row.size + self.size


def fill(trial: Trial, row: Position, size: Decimal, price: Decimal) -> Position:
    """Book one fill of a signed size at a price; the row as it is afterwards."""
    deal = _deal(trial, row, size, price)
    asset = trial.asset_of(row)
    margin = _margin_after(trial, deal)
    after = replace(_row_after(trial, deal), isolated_margin=margin)
    trial.put(row, after)
    _book(trial, deal, asset)
    if row.margin_mode == "isolated":
        before = row.isolated_margin if row.size else ZERO
        now = margin if after.size else ZERO
        trial.post(asset, None if before is None or now is None else now - before)
    return after


def _deal(trial: Trial, row: Position, size: Decimal, price: Decimal) -> Deal:
    symbol = row.instrument
    closed = formulas.size_closed_by_fill(row.size, size)
    opening = size + closed
    closing_fee = trial.fee(symbol, closed, price)
    opening_fee = trial.fee(symbol, opening, price)
    pnl = realized(trial, row, closed, price)
    fees, funding = _settled(trial, row, closed)
    fees = _plus(fees, -closing_fee)
    return Deal(row, size, price, closed, opening, opening_fee, pnl, fees, funding)


def _settled(trial: Trial, row: Position, closed: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """Fees and funding of the past that reach the wallet with the closed part."""
    if closed == 0 or not trial.book.settles_at_close:
        return ZERO, ZERO
    share = closed / row.size
    return _times(row.fees, share), _times(row.funding, share)


def realized(trial: Trial, row: Position, closed: Decimal, price: Decimal) -> Decimal | None:
    """P&L of the part of a position that is closed at a price; None without an entry price."""
    if closed == 0:
        return ZERO
    if row.entry_price is None:
        return None
    unit = trial.unit(row.instrument)
    inverse = trial.inverse(row.instrument)
    pnl = formulas.unrealized_pnl_inverse if inverse else formulas.unrealized_pnl_linear
    return pnl(closed, unit, row.entry_price, price)


def _book(trial: Trial, deal: Deal, asset: str) -> None:
    at_once = ZERO if trial.book.settles_at_close else -deal.opening_fee
    fees = _plus(deal.fees, at_once)
    flows = {"realized_pnl": deal.pnl, "fees": fees, "funding": deal.funding}
    names = {"realized_pnl": "entry_price"}
    unknown = [names.get(name, name) for name, flow in flows.items() if flow is None]
    if unknown:
        reason = f"{deal.row.key} was closed, but lacks {', '.join(unknown)}; give what it lacks"
        trial.forget(asset, reason)
        return
    for name, flow in flows.items():
        trial.book_cash(asset, flow or ZERO, name)


# -- margin of an isolated row -------------------------------------------------------------------


def _margin_after(trial: Trial, deal: Deal) -> Decimal | None:
    row = deal.row
    if row.margin_mode != "isolated" or deal.left == 0:
        _note_bankrupt(trial, deal)
        return None
    kept = _kept(deal)
    if kept is None or deal.opening == 0:
        return kept
    posted = trial.initial_of_fill(row, deal.opening, deal.price)
    if isinstance(posted, Gap):
        text = f"the margin posted is not known: {posted.message}"
        trial.note(posted.code, row.key, text)
        return None
    return kept + posted


def _kept(deal: Deal) -> Decimal | None:
    """What stays posted to the part of the position that stays open."""
    row = deal.row
    if row.size == 0 or deal.share == ONE:
        return ZERO
    if row.isolated_margin is None:
        return None
    released = row.isolated_margin * deal.share
    result = released + (deal.result or ZERO)
    kept = row.isolated_margin - released
    return kept + result if result < 0 else kept


def _note_bankrupt(trial: Trial, deal: Deal) -> None:
    row = deal.row
    if row.margin_mode != "isolated" or row.isolated_margin is None or deal.result is None:
        return
    result = row.isolated_margin + deal.result
    if row.size and result < 0:
        text = (
            f"closing {row.key} loses {to_text(-result)} more than its margin; the wallet is"
            " charged, though the venue would have liquidated it before"
        )
        trial.note(Code.APPROXIMATE, row.key, text)


# -- the row -------------------------------------------------------------------------------------


def _row_after(trial: Trial, deal: Deal) -> Position:
    row, left = deal.row, deal.left
    if left == 0:
        return _flat(row)
    moved = replace(row, size=left, entry_price=_entry(trial, deal))
    if row.size == 0 or deal.share == ONE:
        hedge = trial.account.position_mode == "hedge"
        fresh = replace(_flat(moved), size=left, entry_price=deal.price)
        return replace(
            fresh,
            side=side_of(fresh, hedge=hedge),
            opened_at=trial.account.as_of,
            realized_pnl=ZERO,
            funding=ZERO,
            fees=-deal.opening_fee if _fees_known(trial, deal) else None,
        )
    rest = ONE - deal.share
    at_close = trial.book.settles_at_close
    return replace(
        moved,
        extra_margin=_times(row.extra_margin, rest),
        realized_pnl=_plus(row.realized_pnl, deal.pnl),
        funding=_times(row.funding, rest) if at_close else row.funding,
        fees=_plus(_times(row.fees, rest), -deal.opening_fee),
    )


def _flat(row: Position) -> Position:
    """The row without a position: it carries leverage and mode, and nothing of the past."""
    return replace(
        row,
        size=ZERO,
        entry_price=None,
        isolated_margin=None,
        extra_margin=None,
        opened_at=None,
        realized_pnl=None,
        funding=None,
        fees=None,
    )


def _entry(trial: Trial, deal: Deal) -> Decimal | None:
    row = deal.row
    if row.entry_price is None:
        return None
    inverse = trial.inverse(row.instrument)
    after = formulas.entry_after_fill_inverse if inverse else formulas.entry_after_fill_linear
    return after(row.size, row.entry_price, deal.size, deal.price)


def _fees_known(trial: Trial, deal: Deal) -> bool:
    return isinstance(trial.taker_fee(deal.row.instrument), Decimal)


def _times(amount: Decimal | None, share: Decimal) -> Decimal | None:
    return None if amount is None else amount * share


def _plus(amount: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if amount is None or other is None else amount + other
