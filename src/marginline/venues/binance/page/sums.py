"""Sums that Binance's own figures obey among themselves; who breaks one is no real answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from marginline.core.account.account import Account, Instrument
from marginline.core.numbers import ZERO, to_text
from marginline.venues.binance.payloads.market import instrument_of
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
    sum_of_parts,
)

Amounts = dict[str, Decimal]
_INITIAL = ("positionInitialMargin", "openOrderInitialMargin")


def identities(account: Account) -> Iterator[Identity]:
    """The sums that the account's reported figures should obey."""
    raw = said_of(account)
    for kind in ("position_risk", "um_position_risk", "cm_position_risk"):
        for key, row in rows(part(raw, kind)):
            yield from _of_position(account, key, row)
    main = part(raw, "account")
    positions = dict(rows(part(main, "positions")))
    for key, row in positions.items():
        yield from _of_position(account, key, row)
    for asset, row in rows(part(main, "assets")):
        yield from _of_asset(account, asset, row)
        yield from _of_sums(account, asset, row, positions)
    yield from _of_totals(account, main)
    yield from _of_updates(account, dict(rows(part(part(raw, "ACCOUNT_UPDATE"), "P"))))
    if account.venue in ("binance_pm", "binance_pm_pro"):
        yield from _of_portfolio(amounts(main))
        for asset, row in rows(part(raw, "balance")):
            yield from _of_parts(asset, row)


# -- positions ---------------------------------------------------------------------------------


def _of_position(account: Account, key: str, said: Amounts) -> Iterator[Identity]:
    size, mark, entry = (said.get(n) for n in ("positionAmt", "markPrice", "entryPrice"))
    value_label = "notional" if "notional" in said else "notionalValue"
    value = said.get(value_label)
    instrument = _contract(account, key)
    if not size or instrument is None:
        return
    inverse, unit = instrument.payoff == "inverse", abs(size) * instrument.contract_size
    if value is not None and value == 0:
        text = f"positionAmt is {to_text(size)}, so {value_label} cannot be 0"
        labels = (value_label, "maintMargin", "initialMargin", "positionInitialMargin")
        yield Identity(key, text, ZERO, abs(size), labels, ZERO, plain=True)
        return
    if value is not None and mark:
        right, text = (unit / mark, "/") if inverse else (unit * mark, "*")
        text = f"{value_label} = |positionAmt| * contract size {text} markPrice"
        slack = (1 + unit) * EIGHT_DECIMALS
        yield Identity(key, text, abs(value), right, (value_label,), slack)
    label = next((n for n in ("unRealizedProfit", "unrealizedProfit") if n in said), None)
    if label is not None and mark and entry:
        right = pnl_to(instrument, size, entry, mark)
        slack = (1 + 2 * unit) * EIGHT_DECIMALS
        text = f"{label} is the P&L from entryPrice to markPrice"
        yield Identity(key, text, said[label], right, (label,), slack)
    if label is not None and said.get("isolatedWallet"):
        yield from _equal(key, said, "isolatedMargin", ("isolatedWallet", label))
    yield from _equal(key, said, "initialMargin", _INITIAL)


def _equal(where: str, said: Amounts, whole: str, parts: tuple[str, ...]) -> Iterator[Identity]:
    """`whole` is the sum of its parts, each of them cut at eight decimals."""
    slack = (1 + len(parts)) * EIGHT_DECIMALS
    return sum_of_parts(where, said, whole, parts, tolerance=slack)


def _of_updates(account: Account, legs: Mapping[str, Amounts]) -> Iterator[Identity]:
    """Two legs of a symbol in one event were valued at one mark."""
    marks: dict[str, Decimal] = {}
    for key, said in legs.items():
        symbol, (size, entry, pnl) = key.partition("/")[0], map(said.get, ("pa", "ep", "up"))
        instrument = _contract(account, key)
        linear = instrument is not None and instrument.payoff == "linear"
        if not (linear and size and entry and pnl is not None):
            continue
        mark = entry + pnl / size
        other = marks.setdefault(symbol, mark)
        text = f"the P&L of both legs of {symbol} is at one mark"
        slack = 2 * EIGHT_DECIMALS * (1 + 1 / abs(size))
        yield Identity(key, text, mark, other, ("up",), slack)


# -- assets ------------------------------------------------------------------------------------


def _of_asset(account: Account, asset: str, said: Amounts) -> Iterator[Identity]:
    yield from _equal(asset, said, "marginBalance", ("walletBalance", "unrealizedProfit"))
    yield from _equal(asset, said, "initialMargin", _INITIAL)
    names = ("availableBalance", "crossWalletBalance", "crossUnPnl")
    if account.mode != "multi_assets" and all(name in said for name in names):
        held = said["crossWalletBalance"] + said["crossUnPnl"]
        if held >= 0:
            text = "availableBalance <= crossWalletBalance + crossUnPnl"
            yield Identity(asset, text, said[names[0]], held, names[:1], at_most=True)


def _of_sums(
    account: Account, asset: str, said: Amounts, positions: Mapping[str, Amounts]
) -> Iterator[Identity]:
    """An asset's figures over the rows of its positions."""
    own = {key: row for key, row in positions.items() if _settles(account, key) == asset}
    held = {p.key for p in account.positions if _settles(account, p.key) == asset}
    for label in ("unrealizedProfit", "maintMargin", "positionInitialMargin"):
        rows = [row.get(label) for row in own.values()]
        if label in said and rows and None not in rows and own.keys() >= held:
            right = sum((n for n in rows if n is not None), ZERO)
            text = f"{label} of {asset} is the sum over its positions"
            slack = (1 + len(rows)) * EIGHT_DECIMALS
            yield Identity(asset, text, said[label], right, (label,), slack)
    posted = [p.isolated_margin for p in account.positions if _settles(account, p.key) == asset
              and p.margin_mode == "isolated"]  # fmt: skip
    if "walletBalance" in said and "crossWalletBalance" in said and None not in posted:
        right = said["crossWalletBalance"] + sum((n for n in posted if n is not None), ZERO)
        text = "walletBalance = crossWalletBalance + what is posted to isolated positions"
        slack = (2 + len(posted)) * EIGHT_DECIMALS
        labels = ("walletBalance", "crossWalletBalance")
        yield Identity(asset, text, said["walletBalance"], right, labels, slack)


def _settles(account: Account, key: str) -> str | None:
    known = _contract(account, key)
    return None if known is None else known.settle


def _contract(account: Account, key: str) -> Instrument | None:
    symbol = key.partition("/")[0]
    return account.instruments.get(symbol) or instrument_of(symbol)


def _of_totals(account: Account, main: Said) -> Iterator[Identity]:
    """In single-asset mode the totals are those of USDT."""
    totals, usdt = amounts(part(main, "totals")), amounts(part(part(main, "assets"), "USDT"))
    if account.mode != "single_asset" or not usdt:
        return
    for label, amount in totals.items():
        own = usdt.get(of_an_asset(label))
        if own is not None:
            text = f"{label} counts USDT alone in single-asset mode"
            yield Identity(ACCOUNT, text, amount, own, (label,))


def of_an_asset(total: str) -> str:
    """What a row of an asset calls the figure of a total: `totalWalletBalance`, `walletBalance`."""
    short = total.removeprefix("total")
    return short[:1].lower() + short[1:]


# -- portfolio margin --------------------------------------------------------------------------


def _of_portfolio(said: Amounts) -> Iterator[Identity]:
    yield from at_most(ACCOUNT, said, "accountEquity", "actualEquity", " (after haircuts)")
    equity = said.get("accountEquity")
    ratio, required = said.get("uniMMR"), said.get("accountMaintMargin")
    if ratio is not None and equity is not None and required:
        loss = said.get("totalMarginOpenLoss", ZERO)
        right = (equity - loss) / required
        text = "uniMMR = (accountEquity - totalMarginOpenLoss) / accountMaintMargin"
        slack = abs(right) / 10**6 + EIGHT_DECIMALS
        words = ("uniMMR", "accountEquity", "accountMaintMargin")
        yield Identity(ACCOUNT, text, ratio, right, words, slack)


def _of_parts(asset: str, said: Amounts) -> Iterator[Identity]:
    where = f"assets.{asset}"
    parts = ("crossMarginAsset", "umWalletBalance", "cmWalletBalance")
    yield from _equal(where, said, "totalWalletBalance", parts)
    yield from _equal(where, said, "crossMarginAsset", ("crossMarginFree", "crossMarginLocked"))
