"""Bitget's raw answers in, an account out: classic futures (v2 mix) and the unified account (v3).

What the venue says of its own figures goes to `reported`: under our measures as the lines of `page`
have them, and under `raw` in its own words. A classic answer tells the equity of a margin coin,
unrealized P&L included; what is booked is that less the P&L, which the answer or the positions must
tell.
"""

from __future__ import annotations

from decimal import Decimal

from marginline.core.account.account import Account, Settings, Wallet
from marginline.core.account.market import AssetRate
from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.errors import PayloadError, Problem
from marginline.venues.bitget.page.lines import CLASSIC_WORDS, UNIFIED_WORDS, UNION_WORDS
from marginline.venues.bitget.payloads.kinds import (
    CLASSIC,
    KINDS,
    UNIFIED,
    flat,
    open_message,
    sniff,
)
from marginline.venues.bitget.payloads.market import lay_market
from marginline.venues.bitget.payloads.positions import (
    lay_orders,
    lay_positions,
    margin_mode,
    pnl_of,
    set_hedge,
)
from marginline.venues.compare.lines import Of, reported
from marginline.venues.reader.account_draft import WALLETS, Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.reading import Request

_WALLETS = {CLASSIC: "accounts", UNIFIED: "assets"}
_MODES = {CLASSIC: ("single", "union"), UNIFIED: ("basic", "advanced")}

__all__ = ["KINDS", "read", "sniff"]


def read(request: Request) -> Account:
    """The account that the answers make.

    Raises:
        PayloadError: an answer is malformed, or the answers contradict each other or the call.
    """
    answers = Answers(request, KINDS[request.venue], open_message, lambda value: [*flat(value)])
    remedies = {"positions": "positions", "orders": "orders", "wallets": _WALLETS[request.venue]}
    draft = answers.begin(remedies)
    draft.mode = _mode(request, draft, answers)
    lay_positions(draft, answers)
    set_hedge(draft, answers)
    lay_orders(draft, answers)
    _lay_settings(draft, answers)
    if answers.given("accounts"):
        _lay_classic(draft, answers)
    if (row := answers.first("assets")) is not None:
        _lay_unified(draft, row)
    lay_market(draft, answers)
    return answers.account(draft)


def _mode(request: Request, draft: Draft, answers: Answers) -> str:
    """The mode that the call or the answers name; they must not contradict each other."""
    modes, told = _MODES[request.venue], _told_mode(request.venue, answers)
    chosen = request.agreed_mode(told, "leave the mode out") or draft.mode
    if chosen is None:
        remedy = f"give mode: {modes[0]} or {modes[1]}"
        raise PayloadError([Problem("mode", "", "no answer tells the mode of the account", remedy)])
    return chosen


def _told_mode(venue: str, answers: Answers) -> str | None:
    if venue == UNIFIED:
        said = {row.text("accountLevel") for row in answers.rows("settings")[:1]}
    else:
        said = {row.text("assetMode") for row in answers.rows("accounts", "positions")} - {None}
    if len(said) > 1:
        remedy = "fetch them together"
        raise PayloadError([Problem("assetMode", "", "the answers name two asset modes", remedy)])
    mode = said.pop() if said else None
    return mode if mode in _MODES[venue] else None


def _lay_settings(draft: Draft, answers: Answers) -> None:
    """Leverage and margin mode by symbol, borrowing leverage by coin."""
    for row in answers.rows("settings"):
        for symbol in row.rows("symbolConfigList"):
            draft.settings[symbol.name("symbol")] = Settings(
                leverage=symbol.number("leverage"), margin_mode=margin_mode(symbol)
            )
        for coin in row.rows("coinConfigList"):
            draft.settings[coin.name("coin")] = Settings(spot_leverage=coin.number("leverage"))


# -- classic -----------------------------------------------------------------------------------


def _lay_classic(draft: Draft, answers: Answers) -> None:
    """Wallets of a classic account, and what it says of its own figures."""
    rows = answers.rows("accounts")
    draft.wallets = {}
    for row in rows:
        coin = row.name("marginCoin")
        if (bonus := row.number("coupon")) is None:
            text = "coupon is not told: what is a bonus in the balance is not known; none is taken"
            draft.note(Code.APPROXIMATE, f"accounts: {coin}", text)
        balance = _booked(draft, row, answers)
        draft.wallets[coin] = Wallet(asset=coin, balance=balance, credit=bonus or ZERO)
    for asset in (asset for row in rows for asset in row.rows("assetList")):
        coin = asset.name("coin")
        draft.wallets[coin] = Wallet(asset=coin, balance=asset.number("balance"))
    draft.known.add(WALLETS)
    draft.reported.raw["accounts"] = {row.name("marginCoin"): dict(row.given) for row in rows}
    draft.reported.pools, draft.reported.account = {}, {}
    isolated = any(p.margin_mode == "isolated" for p in draft.positions.values())
    for row in rows:
        if draft.mode == "union":
            if found := reported(row, UNION_WORDS, Of.JOINT):
                draft.reported.pools["USDT"] = found
            continue
        found = reported(row, CLASSIC_WORDS, Of.CROSS)
        if not isolated and (equity := row.number("accountEquity")) is not None:
            found[M.EQUITY.value] = equity
        draft.reported.pools[row.name("marginCoin")] = found


def _booked(draft: Draft, row: Row, answers: Answers) -> Decimal | None:
    """Equity less unrealized P&L; None, with a note, where the P&L is not told."""
    coin, equity = row.name("marginCoin"), row.number("accountEquity")
    pnl, parts = row.number("unrealizedPL"), ("crossedUnrealizedPL", "isolatedUnrealizedPL")
    crossed, isolated = (row.number(part) for part in parts)
    if pnl is None and crossed is not None and isolated is not None:
        pnl = crossed + isolated
    if pnl is None and answers.given("positions"):
        pnl = pnl_of(draft, answers, coin)
    if equity is None or pnl is None:
        what = "accountEquity" if equity is None else "unrealizedPL"
        text = f"{what} of {coin} is not told; give accounts together with positions"
        draft.note(Code.MISSING_DATA, f"accounts: {coin}", text)
        return None
    return equity - pnl


# -- unified -----------------------------------------------------------------------------------


def _lay_unified(draft: Draft, row: Row) -> None:
    """Wallets of a unified account, the rates that its values imply, and its totals."""
    coins = row.rows("assets")
    draft.wallets = {coin.name("coin"): _wallet(coin) for coin in coins}
    for coin in coins:  # the price in USD at which Bitget values it
        if not coin.has("locked"):
            asset = coin.name("coin")
            text = f"locked of {asset} is left out: taken as 0, as if no spot order held any"
            draft.note(Code.APPROXIMATE, f"assets: {asset}", text)
        equity, value = coin.number("equity"), coin.number("usdValue")
        if equity and value is not None and value / equity > 0:
            draft.asset_rate[coin.name("coin")] = AssetRate(index=value / equity)
    draft.known.add(WALLETS)
    draft.reported.raw["assets"] = {
        "totals": dict(row.given),
        "coins": {coin.name("coin"): dict(coin.given) for coin in coins},
    }
    found = reported(row, UNIFIED_WORDS, Of.JOINT)
    advanced, equity_name = draft.mode == "advanced", M.EQUITY.value
    draft.reported.pools = {"USD": dict(found)} if advanced else {}
    draft.reported.account = (
        found if advanced else {n: each for n, each in found.items() if n == equity_name}
    )


def _wallet(coin: Row) -> Wallet:
    """`locked` stands beside `balance`, not inside it (reproduced, 1 account)."""
    balance, locked = coin.number("balance"), coin.number("locked") or ZERO
    return Wallet(
        asset=coin.name("coin"),
        balance=None if balance is None else balance + locked,
        borrowed=coin.number("debt") or ZERO,
        locked=locked,
    )
