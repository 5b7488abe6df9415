"""Bybit's totals and coins: wallets of the account, and what the venue says of its own figures.

A wallet message may list only the coins that changed, or be filtered by `coin=`. Its totals are of
the whole account all the same, so that they refute a part that is taken for the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from marginline.core.account.account import Wallet
from marginline.core.account.market import AssetRate
from marginline.core.account.tables import CollateralTable
from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.errors import PayloadError, Problem
from marginline.venues.bybit.page.words import WORDS
from marginline.venues.bybit.payloads.market import OPTION_COINS, instrument_of
from marginline.venues.compare.lines import Of, reported
from marginline.venues.reader.account_draft import WALLETS, Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.reading import Request

USD = "USD"
MODES = {
    "ISOLATED_MARGIN": "isolated",
    "REGULAR_MARGIN": "cross",
    "PORTFOLIO_MARGIN": "portfolio",
}
_CUT = Decimal("0.00000002")


def lay_mode(request: Request, draft: Draft, answers: Answers) -> None:
    """The margin mode of the account: as `account_info` says, as the caller says, as it was."""
    if draft.venue != "bybit_unified":
        request.refuse_mode()
        return
    info, found = answers.last("account_info"), None
    if info is not None and info.has("marginMode"):
        found = MODES[info.word("marginMode", MODES, "margin mode")]
    draft.mode = request.agreed_mode(found) or draft.mode
    if draft.mode is None:
        remedy = "give account_info, or mode: isolated, cross or portfolio"
        text = "no answer tells the margin mode"
        raise PayloadError([Problem("mode", "", text, remedy)])
    if info is not None:
        draft.reported.raw["account_info"] = info.plain()
        if info.text("spotHedgingStatus") == "ON":
            text = "its effect on the risk units is in the venue's figures alone"
            where = "account_info: spotHedgingStatus"
            draft.note(Code.APPROXIMATE, where, f"spot hedging is on: {text}")


# -- wallets -----------------------------------------------------------------------------------


def lay_wallets(draft: Draft, answers: Answers) -> None:
    """The coins of `wallet_balance`; a stream message brings the coins it lists up to date."""
    rows = answers.rows("wallet_balance")
    if not rows:
        return
    refuse_other_accounts(draft.venue, rows)
    begun = bool(draft.wallets)
    if "wallet_balance" not in answers.pushed:
        draft.wallets, begun = {}, False
    coins = _by_asset(rows)
    for asset, coin in coins.items():
        _lay_rate(draft, asset, coin)
        wallet = _wallet(draft, asset, coin)
        draft.wallets.pop(asset, None)
        if not _idle(draft, wallet):
            draft.wallets[asset] = wallet
    _report(draft, rows[-1], coins)
    text = "" if begun else not_whole(rows[-1], coins)
    if text:
        draft.known.discard(WALLETS)
        draft.note(Code.MISSING_DATA, "wallet_balance", text)
    elif not begun or "wallet_balance" not in answers.pushed:
        draft.known.add(WALLETS)


def lay_told_ratio(draft: Draft, answers: Answers) -> None:
    """The collateral ratio that a whole answer's totals imply; after the ratios that are given."""
    rows = answers.rows("wallet_balance")
    joint = draft.venue == "bybit_unified" and draft.mode != "isolated"
    if not rows or not joint or WALLETS not in draft.known:
        return
    if not_whole(rows[-1], _by_asset(rows)):
        return
    lay_implied_ratio(draft, rows[-1], _by_asset(rows))


def _by_asset(rows: Sequence[Row]) -> dict[str, Row]:
    coins = {coin.name("coin"): coin for row in rows for coin in row.rows("coin")}
    return {asset: coin for asset, coin in coins.items() if not _blank(coin)}


def _blank(coin: Row) -> bool:
    """A coin of which every figure is blank (or 0 beside them): it is empty, not unknown."""
    if coin.has("walletBalance") or coin.has("equity"):
        return False
    return not any(coin.values.get(name) for name in coin.given)


def _wallet(draft: Draft, asset: str, coin: Row) -> Wallet:
    """One coin. `spotBorrow` tells the generations apart: before it, balances were net of loans."""
    balance, loan = coin.number("walletBalance"), coin.number("spotBorrow")
    old = draft.wallets.get(asset, Wallet(asset=asset))
    locked, bonus = coin.number("locked"), coin.number("bonus")
    if loan is None and coin.number("borrowAmount"):
        text = (
            f"the answer has no spotBorrow: its balance of {asset} is net of what is borrowed"
            " (borrowAmount says how much)"
        )
        draft.note(Code.APPROXIMATE, f"wallet_balance: {asset}", text)
    interest = coin.number("accruedInterest")
    return Wallet(
        asset=asset,
        balance=balance,
        borrowed=old.borrowed if loan is None else abs(loan),
        locked=old.locked if locked is None else locked,
        credit=old.credit if bonus is None else bonus,
        collateral=_counts(coin),
        options_value=_options_value(asset, coin),
        extra={"accruedInterest": to_text(interest)} if interest else {},
    )


def _idle(draft: Draft, wallet: Wallet) -> bool:
    """An empty coin that nothing settles in tells a joint account nothing."""
    if draft.venue != "bybit_unified" or draft.mode == "isolated":
        return False
    contracts = (instrument_of(p.instrument) for p in draft.positions.values())
    settles = {contract.settle for contract in contracts if contract is not None}
    empty = wallet.balance == 0 and not (wallet.borrowed or wallet.locked or wallet.credit)
    return empty and wallet.asset not in settles


def _counts(coin: Row) -> bool:
    """Whether the coin counts as collateral: neither the user nor the platform switched it off."""
    return False not in (coin.flag("collateralSwitch"), coin.flag("marginCollateral"))


def _options_value(asset: str, coin: Row) -> Decimal | None:
    """What equity holds beyond wallet and P&L: the market value of options.

    Options settle in USDC and USDT alone; `equity = walletBalance - spotBorrow + unrealisedPnl +
    option value`.
    """
    names = ("equity", "walletBalance", "unrealisedPnl")
    equity, balance, pnl = (coin.number(name) for name in names)
    if asset not in OPTION_COINS or equity is None or balance is None or pnl is None:
        return None
    value = equity - (balance - (coin.number("spotBorrow") or ZERO) + pnl)
    return value if abs(value) > _CUT else None


def _lay_rate(draft: Draft, asset: str, coin: Row) -> None:
    """The venue's own index of a coin: what it is worth in USD over what there is of it."""
    value, equity = coin.number("usdValue"), coin.number("equity")
    if value and equity and value * equity > 0:
        draft.asset_rate[asset] = AssetRate(index=value / equity)


# -- what the venue says of its own figures ----------------------------------------------------


def _report(draft: Draft, account: Row, coins: dict[str, Row]) -> None:
    told, rows = draft.reported, {asset: dict(coin.given) for asset, coin in coins.items()}
    raw = {"totals": dict(account.given), "coins": rows}
    told.raw["wallet_balance"] = {name: part for name, part in raw.items() if part}
    said = reported(account, WORDS, Of.JOINT)
    told.account, told.pools = {}, {}
    if draft.venue == "bybit_unified" and draft.mode != "isolated":
        told.account = dict(said)
        told.pools[USD] = dict(said)
    elif draft.venue == "bybit_unified" and M.EQUITY.value in said:
        told.account = {M.EQUITY.value: said[M.EQUITY.value]}


# -- what totals tell of the coins ----------------------------------------------------------------


_LEAST = Decimal("0.01")  # USD; coins of less are dust, which the venue may leave out
_SHARE = Decimal("0.0001")
_RATIO_STEP = Decimal("0.000001")
_OTHER_ACCOUNTS = {
    "SPOT": "spot money supports no derivatives",
    "CONTRACT": "it is a classic account, of which only coins of inverse contracts are built",
    "FUND": "the funding account supports no derivatives",
    "INVESTMENT": "it supports no derivatives",
    "OPTION": "the classic option account is not built",
}


def refuse_other_accounts(venue: str, rows: Sequence[Row]) -> None:
    """Wallets of another account type are not this account's.

    Raises:
        PayloadError: they are told as those of another account.
    """
    for row in rows:
        kind = row.text("accountType")
        if kind not in _OTHER_ACCOUNTS:
            continue
        if venue == "bybit_inverse" and kind == "CONTRACT":
            settled = [c for c in row.rows("coin") if c.name("coin") in ("USDT", "USDC")]
            if not any(coin.number("walletBalance") for coin in settled):
                continue
            text = "holds USDT or USDC: the linear side of a classic account is not built"
            remedy = "give the coins of inverse contracts alone"
            raise PayloadError([Problem(f"{row.path}.coin", "", text, remedy)])
        text = f"is not the unified account: {_OTHER_ACCOUNTS[kind]}"
        remedy = "fetch wallet-balance with accountType=UNIFIED"
        raise PayloadError([Problem(f"{row.path}.accountType", kind, text, remedy)])


def _value(coin: Row) -> Decimal | None:
    """What a coin is worth in USD; nothing where it is empty."""
    value = coin.number("usdValue")
    return ZERO if value is None and not coin.number("equity") else value


def not_whole(account: Row, coins: Mapping[str, Row]) -> str:
    """Why the coins listed are not all there are, by their totals; "" where they may be."""
    equity, values = account.number("totalEquity"), [_value(coin) for coin in coins.values()]
    if equity is None or any(value is None for value in values):
        return ""
    listed = sum((value for value in values if value is not None), ZERO)
    if abs(listed - equity) <= max(_LEAST * (1 + len(values)), abs(equity) * _SHARE):
        return ""
    return (
        f"the coins listed are worth {to_text(listed)} USD, totalEquity says {to_text(equity)}: the"
        " message lists a part of the coins; give the whole of wallet-balance, without coin="
    )


def _cut(given: CollateralTable, coin: Row) -> Decimal | None:
    """The share of a coin that its table leaves: one ratio, or that of a row that holds it all."""
    if given.ratio is not None:
        return given.ratio
    quantity, rows = coin.number("equity"), given.rows or ()
    first = rows[0] if rows else None
    if quantity is None or first is None or (first.cap is not None and quantity > first.cap):
        return None
    return first.ratio


def lay_implied_ratio(draft: Draft, account: Row, coins: Mapping[str, Row]) -> None:
    """The collateral ratio that the totals imply, of the one coin whose ratio no answer gives.

    It beats a packaged one (reproduced, 4 accounts).
    """
    held, open_value, name = account.number("totalMarginBalance"), None, ""
    for asset, coin in coins.items():
        value = _value(coin)
        if held is None or value is None or value < 0 or coin.number("spotBorrow"):
            return
        given = draft.collateral.get(asset)
        if not value or not _counts(coin):
            continue
        if given is None and open_value is None:
            open_value, name = value, asset
        elif given is None or (cut := _cut(given, coin)) is None:
            return
        else:
            held -= value * cut
    if open_value is None or held is None or open_value < ONE:
        return
    if not ZERO < held < open_value:
        return
    ratio = (held / open_value).quantize(_RATIO_STEP)
    if not ZERO < ratio < ONE - 2 * _RATIO_STEP:
        return
    draft.collateral[name] = CollateralTable(ratio=ratio)
    text = (
        f"the account's own totals imply a collateral ratio of {to_text(ratio)} for {name}: it is"
        " used before any packaged one; give collateral_tiers for the venue's own table"
    )
    draft.note(Code.APPROXIMATE, "wallet_balance: totalMarginBalance", text)
