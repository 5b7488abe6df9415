"""Balances from Bitget's answers: margin coins of a classic account, coins of a unified one.

A classic answer tells the equity of a margin coin, unrealized P&L included; what is booked is that
less the P&L, which the answer or the positions must tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from marginline.core.account.account import Wallet
from marginline.core.account.market import AssetRate
from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.venues.bitget.payloads.answers import Answers
from marginline.venues.bitget.payloads.positions import Held
from marginline.venues.reader.account_draft import WALLETS, Draft
from marginline.venues.reader.fields import Row

_POOL = {
    "available": M.AVAILABLE_BALANCE,
    "maxTransferOut": M.WITHDRAWABLE_BALANCE,
    "crossedRiskRate": M.MARGIN_RATIO,
    "crossedMargin": M.POSITION_INITIAL_MARGIN,
    "locked": M.ORDER_INITIAL_MARGIN,
    "crossedUnrealizedPL": M.UNREALIZED_PNL,
    "coupon": M.CREDIT,
}
UNION_MEASURES = {
    "unionTotalMargin": M.MARGIN_BALANCE,
    "unionAvailable": M.AVAILABLE_BALANCE,
    "unionMm": M.MAINTENANCE_MARGIN,
    "crossedRiskRate": M.MARGIN_RATIO,
}
TOTAL_MEASURES = {
    "accountEquity": M.EQUITY,
    "unrealisedPnl": M.UNREALIZED_PNL,
    "effEquity": M.MARGIN_BALANCE,
    "mmr": M.MAINTENANCE_MARGIN,
    "imr": M.INITIAL_MARGIN,
    "mgnRatio": M.MARGIN_RATIO,
}
"""Which of our measures the words of a union and of a unified account mean."""


# -- classic -----------------------------------------------------------------------------------


def lay_classic(draft: Draft, answers: Answers, held: list[Held]) -> None:
    """Wallets of a classic account, and what it says of its own figures."""
    if not answers.given("accounts"):
        return
    draft.wallets = {}
    rows = answers.rows("accounts")
    for row in rows:
        told = answers.given("positions")
        balance = _booked(draft, row, held if told else None)
        _keep(draft, row, balance)
    for row in rows:
        for asset in row.rows("assetList"):
            coin = asset.name("coin")
            draft.wallets[coin] = Wallet(asset=coin, balance=asset.number("balance"))
    draft.known.add(WALLETS)
    draft.reported.raw["accounts"] = {row.name("marginCoin"): dict(row.given) for row in rows}
    _report_classic(draft, rows)


def _keep(draft: Draft, row: Row, balance: Decimal | None) -> None:
    coin = row.name("marginCoin")
    bonus = row.number("coupon")
    draft.wallets[coin] = Wallet(
        asset=coin, balance=balance, credit=ZERO if bonus is None else bonus
    )


def _booked(draft: Draft, row: Row, held: list[Held] | None) -> Decimal | None:
    """Equity less unrealized P&L; None, with a note, where the P&L is not told."""
    coin, equity = row.name("marginCoin"), row.number("accountEquity")
    pnl = row.number("unrealizedPL")
    parts = (row.number("crossedUnrealizedPL"), row.number("isolatedUnrealizedPL"))
    if pnl is None and None not in parts:
        pnl = sum((part for part in parts if part is not None), ZERO)
    if pnl is None and held is not None:
        own = [p.pnl for p in held if p.coin == coin and p.amount]
        pnl = None if None in own else sum((n for n in own if n is not None), ZERO)
    if equity is None or pnl is None:
        what = "accountEquity" if equity is None else "unrealizedPL"
        text = f"{what} of {coin} is not told; give accounts together with positions"
        draft.note(Code.MISSING_DATA, f"accounts: {coin}", text)
        return None
    return equity - pnl


def _report_classic(draft: Draft, rows: Iterable[Row]) -> None:
    isolated = any(p.margin_mode == "isolated" for p in draft.positions.values())
    draft.reported.pools, draft.reported.account = {}, {}
    for row in rows:
        coin = row.name("marginCoin")
        if draft.mode == "union":
            found = _named(row, UNION_MEASURES)
            if found:
                draft.reported.pools["USDT"] = found
            continue
        found = _named(row, _POOL)
        if not isolated and (equity := row.number("accountEquity")) is not None:
            found[M.EQUITY.value] = equity
        draft.reported.pools[coin] = found


def _named(row: Row, measures: Mapping[str, M]) -> dict[str, Decimal | None]:
    told = ((m.value, row.number(label)) for label, m in measures.items())
    return {name: number for name, number in told if number is not None}


# -- unified -----------------------------------------------------------------------------------


def lay_unified(draft: Draft, answers: Answers) -> None:
    """Wallets of a unified account, the rates that its values imply, and its totals."""
    row = answers.first("assets")
    if row is None:
        return
    draft.wallets = {}
    coins = row.rows("assets")
    for coin in coins:
        asset = coin.name("coin")
        debt, locked = coin.number("debt"), coin.number("locked") or ZERO
        balance = coin.number("balance")
        draft.wallets[asset] = Wallet(
            asset=asset,
            # `locked` stands beside `balance`, not inside it (reproduced, 1 account)
            balance=None if balance is None else balance + locked,
            borrowed=ZERO if debt is None else debt,
            locked=locked,
        )
        _lay_rate(draft, coin)
    draft.known.add(WALLETS)
    draft.reported.raw["assets"] = {
        "totals": dict(row.given),
        "coins": {coin.name("coin"): dict(coin.given) for coin in coins},
    }
    draft.reported.account, draft.reported.pools = {}, {}
    found = _named(row, TOTAL_MEASURES)
    if draft.mode == "advanced":
        draft.reported.account = dict(found)
        draft.reported.pools["USD"] = dict(found)
    elif M.EQUITY.value in found:
        draft.reported.account = {M.EQUITY.value: found[M.EQUITY.value]}


def _lay_rate(draft: Draft, coin: Row) -> None:
    """The price in USD at which Bitget values a coin: its value over its amount."""
    equity, value = coin.number("equity"), coin.number("usdValue")
    if equity and value is not None and value / equity > 0:
        draft.asset_rate[coin.name("coin")] = AssetRate(index=value / equity)
