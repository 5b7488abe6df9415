"""Inputs that are not given and can only help or only hurt: the account with either end of each."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from marginline.core.account.account import Account, Wallet
from marginline.core.account.market import AssetRate
from marginline.core.account.tables import BorrowRow, BorrowTable, CollateralTable, Fees, Parameters
from marginline.core.assessment.assess import Lack
from marginline.core.findings import Gap, missing
from marginline.core.numbers import ONE, ZERO, to_text

FEE_MOST = {
    "maker": Decimal("0.01"),
    "taker": Decimal("0.01"),
    "liquidation": Decimal("0.1"),
}
"""What no venue charges more than: ten times the highest fee of a published schedule."""


@lru_cache(maxsize=4096)  # every exposure holds what it lacks, and seldom does anyone ask
def not_given(name: str, of: str, where: str) -> Gap:
    """The gap of one number of a symbol or position, with the field to give."""
    return missing(f"the {name} of {of} is not given; give {where}")


@lru_cache(maxsize=4096)
def no_fees(key: str) -> Gap:
    """The gap of the fees that were paid for a position."""
    return missing(f"the fees paid for {key} are not given; give fees")


def collateral(asset: str, message: str) -> Lack:
    """The collateral ratio of a coin: it counts nothing, or in full."""

    def at(ratio: Decimal) -> Callable[[Account], Account]:
        def filled(parameters: Parameters) -> Parameters:
            given = parameters.collateral.get(asset, CollateralTable())
            table = replace(given, ratio=ratio)
            return replace(parameters, collateral={**parameters.collateral, asset: table})

        return lambda account: _with(account, filled)

    ends = f"{asset} counts at worst nothing, at best in full"
    return Lack(message, ends, at(ZERO), at(ONE))


def borrow(asset: str, message: str) -> Lack:
    """The rates of a loan: nothing is demanded for it, or all of it."""

    def at(rate: Decimal) -> Callable[[Account], Account]:
        return lambda account: _with(
            account,
            lambda p: replace(p, borrow={**p.borrow, asset: _filled(p.borrow.get(asset), rate)}),
        )

    ends = f"a loan of {asset} demands at worst its whole value, at best nothing"
    return Lack(message, ends, at(ONE), at(ZERO))


def _filled(table: BorrowTable | None, rate: Decimal) -> BorrowTable:
    """A table of loans with a rate wherever it has none."""
    if table is None or not table.rows:
        row = BorrowRow(floor=ZERO, initial_rate=rate, maintenance_rate=rate)
        return BorrowTable(rows=(row,))

    def given(own: Decimal | None) -> Decimal:
        return rate if own is None else own

    rows = tuple(
        replace(
            row,
            initial_rate=given(row.initial_rate),
            maintenance_rate=given(row.maintenance_rate),
        )
        for row in table.rows
    )
    return replace(table, rows=rows)


def fee(symbol: str, name: str, message: str) -> Lack:
    """A fee rate: 0, or the most that a venue charges."""

    def at(rate: Decimal) -> Callable[[Account], Account]:
        return lambda account: _with(
            account,
            lambda p: replace(
                p, fees=p.fees if getattr(p.fees, name) is not None else _fees(p, name, rate)
            ),
        )

    most = FEE_MOST[name]
    ends = f"the {name} fee of {symbol} is at worst {to_text(most * 100)} %, at best 0"
    return Lack(message, ends, at(most), at(ZERO))


def _fees(parameters: Parameters, name: str, rate: Decimal) -> Fees:
    given = {each: getattr(parameters.fees, each) for each in FEE_MOST}
    by_instrument = parameters.fees.by_instrument
    return Fees(by_instrument=by_instrument, **{**given, name: rate})


def rate(wallet: Wallet | None, settled: Container[str], message: str) -> Lack | None:
    """The price of a coin that is held and nothing else: at worst it is worth nothing.

    None where it owes, or where something settles in it: that could hurt without end.
    """
    if wallet is None or wallet.balance is None or wallet.asset in settled:
        return None
    if wallet.borrowed or wallet.balance < wallet.interest or (wallet.options_value or ZERO) < 0:
        return None
    asset = wallet.asset
    at_one = AssetRate(index=ONE, bid=ONE, ask=ONE)
    nothing = Wallet(asset=asset, balance=ZERO)

    def worthless(account: Account) -> Account:
        wallets = tuple(nothing if w.asset == asset else w for w in account.wallets)
        rates = {**account.market.asset_rate, asset: at_one}
        return replace(account, wallets=wallets, market=replace(account.market, asset_rate=rates))

    better = None if wallet.balance else worthless
    ends = f"{asset} is at worst worth nothing"
    return Lack(message, ends, worthless, better)


def _with(account: Account, change: Callable[[Parameters], Parameters]) -> Account:
    return replace(account, parameters=change(account.parameters))
