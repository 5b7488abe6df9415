"""What totals tell of the coins beside them: whether all are listed, whose they are, a ratio.

A wallet message may list only the coins that changed, or be filtered by `coin=`. Its totals are of
the whole account all the same, so that they refute a part that is taken for the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from marginline.core.account.tables import CollateralTable
from marginline.core.findings import Code
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.errors import PayloadError, Problem
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.fields import Row

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
        on = False not in (coin.flag("collateralSwitch"), coin.flag("marginCollateral"))
        given = draft.collateral.get(asset)
        if not value or not on:
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
