"""Sums that Bybit's own figures obey among themselves. A broken one: the answer is no real one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.numbers import ZERO, to_text
from marginline.venues.bybit.payloads.market import OPTION_COINS, instrument_of
from marginline.venues.compare.comparing import (
    ACCOUNT,
    EIGHT_DECIMALS,
    Identity,
    Said,
    amounts,
    at_most,
    part,
    pnl_to,
    rows,
    said_of,
)

Amounts = dict[str, Decimal]
RATE_STEP = Decimal("0.0001")
_RATES = (
    ("accountIMRate", "totalInitialMargin"),
    ("accountMMRate", "totalMaintenanceMargin"),
)


def identities(account: Account) -> Iterator[Identity]:
    """The sums that the account's reported figures should obey."""
    raw = said_of(account)
    for key, said in rows(part(raw, "positions")):
        yield from _of_position(account, key, said)
    wallet = part(raw, "wallet_balance")
    coins = dict(rows(part(wallet, "coins")))
    for asset, said in coins.items():
        yield from _of_coin(asset, said)
    yield from _of_totals(amounts(part(wallet, "totals")), coins)
    units = part(part(raw, "portfolio_margin"), "units")
    for name in units:
        yield from _of_unit(name, part(units, name))


# -- positions ---------------------------------------------------------------------------------


def _of_position(account: Account, key: str, said: Amounts) -> Iterator[Identity]:
    symbol = key.partition("/")[0]
    instrument = account.instruments.get(symbol) or instrument_of(symbol)
    position = next((p for p in account.positions if p.key == key), None)
    mark, size = said.get("markPrice"), said.get("size")
    entry = said.get("avgPrice", said.get("entryPrice"))
    if instrument is None or position is None or not entry or not size:
        return
    inverse, unit = instrument.payoff == "inverse", size * instrument.contract_size
    slack = (1 + 2 * unit) * EIGHT_DECIMALS
    values = [unit / price if inverse else unit * price for price in (entry, mark) if price]
    if (value := said.get("positionValue")) is not None:
        nearest = min(values, key=lambda each: abs(each - value))
        text = "positionValue is the value at the entry or at the mark price"
        yield Identity(key, text, value, nearest, ("positionValue",), slack)
    if mark and (printed := said.get("unrealisedPnl")) is not None:
        pnl = pnl_to(instrument, size if position.size > 0 else -size, entry, mark)
        text = "unrealisedPnl is the P&L from the entry to the mark price"
        yield Identity(key, text, printed, pnl, ("unrealisedPnl",), slack)
    yield from _of_margins(key, said, min(values), slack)


def _of_margins(key: str, said: Amounts, value: Decimal, slack: Decimal) -> Iterator[Identity]:
    """Initial margin holds value / leverage and the closing fee, maintenance is below it."""
    initial, leverage = said.get("positionIM"), said.get("leverage")
    maintenance = said.get("positionMM")
    if initial is not None and leverage:
        text = f"positionIM is at least value / leverage ({to_text(leverage)})"
        classic = ZERO < 2 * initial * leverage < value  # as the reader notes it
        reading = "the row is of a classic account, which is not built" if classic else None
        yield _at_most(key, text, value / leverage, initial, slack, "positionIM", reading=reading)
    if initial is not None and maintenance is not None:
        yield from at_most(key, said, "positionMM", "positionIM", tolerance=slack)
        if not maintenance:
            text = "an open position has a maintenance margin"
            least = EIGHT_DECIMALS * 2
            yield Identity(key, text, least, maintenance, ("positionMM",), plain=True)


def _at_most(
    where: str,
    text: str,
    left: Decimal,
    right: Decimal,
    slack: Decimal,
    *labels: str,
    reading: str | None = None,
) -> Identity:
    return Identity(where, text, left, right, labels, slack, at_most=True, reading=reading)


# -- coins and totals --------------------------------------------------------------------------


def _of_coin(asset: str, said: Amounts) -> Iterator[Identity]:
    """Equity of a coin; of those in which options settle, it may hold their value, too."""
    names = ("equity", "walletBalance", "unrealisedPnl")
    if asset not in OPTION_COINS and all(name in said for name in names):
        right = said["walletBalance"] - said.get("spotBorrow", ZERO) + said["unrealisedPnl"]
        text = "equity = walletBalance - spotBorrow + unrealisedPnl"
        yield Identity(f"assets.{asset}", text, said["equity"], right, names, 3 * EIGHT_DECIMALS)


def _of_totals(said: Amounts, coins: Mapping[str, Amounts]) -> Iterator[Identity]:
    balance, wallet = said.get("totalMarginBalance"), said.get("totalWalletBalance")
    pnl = said.get("totalPerpUPL", said.get("totalPerpUpl"))
    slack = 3 * EIGHT_DECIMALS
    if balance is not None and wallet is not None and pnl is not None:
        text = "totalMarginBalance (after collateral ratios) <= totalWalletBalance + totalPerpUPL"
        labels = ("totalMarginBalance", "totalWalletBalance")
        yield _at_most(ACCOUNT, text, balance, wallet + pnl, slack, *labels)
    free, initial = said.get("totalAvailableBalance"), said.get("totalInitialMargin")
    if free is not None and balance is not None and initial is not None:
        text = "totalAvailableBalance <= totalMarginBalance - totalInitialMargin"
        yield _at_most(ACCOUNT, text, free, balance - initial, slack, "totalAvailableBalance")
    for label, of in _RATES:
        rate, margin = said.get(label), said.get(of)
        if rate is not None and margin is not None and balance:
            text = f"{label} is at least {of} / totalMarginBalance"
            yield _at_most(ACCOUNT, text, margin / balance, rate, RATE_STEP, label, of)
    values = [coin.get("usdValue") for coin in coins.values()]
    told = [value for value in values if value is not None]
    if "totalEquity" in said and values and len(told) == len(values):
        yield _of_equity(said["totalEquity"], told)


def _of_equity(whole: Decimal, values: Sequence[Decimal]) -> Identity:
    """Total equity over the coins; a message that lists some coins alone does not obey it."""
    right, slack = sum(values, ZERO), (1 + len(values)) * EIGHT_DECIMALS
    text = "totalEquity = sum of usdValue over the coins listed"
    reading = "the answer lists a part of the coins" if whole > right else None
    labels = ("totalEquity",)
    return Identity(ACCOUNT, text, whole, right, labels, slack, reading=reading, partial=True)


def _of_unit(name: str, said: Said) -> Iterator[Identity]:
    """The components of a risk unit's contingency sum to their total."""
    parts = amounts(part(said, "contingency"))
    whole = parts.pop("contingencyComponents", None)
    if whole is not None and parts:
        right = sum(parts.values(), ZERO)
        text, labels = "contingencyComponents is the sum of its parts", ("contingencyComponents",)
        yield Identity(name, text, whole, right, labels, (1 + len(parts)) * EIGHT_DECIMALS)
