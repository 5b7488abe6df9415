"""Contract terms, risk limits, fees and prices from BitMEX's answers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from marginline.core.account.account import Instrument
from marginline.core.account.market import Funding
from marginline.core.account.tables import FeeRates, TierRow, TierTable
from marginline.core.findings import Code
from marginline.core.numbers import ZERO
from marginline.venues.bitmex.payloads.kinds import unit_of
from marginline.venues.bitmex.pools.risk_limits import FOLDER
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers
from marginline.venues.resolve import packaged

_HOUR = Decimal(3600)


def lay_instruments(draft: Draft, answers: Answers) -> None:
    """Everything that `instrument` says of a symbol."""
    for row in answers.rows("instruments"):
        found = _instrument(row)
        if found is None:
            continue
        symbol = found.symbol
        draft.instruments[symbol] = found
        _lay_limit(draft, row)
        draft.fees[symbol] = FeeRates(maker=row.number("makerFee"), taker=row.number("takerFee"))
        for prices, name in ((draft.mark, "markPrice"), (draft.index, "indicativeSettlePrice")):
            price = row.number(name)
            if price is not None:
                prices[symbol] = price
        rate = row.number("fundingRate")
        if rate is not None:
            draft.funding[symbol] = Funding(
                rate=rate, next_at=row.moment("fundingTimestamp"), interval_hours=_interval(row)
            )


def _instrument(row: Row) -> Instrument | None:
    """The contract; None for what is none (an index, a spot pair)."""
    unit, multiplier = unit_of(row.text("settlCurrency") or ""), row.number("multiplier")
    if unit is None or not multiplier or row.flag("isInverse") is None:
        return None
    value = abs(multiplier) * unit[1]
    payoff = "inverse" if row.flag("isInverse") else "quanto" if row.flag("isQuanto") else "linear"
    return Instrument(
        symbol=row.name("symbol"),
        payoff=payoff,
        base=row.text("underlying"),
        quote=row.text("quoteCurrency"),
        settle=unit[0],
        contract_size=Decimal(1) if payoff == "quanto" else value,
        multiplier=value if payoff == "quanto" else None,
        expires_at=row.moment("expiry"),
        tick_size=row.number("tickSize"),
        size_step=row.number("lotSize") or None,
        settle_step=unit[1],
    )


def _lay_limit(draft: Draft, row: Row) -> None:
    """Base, step and base rates of the risk limit, in the settle asset."""
    unit = unit_of(row.text("settlCurrency") or "")
    figures = [row.number(n) for n in ("riskLimit", "riskStep", "initMargin", "maintMargin")]
    if unit is None or any(not figure for figure in figures):
        return
    base, step, initial, maintenance = (figure or ZERO for figure in figures)
    limits = draft.venue_parameters.get("risk_limits")
    known = dict(limits.items()) if hasattr(limits, "items") else {}
    known[row.name("symbol")] = {
        "base": base * unit[1],
        "step": step * unit[1],
        "initial_rate": initial,
        "maintenance_rate": maintenance,
    }
    draft.venue_parameters["risk_limits"] = known


def _interval(row: Row) -> Decimal | None:
    """Hours between payments, which BitMEX writes as a moment of 2000-01-01."""
    found = row.moment("fundingInterval")
    if found is None:
        return None
    begin = datetime(2000, 1, 1, tzinfo=found.tzinfo)
    return Decimal(int((found - begin).total_seconds())) / _HOUR or None


def lay_from_position(draft: Draft, row: Row, as_of: datetime) -> None:
    """What a position says of its contract, where nothing better is known."""
    symbol, mark, fee = row.name("symbol"), row.number("markPrice"), row.number("commission")
    if mark is not None:
        draft.mark[symbol] = mark
    if fee is not None and symbol not in draft.fees:
        draft.fees[symbol] = FeeRates(taker=fee)
    known = packaged.instruments(FOLDER, draft.venue)
    if symbol not in draft.instruments and symbol not in known:
        found = _implied(row)
        if found is None:
            text = f"the terms of {symbol} are not told; give instruments"
            draft.note(Code.MISSING_DATA, f"positions: {symbol}", text)
        else:
            draft.instruments[symbol] = found
    _imply_rate(draft, row, as_of)


def _implied(row: Row) -> Instrument | None:
    """The terms that a position's own currencies and notionals tell; a quanto's they do not."""
    unit, base, quote = (
        unit_of(row.name("currency")),
        row.text("underlying"),
        row.text("quoteCurrency"),
    )
    size, home, foreign = (row.number(n) for n in ("currentQty", "homeNotional", "foreignNotional"))
    if unit is None or not size:
        return None
    payoff, value = ("linear", home) if unit[0] == quote else ("inverse", foreign)
    if not value or (payoff == "inverse" and unit[0] != base):
        return None
    return Instrument(
        symbol=row.name("symbol"),
        payoff=payoff,
        base=base,
        quote=quote,
        settle=unit[0],
        contract_size=abs(value / size),
        settle_step=unit[1],
    )


def _imply_rate(draft: Draft, row: Row, as_of: datetime) -> None:
    """The position's own maintenance rate up to its risk limit, where no steps are known."""
    symbol, rate = row.name("symbol"), row.number("maintMarginReq")
    unit, limit = unit_of(row.name("currency")), row.number("riskLimit")
    limits = draft.venue_parameters.get("risk_limits")
    told = hasattr(limits, "items") and symbol in dict(limits.items())
    known = packaged.in_force(FOLDER, "risk_limits", draft.venue, symbol, as_of)
    if told or rate is None or unit is None or known is not None:
        return
    cap = limit * unit[1] if limit else None
    draft.tiers[symbol] = TierTable(kind="whole", rows=(TierRow(floor=ZERO, cap=cap, rate=rate),))
    text = f"the risk steps of {symbol} are not told: its own rate is taken for any value"
    draft.note(Code.APPROXIMATE, f"positions: {symbol}", text)
