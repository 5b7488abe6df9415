"""Sums that Bitget's own figures should obey among themselves.

Where one is broken the answer contradicts itself: the sample was made by hand, or its parts are of
different moments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from marginline.core.account.account import Account, Position
from marginline.core.numbers import ZERO
from marginline.venues.compare.comparing import (
    ACCOUNT,
    EIGHT_DECIMALS,
    Identity,
    Said,
    amounts,
    at_most,
    last_digit,
    part,
    pnl_to,
    rows,
    said_of,
    sum_of_parts,
)

Amounts = Mapping[str, Decimal]
_PRICES = ("openPriceAvg", "avgPrice", "markPrice")
_TENTH_PER_MILLE = Decimal("0.0001")
_FOUR_BASIS_POINTS = Decimal("0.0004")


def identities(account: Account) -> Iterator[Identity]:
    """Every identity that the answers tell enough to check."""
    raw = said_of(account)
    held = {position.key: position for position in account.positions}
    for key, said in rows(part(raw, "positions")):
        if key in held:
            yield from _of_position(account, held[key], said)
    for coin, said in rows(part(raw, "accounts")):
        yield from _of_coin(coin, said)
    yield from _of_unified(part(raw, "assets"))
    for key, said in rows(part(raw, "adl_rank")):
        if "rank" in said and "adlRank" in said:
            text = "rank = 1 - adlRank: the deprecated field runs the other way"
            labels = ("rank", "adlRank")
            yield Identity(key, text, said["rank"], 1 - said["adlRank"], labels)


# -- positions ---------------------------------------------------------------------------------


def _of_position(account: Account, position: Position, said: Amounts) -> Iterator[Identity]:
    yield from _parts(position, said)
    yield from _pnl(account, position, said)
    yield from _return(position, said)
    yield from _break_even(account, position, said)


def _parts(position: Position, said: Amounts) -> Iterator[Identity]:
    frozen = "locked" if "locked" in said else "frozen"
    parts = ("available", frozen)
    return sum_of_parts(position.key, said, "total", parts, tolerance=EIGHT_DECIMALS)


def _pnl(account: Account, position: Position, said: Amounts) -> Iterator[Identity]:
    label = next((n for n in ("unrealizedPL", "unrealisedPnl") if n in said), None)
    mark, entry = said.get("markPrice"), position.entry_price
    instrument = account.instruments.get(position.instrument)
    if label is None or not mark or not entry or instrument is None:
        return
    size = position.size * instrument.contract_size
    right = pnl_to(instrument, position.size, entry, mark)
    text = f"{label} is the P&L from the average entry price to markPrice"
    slack = (1 + 2 * abs(size)) * EIGHT_DECIMALS
    slack += sum((_rounded(said, name) for name in _PRICES), ZERO) * abs(size)
    at_the_mark = (label, "markPrice", "positionBalance", "profitRate")  # all made at one mark
    yield Identity(position.key, text, said[label], right, at_the_mark, slack)


def _rounded(said: Amounts, name: str) -> Decimal:
    """How far a printed price may be from the one that was reckoned with: a unit of its digits."""
    return min(last_digit(said, name), said.get(name, ZERO) * _TENTH_PER_MILLE)


def _return(position: Position, said: Amounts) -> Iterator[Identity]:
    balance = said.get("positionBalance")
    if balance and "profitRate" in said and "unrealisedPnl" in said:
        text = "profitRate = unrealisedPnl / positionBalance"
        right = said["unrealisedPnl"] / balance
        labels = ("profitRate", "unrealisedPnl", "positionBalance")
        yield Identity(position.key, text, said["profitRate"], right, labels)


def _break_even(account: Account, position: Position, said: Amounts) -> Iterator[Identity]:
    """The break-even price lies as far from the entry as fees and funding paid, within any fee."""
    price, entry = said.get("breakEvenPrice"), position.entry_price
    instrument = account.instruments.get(position.instrument)
    if not price or not entry or instrument is None or instrument.payoff == "inverse":
        return
    if position.fees is None or position.funding is None:
        return
    side = 1 if position.size > 0 else -1
    before_fee = entry - (position.fees + position.funding) / position.size
    middle = before_fee * (1 + side * _FOUR_BASIS_POINTS)
    text = "breakEvenPrice = (entry - (fees + funding) / size) / (1 - side * taker fee up to 0.1 %)"
    slack = before_fee * Decimal("0.0007")
    yield Identity(position.key, text, price, middle, ("breakEvenPrice",), slack)


# -- accounts ----------------------------------------------------------------------------------


def _of_coin(coin: str, said: Amounts) -> Iterator[Identity]:
    yield from at_most(coin, said, "available", "accountEquity")
    if coin == "USDT" and {"usdtEquity", "accountEquity"} <= said.keys():
        labels, text = ("usdtEquity", "accountEquity"), "usdtEquity = accountEquity of USDT"
        yield Identity(coin, text, said["usdtEquity"], said["accountEquity"], labels)
    yield from at_most(coin, said, "maxTransferOut", "available")


def _of_unified(said: Said) -> Iterator[Identity]:
    totals, coins = amounts(part(said, "totals")), dict(rows(part(said, "coins")))
    step_of_equity, step_of_pnl = (
        last_digit(part(said, "totals"), label) for label in ("accountEquity", "unrealisedPnl")
    )
    equity = totals.get("accountEquity")
    values = [coin.get("usdValue") for coin in coins.values()]
    if equity is not None and coins and None not in values:
        right = sum((value for value in values if value is not None), ZERO)
        text = "accountEquity is the sum of usdValue"
        slack = step_of_equity + len(values) * EIGHT_DECIMALS
        yield Identity(ACCOUNT, text, equity, right, ("accountEquity", "usdValue"), slack)
    note = " (after collateral ratios)"
    yield from at_most(ACCOUNT, totals, "effEquity", "accountEquity", note)
    if totals.get("effEquity") and "mmr" in totals and "mgnRatio" in totals:
        right = totals["mmr"] / totals["effEquity"]
        text, words = "mgnRatio = mmr / effEquity", ("mgnRatio", "mmr", "effEquity")
        yield Identity(ACCOUNT, text, totals["mgnRatio"], right, words)
    yield from _sum_of_pnl(totals, coins, step_of_pnl)


def _sum_of_pnl(totals: Amounts, coins: Mapping[str, Amounts], step: Decimal) -> Iterator[Identity]:
    """A coin's equity less its balance is its unrealized P&L; in USD they sum to the total."""
    pnl = totals.get("unrealisedPnl")
    needed = {"equity", "balance", "usdValue"}
    if pnl is None or not coins or any(not needed <= said.keys() for said in coins.values()):
        return
    right = slack = ZERO
    for said in coins.values():
        rate = said["usdValue"] / said["equity"] if said["equity"] else ZERO
        booked = said["balance"] + said.get("locked", ZERO) - said.get("debt", ZERO)
        right += (said["equity"] - booked) * rate
        slack += (1 + rate) * EIGHT_DECIMALS
    text = "unrealisedPnl is the sum of (equity - balance - locked + debt) in USD"
    labels = ("unrealisedPnl", "equity", "balance")
    yield Identity(ACCOUNT, text, pnl, right, labels, slack + step)
