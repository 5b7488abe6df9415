"""BitMEX's raw answers in, an account out.

Amounts come as whole XBt and USDt and leave as XBT and USDT. What the venue says of its own figures
goes to `reported`: by our measures as the lines of `page` have them, and under `raw` in its own
words and units, by kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from marginline.core.account.account import Account, Instrument, Order, Position, Wallet
from marginline.core.account.market import Funding
from marginline.core.account.tables import FeeRates, TierRow, TierTable
from marginline.core.findings import Code
from marginline.core.numbers import ZERO
from marginline.venues.bitmex.page.lines import WORDS
from marginline.venues.bitmex.payloads.kinds import (
    ANSWERS,
    KINDS,
    open_message,
    plain,
    sniff,
    unit_of,
)
from marginline.venues.bitmex.pools.contracts import FOLDER
from marginline.venues.compare.lines import Of, Unit, reported
from marginline.venues.reader.account_draft import ORDERS, WALLETS, Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.laying import begin_positions, lay_position
from marginline.venues.reader.reading import Request
from marginline.venues.resolve import packaged

_REMEDIES = {"wallets": "margin or wallet", "positions": "positions", "orders": "orders"}
_REPORTED = tuple(word for word in WORDS if word.unit is not Unit.RETURN)
_KINDS = {
    "Limit": "limit",
    "Market": "market",
    "MarketWithLeftOverAsLimit": "market",
    "Stop": "stop",
    "StopLimit": "stop",
    "MarketIfTouched": "take_profit",
    "LimitIfTouched": "take_profit",
}
_RESTING = ("New", "PartiallyFilled", "Triggered")
_GONE = ("Filled", "Canceled", "Rejected", "Expired", "DoneForDay", "Stopped")

__all__ = ["KINDS", "read", "sniff"]


def read(request: Request) -> Account:
    """The account that the answers make.

    Raises:
        PayloadError: an answer is malformed, or the answers contradict the call.
    """
    answers = Answers(request, ANSWERS, open_message, plain)
    draft = answers.begin(_REMEDIES)
    draft.mode = _mode(draft, answers, request.mode)
    _lay_instruments(draft, answers)
    if answers.given("positions"):
        _lay_positions(draft, answers)
    if kinds := [kind for kind in ("margin", "wallet") if answers.given(kind)]:
        _lay_wallets(draft, answers, kinds)
    _lay_orders(draft, answers)
    return answers.account(draft)


def _mode(draft: Draft, answers: Answers, mode: str | None) -> str:
    """As the caller says; else multi-asset where a balance of other assets is counted."""
    if mode is not None:
        return mode
    if not answers.given("margin") and draft.mode is not None:
        return draft.mode
    if any(row.number("foreignRequirement") for row in answers.rows("margin")):
        return "multi_asset"
    if not answers.given("margin"):
        text = "no answer tells the asset mode: single_asset is taken; give margin, or the mode"
        draft.note(Code.APPROXIMATE, "margin: mode", text)
    return "single_asset"


# -- positions ---------------------------------------------------------------------------------


def _lay_positions(draft: Draft, answers: Answers) -> None:
    begin_positions(draft)
    for row in answers.rows("positions"):
        symbol, where = row.name("symbol"), f"positions: {row.name('symbol')}"
        if (size := row.number("currentQty")) is None or row.text("currency") is None:
            text = "tells no size or no currency: a stream's update without what came before it"
            draft.note(Code.MISSING_DATA, where, f"the row of {symbol} {text}")
            continue
        unit, cross = _unit(draft, "positions", row), row.flag("crossMargin")
        leverage = None if cross else row.number("leverage") or None
        if not size:
            mode = None if cross is None else "cross" if cross else "isolated"
            draft.tell_settings(symbol, leverage, mode)
        if not size or unit is None:
            continue
        if cross is None:
            text = f"no answer tells whether {symbol} is cross or isolated"
            draft.note(Code.MISSING_DATA, where, text)
        isolated = cross is False
        if isolated and leverage is None:
            text = f"tells no leverage: the lowest initial rate of {symbol} is taken"
            draft.note(Code.APPROXIMATE, where, f"the row of {symbol} {text}")
        position = _position(row, leverage, unit, isolated=isolated)
        lay_position(draft, position, row, _REPORTED, step=unit, currency=row.name("currency"))
        _lay_from_position(draft, row, unit)


def _position(row: Row, leverage: Decimal | None, unit: Decimal, *, isolated: bool) -> Position:
    posted, added, paid = (row.number(n) for n in ("posMargin", "posCross", "currentComm"))
    entry = row.number("avgEntryPrice")
    return Position(
        instrument=row.name("symbol"),
        size=row.amount("currentQty"),
        entry_price=row.number("avgCostPrice") if entry is None else entry,
        margin_mode="isolated" if isolated else "cross",
        leverage=leverage,
        isolated_margin=posted * unit if isolated and posted is not None else None,
        extra_margin=added * unit if isolated and added else None,
        fees=None if paid is None else -paid * unit,
    )


# -- wallets -----------------------------------------------------------------------------------


def _lay_wallets(draft: Draft, answers: Answers, kinds: list[str]) -> None:
    """Wallets, and what a currency's row says of its cross pool.

    Figures of the whole are the cross pool's only where nothing is isolated.
    """
    old, draft.wallets, draft.reported.pools = draft.wallets, {}, {}
    isolated = any(p.margin_mode == "isolated" for p in draft.positions.values())
    of = (Of.CROSS,) if isolated else (Of.ALL, Of.CROSS)
    for kind in kinds:
        raw = draft.reported.raw[kind] = {}
        for row in answers.rows(kind):
            currency = row.name("currency")
            if (step := _unit(draft, kind, row)) is None or (unit := unit_of(currency)) is None:
                continue
            asset = unit[0]
            raw[asset] = dict(row.given) | {"currency": currency}
            own = row.number("walletBalance")
            amount = row.number("amount") if own is None else own
            if asset not in draft.wallets and amount is not None:
                wallet = old.get(asset) or Wallet(asset=asset)
                draft.wallets[asset] = replace(wallet, balance=amount * step)
            if kind == "margin":
                told = [word for word in WORDS if word.word != "amount"]
                draft.reported.pools[asset] = reported(row, told, *of, step=step)
    draft.known.add(WALLETS)


def _unit(draft: Draft, kind: str, row: Row) -> Decimal | None:
    """How much one unit of a row's amounts is; noted where it is unknown, or only by custom."""
    currency = row.name("currency")
    found = unit_of(currency)
    if found is None:
        text = f"{currency} is no unit that is known; known are XBt, USDt and Gwei"
        draft.note(Code.MISSING_DATA, f"{kind}: {currency}", text)
        return None
    if currency == found[0] and currency != "":
        text = f"the currency is written {currency}; amounts are read as its smallest units"
        draft.note(Code.APPROXIMATE, f"{kind}: {currency}", text)
    return found[1]


# -- orders ------------------------------------------------------------------------------------


def _lay_orders(draft: Draft, answers: Answers) -> None:
    """Resting orders; without them, known to be none where no position says that any is open."""
    margins = answers.rows("margin")
    none = bool(margins) and all(row.number("initMargin") == ZERO for row in margins)
    if answers.given("orders") or none:
        found = (_order(draft, row) for row in answers.rows("orders"))
        draft.orders = [order for order in found if order is not None]
        draft.known.add(ORDERS)


def _order(draft: Draft, row: Row) -> Order | None:
    size = row.amount("leavesQty")
    if not size or not draft.rests(row, "ordStatus", _RESTING, _GONE):
        return None
    side = (row.text("side") or "").lower()
    if side not in ("buy", "sell"):
        raise row.wrong("side", "is no side of an order", "known are Buy, Sell")
    kind = _KINDS[row.word("ordType", _KINDS, "type of order", "Limit")]
    rules = row.text("execInst") or ""
    return Order(
        instrument=row.name("symbol"),
        side=side,
        size=size,
        price=row.number("price"),
        kind=kind,
        reduce_only="ReduceOnly" in rules or "Close" in rules,
    )


# -- contracts, risk limits, prices ---------------------------------------------------------------


_HOUR = Decimal(3600)


def _lay_instruments(draft: Draft, answers: Answers) -> None:
    """Everything that `instrument` says of a symbol."""
    for row in answers.rows("instruments"):
        found = _instrument(row)
        if found is None:
            continue
        symbol = found.symbol
        draft.instruments[symbol] = found
        assert found.settle_step is not None
        _lay_limit(draft, row, found.settle_step)
        draft.fees[symbol] = FeeRates(maker=row.number("makerFee"), taker=row.number("takerFee"))
        for prices, name in ((draft.mark, "markPrice"), (draft.index, "indicativeSettlePrice")):
            if (price := row.number(name)) is not None:
                prices[symbol] = price
        if (rate := row.number("fundingRate")) is not None:
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


def _lay_limit(draft: Draft, row: Row, unit: Decimal) -> None:
    """Base, step and base rates of the risk limit, in the settle asset."""
    words = ("riskLimit", "riskStep", "initMargin", "maintMargin")
    base, step, initial, maintenance = (row.number(word) or ZERO for word in words)
    if base and step and initial and maintenance:
        draft.venue_parameters["risk_limits"] = _limits(draft) | {
            row.name("symbol"): {
                "base": base * unit,
                "step": step * unit,
                "initial_rate": initial,
                "maintenance_rate": maintenance,
            }
        }


def _limits(draft: Draft) -> dict[str, object]:
    """The risk limits that are known so far, by symbol."""
    known = draft.venue_parameters.get("risk_limits")
    return dict(known) if isinstance(known, Mapping) else {}


def _interval(row: Row) -> Decimal | None:
    """Hours between payments, which BitMEX writes as a moment of 2000-01-01."""
    found = row.moment("fundingInterval")
    if found is None:
        return None
    begin = datetime(2000, 1, 1, tzinfo=found.tzinfo)
    return Decimal(int((found - begin).total_seconds())) / _HOUR or None


def _lay_from_position(draft: Draft, row: Row, unit: Decimal) -> None:
    """What a position says of its contract, where nothing better is known."""
    symbol = row.name("symbol")
    if (mark := row.number("markPrice")) is not None:
        draft.mark[symbol] = mark
    if symbol not in draft.fees and (fee := row.number("commission")) is not None:
        draft.fees[symbol] = FeeRates(taker=fee)
    if symbol not in {*draft.instruments, *packaged.instruments(FOLDER, draft.venue)}:
        if (found := _implied(row)) is not None:
            draft.instruments[symbol] = found
        else:
            text = f"the terms of {symbol} are not told; give instruments"
            draft.note(Code.MISSING_DATA, f"positions: {symbol}", text)
    _imply_rate(draft, row, unit)


def _implied(row: Row) -> Instrument | None:
    """The terms that a position's own currencies and notionals tell; a quanto's they do not."""
    base, quote = row.text("underlying"), row.text("quoteCurrency")
    size, home, foreign = (row.number(n) for n in ("currentQty", "homeNotional", "foreignNotional"))
    if (unit := unit_of(row.name("currency"))) is None or not size:
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


def _imply_rate(draft: Draft, row: Row, unit: Decimal) -> None:
    """The position's own maintenance rate up to its risk limit, where no steps are known."""
    assert draft.as_of is not None
    symbol, rate, limit = row.name("symbol"), row.number("maintMarginReq"), row.number("riskLimit")
    known = packaged.in_force(FOLDER, "risk_limits", draft.venue, symbol, draft.as_of)
    if symbol in _limits(draft) or rate is None or known is not None:
        return
    tier = TierRow(floor=ZERO, cap=limit * unit if limit else None, rate=rate)
    draft.tiers[symbol] = TierTable(kind="whole", rows=(tier,))
    text = f"the risk steps of {symbol} are not told: its own rate is taken for any value"
    draft.note(Code.APPROXIMATE, f"positions: {symbol}", text)
