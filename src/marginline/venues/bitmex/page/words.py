"""BitMEX's own figures set beside ours, and the sums that its figures obey among themselves.

Its amounts are whole XBt and USDt: one unit is the tolerance of an amount, one tick of a price.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account, Instrument
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import AbsentError
from marginline.core.measures import Measure as M
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.exposure import Figure, need
from marginline.core.pool.pool import Kind
from marginline.venues.bitmex.payloads.answers import unit_of
from marginline.venues.bitmex.payloads.reader import POSITION_MEASURES, PRICES
from marginline.venues.bitmex.pools.contracts import COMMISSION
from marginline.venues.bitmex.pools.risk_limits import FOLDER
from marginline.venues.compare.comparing import (
    Claim,
    Identity,
    Said,
    amounts,
    part,
    price_slack,
    printed,
    sum_of_parts,
    told,
    total,
    untold_positions,
)
from marginline.venues.resolve import packaged

_OF_ALL_POOLS = {
    "walletBalance": M.WALLET_BALANCE,
    "amount": M.WALLET_BALANCE,
    "unrealisedPnl": M.UNREALIZED_PNL,
    "marginBalance": M.MARGIN_BALANCE,
}
_OF_CROSS_POOL = {
    "initMargin": M.ORDER_INITIAL_MARGIN,
    "availableMargin": M.AVAILABLE_BALANCE,
    "excessMargin": M.EXCESS_BALANCE,
    "withdrawableMargin": M.WITHDRAWABLE_BALANCE,
}
_FOUR_DIGITS = Decimal("0.0001")
_CENT = Decimal("0.01")  # how far BitMEX's average entry price is cut
_UNTOLD = untold_positions("positions")


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that BitMEX printed, with ours."""
    if account.reported is None:
        return
    raw = account.reported.raw
    found = {p.name: (pool, p) for pool in assessment.pools for p in pool.figures.positions}
    rows = part(raw, "positions")
    for key in rows:
        if key in found:
            yield from _of_position(key, *found[key], part(rows, key))
    known = told(account, "positions")
    for kind in ("margin", "wallet"):
        rows = part(raw, kind)
        for asset in rows:
            yield from _of_asset(assessment, asset, part(rows, asset), known=known)


def _of_position(
    key: str, pool: PoolAssessment, position: PositionFigures, said: Said
) -> Iterator[Claim]:
    unit = _unit(said)
    exposure = position.exposure
    slack = unit + price_slack(exposure, _CENT if exposure.inverse else ZERO)
    for label, measure in POSITION_MEASURES.items():
        if (theirs := printed(said, label)) is not None:
            yield Claim(key, label, measure, theirs * unit, position.figure(measure), slack)
    if (theirs := printed(said, "markValue")) is not None:
        ours = position.figure(M.NOTIONAL)
        yield Claim(key, "markValue", M.NOTIONAL, abs(theirs) * unit, ours, slack)
    yield from _of_margin_parts(key, pool, position, said, slack)
    tick = exposure.instrument.tick_size or ZERO
    for label, measure in PRICES.items():
        if (theirs := printed(said, label)) is not None:
            yield Claim(key, label, measure, theirs or None, position.figure(measure), tick)
    if (theirs := printed(said, "unrealisedRoePcnt")) is not None:
        ours = position.figure(M.RETURN_ON_MARGIN)
        yield Claim(key, "unrealisedRoePcnt", M.RETURN_ON_MARGIN, theirs, ours, _FOUR_DIGITS)


def _of_margin_parts(
    key: str, pool: PoolAssessment, position: PositionFigures, said: Said, slack: Decimal
) -> Iterator[Claim]:
    """Entry value, reserved fees, and the margin of an isolated position with and without P&L."""
    unit = _unit(said)
    own: dict[str, Figure] = {
        "posCost": _entry_value(position),
        "posComm": position.exposure.own[COMMISSION],
    }
    for label, ours in own.items():
        if (theirs := printed(said, label)) is not None:
            yield Claim(key, label, None, abs(theirs) * unit, ours, slack)
    parts = (("posMargin", M.WALLET_BALANCE, pool.id), ("maintMargin", M.MARGIN_BALANCE, key))
    for label, measure, where in parts if position.isolated else ():
        if (theirs := printed(said, label)) is not None:
            ours = pool.figures.figure(measure)
            yield Claim(where, label, measure, theirs * unit, ours, slack)


def _entry_value(position: PositionFigures) -> Figure:
    exposure = position.exposure
    try:
        return exposure.notional_at(need(exposure.entry_price))
    except AbsentError as absent:
        return absent.gap


def _of_asset(assessment: Assessment, asset: str, said: Said, *, known: bool) -> Iterator[Claim]:
    unit = _unit(said)
    pools = [pool for pool in assessment.pools if pool.asset == asset]
    cross = [pool for pool in pools if pool.kind == Kind.CROSS]
    where = asset if len(pools) == 1 else f"assets.{asset}"
    for words, own, place in ((_OF_ALL_POOLS, pools, where), (_OF_CROSS_POOL, cross, asset)):
        slack = unit * (1 + sum(len(pool.positions) for pool in own))
        for label, measure in words.items():
            theirs = printed(said, label)
            if theirs is None or not own:
                continue
            ours = total(pool.figures.figure(measure) for pool in own)
            if not known and measure is not M.WALLET_BALANCE:
                ours = _UNTOLD
            yield Claim(place, label, measure, theirs * unit, ours, slack)


def _unit(said: Said) -> Decimal:
    """How much one unit of a row's amounts is."""
    currency = said.get("currency")
    found = unit_of(currency) if isinstance(currency, str) else None
    return ONE if found is None else found[1]


# -- the venue's own sums ----------------------------------------------------------------------


def identities(account: Account) -> Iterator[Identity]:
    """The sums that BitMEX's figures should obey, in its own units."""
    if account.reported is None:
        return
    raw = account.reported.raw
    rows = part(raw, "positions")
    for key in rows:
        said = amounts(part(rows, key))
        yield from _of_values(account, key, said, _unit(part(rows, key)))
        yield from _of_margins(account, key, said)
    margins = part(raw, "margin")
    for asset in margins:
        yield from _of_margin(asset, amounts(part(margins, asset)))


def _of_values(
    account: Account, key: str, said: dict[str, Decimal], unit: Decimal
) -> Iterator[Identity]:
    """Values are size times multiplier at their price."""
    symbol, size = key.partition("/")[0], said.get("currentQty")
    instrument = account.instruments.get(symbol) or packaged.instruments(FOLDER, "bitmex").get(
        symbol
    )
    if instrument is None or not size:
        return
    pairs = (("markValue", "markPrice"), ("posCost", "avgEntryPrice"))
    for label, price_label in pairs:
        value, price = said.get(label), said.get(price_label)
        if value is None or not price:
            continue
        right = _value(instrument, size, price) / unit
        slack = ONE + (abs(right) / price * _CENT if label == "posCost" else ZERO)
        text = f"{label} is the value of currentQty at {price_label}"
        yield Identity(key, text, value, right, (label,), slack)


def _value(instrument: Instrument, size: Decimal, price: Decimal) -> Decimal:
    """Value as BitMEX signs it: of an inverse long it is negative."""
    if instrument.payoff == "inverse":
        return -formulas.value_inverse(size, instrument.contract_size, price)
    unit = instrument.multiplier or instrument.contract_size
    return formulas.value_linear(size, unit, price)


def _of_margins(account: Account, key: str, said: dict[str, Decimal]) -> Iterator[Identity]:
    """P&L and the parts of an isolated position's margin."""
    yield from sum_of_parts(key, said, "unrealisedPnl", ("markValue",), ("posCost",), tolerance=ONE)
    row = next((p for p in account.positions if p.key == key), None)
    if row is None or row.margin_mode != "isolated":
        return
    where = f"{key} isolated"
    yield from sum_of_parts(
        where, said, "posMargin", ("posInit", "posComm", "posCross"), ("posLoss",), tolerance=ONE
    )
    yield from sum_of_parts(key, said, "maintMargin", ("posMargin", "unrealisedPnl"), tolerance=ONE)
    cost, initial = said.get("posCost"), said.get("posInit")
    pnl, share = said.get("unrealisedPnl"), said.get("unrealisedRoePcnt")
    if pnl is not None and share is not None and initial:
        text, labels = "unrealisedRoePcnt is unrealisedPnl / posInit", ("unrealisedRoePcnt",)
        yield Identity(key, text, share, pnl / initial, labels, _FOUR_DIGITS)
    if cost is not None and initial is not None and row.leverage is not None:
        text = "posInit is |posCost| / leverage"
        yield Identity(key, text, initial, abs(cost) / row.leverage, ("posInit",), ONE)


def _of_margin(asset: str, said: dict[str, Decimal]) -> Iterator[Identity]:
    yield from sum_of_parts(
        asset, said, "marginBalance", ("walletBalance", "unrealisedPnl"), tolerance=ONE
    )
    yield from sum_of_parts(
        asset,
        said,
        "excessMargin",
        ("marginBalance",),
        ("initMargin", "maintMargin"),
        tolerance=ONE,
    )
    wallet, free = said.get("walletBalance"), said.get("withdrawableMargin")
    if wallet is not None and free is not None:
        text = "withdrawableMargin <= walletBalance: profit is not withdrawable"
        yield Identity(asset, text, free, wallet, ("withdrawableMargin",), ONE, at_most=True)
