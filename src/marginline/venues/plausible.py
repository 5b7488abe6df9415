"""What an account says that cannot be, or hardly: findings beside the figures.

A contradiction blinds the status; what is merely unusual is said. Nothing is corrected here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.account.market import AssetRate
from marginline.core.account.tables import FeeRates, Fees
from marginline.core.assessment.assessment import Assessment
from marginline.core.distance.standing import DOLLARS, STANDING
from marginline.core.findings import Code, Finding, Gap
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.venues import folders
from marginline.venues.reader.notes import BLINDING, notes_of
from marginline.venues.resolve import packaged
from marginline.venues.resolve.schedules import above_leverage

MARK_OFF_INDEX = Decimal("0.2")
MARK_OVER_ENTRY = Decimal(10)
DOLLAR_OFF = Decimal("0.2")
DOLLARS_MOST = Decimal(2)
FUNDING = Decimal("0.01")
FEE = Decimal("0.1")
_REQUIREMENTS = (Measure.MAINTENANCE_MARGIN, Measure.INITIAL_MARGIN, Measure.CLOSING_FEE)
LEVERAGE_MOST = Decimal(1000)
_LOW_LEVERAGE = ("bitmex", "dydx", "textbook")  # where less than 1 can be set, or means a rate


def doubts(account: Account, assessment: Assessment) -> Iterator[Finding]:
    """Everything in an account that contradicts itself or is far from what markets do."""
    yield from doubts_of(account)
    yield from _negative(assessment)


def doubts_of(account: Account) -> Iterator[Finding]:
    """Those of the account itself, whatever it is assessed at."""
    yield from _leverage(account)
    yield from _prices(account)
    yield from _asset_rates(account)
    yield from _fees(account)
    yield from _tiers(account)
    yield from _margins(account)
    yield from venue_parameters(account)


def blinding_of(account: Account) -> tuple[Finding, ...]:
    """Why the account may not be called safe, whatever is asked of it: its notes and doubts."""
    return tuple(f for f in (*notes_of(account), *doubts_of(account)) if f.code in BLINDING)


def _leverage(account: Account) -> Iterator[Finding]:
    least = ZERO if account.venue in _LOW_LEVERAGE else ONE
    for number, row in enumerate(account.positions):
        if row.leverage is not None and not least <= row.leverage <= LEVERAGE_MOST:
            yield _no_leverage(f"positions[{number}].leverage", row.leverage)
    for symbol, each in account.settings.items():
        if each.leverage is not None and not least <= each.leverage <= LEVERAGE_MOST:
            yield _no_leverage(f"settings.{symbol}.leverage", each.leverage)


def _no_leverage(where: str, leverage: Decimal) -> Finding:
    text = f"a leverage of {to_text(leverage)} cannot be set; 10 is 10x"
    return Finding(Code.CONTRADICTION, where, text)


def _prices(account: Account) -> Iterator[Finding]:
    market = account.market
    for row in account.positions:
        if not row.size:
            continue
        mark, index = market.mark.get(row.instrument), market.index.get(row.instrument)
        where = f"market.mark.{row.instrument}"
        if mark is not None and index is not None and abs(mark - index) > MARK_OFF_INDEX * index:
            text = f"the mark {to_text(mark)} is more than 20 % from its index {to_text(index)}"
            yield Finding(Code.PRICES_DISAGREE, where, text)
        entry = row.entry_price
        if mark is not None and entry and not entry / MARK_OVER_ENTRY < mark < entry * 10:
            text = f"the mark {to_text(mark)} is ten times from the entry {to_text(entry)}"
            yield Finding(Code.UNUSUAL, where, f"{text} of {row.key}, or more")
        funding = market.funding.get(row.instrument)
        if funding is not None and funding.rate is not None and abs(funding.rate) >= FUNDING:
            text = f"funding of {to_text(funding.rate * 100)} % an interval is out of the ordinary"
            yield Finding(Code.UNUSUAL, f"market.funding.{row.instrument}.rate", text)


def _asset_rates(account: Account) -> Iterator[Finding]:
    """What an asset is worth beside a dollar, beside its contract, and by its own bid and ask.

    A bid above the index, or an ask below it, contradicts what a debt or a credit is worth.
    """
    rates = account.market.asset_rate
    yield from _dollars(account, rates)
    if any(asset not in STANDING for asset in rates):
        yield from _coins(account)
    for asset, rate in rates.items():
        where, index = f"market.asset_rate.{asset}", rate.index
        if index is not None and rate.bid is not None and rate.bid > index:
            text = f"the bid {to_text(rate.bid)} of {asset} is above its index {to_text(index)}"
            yield Finding(Code.PRICES_DISAGREE, f"{where}.bid", text)
        if index is not None and rate.ask is not None and rate.ask < index:
            text = f"the ask {to_text(rate.ask)} of {asset} is below its index {to_text(index)}"
            yield Finding(Code.PRICES_DISAGREE, f"{where}.ask", text)


def _dollars(account: Account, rates: Mapping[str, AssetRate]) -> Iterator[Finding]:
    """Less than one of it blinds nothing: its rate may be a quotient of two rounded figures."""
    dust = {w.asset for w in account.wallets if w.balance is not None and abs(w.balance) < ONE}
    for asset, rate in rates.items():
        index = rate.index
        if asset not in DOLLARS or index is None or abs(index - ONE) <= DOLLAR_OFF:
            continue
        where, text = f"market.asset_rate.{asset}.index", f"{asset}, meant to be worth a dollar, is"
        blinds = index > DOLLARS_MOST and asset not in dust
        code = Code.CONTRADICTION if blinds else Code.UNUSUAL
        yield Finding(code, where, f"{text} at {to_text(index)}")


def _coins(account: Account) -> Iterator[Finding]:
    """A coin valued far from the price of its own contract."""
    market, there = account.market, packaged.instruments(folders()[account.venue], account.venue)
    for symbol, mark in market.mark.items():
        contract = account.instruments.get(symbol) or there.get(symbol)
        if contract is None or contract.base is None or contract.quote not in DOLLARS:
            continue
        rate, quote = market.asset_rate.get(contract.base), market.asset_rate.get(contract.quote)
        price = market.index.get(symbol, mark)
        if quote is not None and quote.index is not None:
            price *= quote.index
        worth = None if rate is None or contract.base in STANDING else rate.index
        if worth is not None and abs(worth - price) > MARK_OFF_INDEX * price:
            text = f"{to_text(worth)} is more than 20 % from {to_text(price)}, what {symbol} is at"
            where = f"market.asset_rate.{contract.base}.index"
            yield Finding(Code.PRICES_DISAGREE, where, text)


def _fees(account: Account) -> Iterator[Finding]:
    fees = account.parameters.fees
    rows: list[tuple[str, Fees | FeeRates]] = [("parameters.fees", fees)]
    rows += [(f"parameters.fees.by_instrument.{s}", each) for s, each in fees.by_instrument.items()]
    for where, rates in rows:
        for name in ("maker", "taker", "liquidation"):
            rate: Decimal | None = getattr(rates, name)
            if rate is not None and abs(rate) > FEE:
                text = f"a {name} fee of {to_text(rate * 100)} % is no venue's; write a fraction"
                yield Finding(Code.CONTRADICTION, f"{where}.{name}", text)


def _tiers(account: Account) -> Iterator[Finding]:
    tiers = account.parameters.tiers
    held = dict.fromkeys(row.instrument for row in account.positions if row.size)
    for symbol in held:
        table = tiers.get(symbol)
        for number, rate, most in () if table is None else above_leverage(table):
            where = f"parameters.tiers.{symbol}.rows[{number}].rate"
            text = f"a maintenance rate of {to_text(rate)} is above 1 / {to_text(most)}, what"
            yield Finding(Code.CONTRADICTION, where, f"{text} the highest leverage posts")


def _margins(account: Account) -> Iterator[Finding]:
    for number, row in enumerate(account.positions):
        if row.isolated_margin is not None and row.isolated_margin < 0:
            text = f"an isolated margin of {to_text(row.isolated_margin)} cannot be posted"
            yield Finding(Code.CONTRADICTION, f"positions[{number}].isolated_margin", text)


def _negative(assessment: Assessment) -> Iterator[Finding]:
    for pool in assessment.pools:
        for measure in _REQUIREMENTS:
            positions = pool.figures.positions
            if measure in pool.figures.above_zero:
                positions = ()
            for figures in (pool.figures, *positions):
                each = figures.figure(measure)
                if not isinstance(each, Gap) and each < ZERO:
                    text = f"a requirement of {to_text(each)} is negative; mend fees or deductions"
                    yield Finding(Code.CONTRADICTION, figures.name, text, measure)


# -- parameters of the venue ---------------------------------------------------------------------

_NAMES: Mapping[str, tuple[str, ...]] = {
    "bybit_unified": ("haircut_loss", "margin_basis", "order_loss", "risk_units"),
    "bitget_futures": ("liability_rate",),
    "bingx_standard": ("adjustment_factor",),
    "bingx_perpetual": ("accrued_profit_share",),
    "bitmex": ("risk_limits",),
    "okx": ("scenario", "minimum_ladder", "initial_factor"),
    "binance_usdm": ("auto_exchange",),
    "binance_pm": ("open_loss",),
}
_SIGNED = ("order_loss",)  # the only amount that is at most 0
_OWN = ("accrued_profit_share",)  # what its rulebook checks itself
_FACTORS = (
    "adjustment_factor",
    "initial_factor",
    "extreme_factor",
    "liability_rate",
    "base",
    "step",
)


def venue_parameters(account: Account) -> Iterator[Finding]:
    """Names the venue does not have, amounts that cannot be negative, factors that cannot be 0."""
    known = _NAMES.get(account.venue, ())
    for name, value in account.parameters.venue.items():
        where = f"parameters.venue.{name}"
        if name not in known:
            there = ", ".join(known) or "none"
            text = f"{account.venue} has no such parameter; it has: {there}"
            yield Finding(Code.CONTRADICTION, where, text)
            continue
        yield from _amounts(where, name, value)


def _amounts(where: str, name: str, value: object) -> Iterator[Finding]:
    if isinstance(value, Mapping):
        for inner, each in value.items():
            yield from _amounts(f"{where}.{inner}", name if name in _OWN else str(inner), each)
    elif isinstance(value, Decimal):
        if name in _FACTORS and value <= 0:
            text = f"{to_text(value)} cannot be: it must be above 0"
            yield Finding(Code.CONTRADICTION, where, text)
        elif name in _SIGNED and value > 0:
            text = f"{to_text(value)} cannot be: a loss of orders is 0 or below"
            yield Finding(Code.CONTRADICTION, where, text)
        elif name not in (*_SIGNED, *_OWN) and value < ZERO:
            text = f"{to_text(value)} cannot be: it is never negative"
            yield Finding(Code.CONTRADICTION, where, text)
