"""Bybit's rows: typed where the feed itself looks at them, raw where our readers do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import msgspec

from marginline.core.numbers import is_digits
from marginline.feeds.messages import LedgerRow, Seen, Unreadable, amount_of, typed
from marginline.feeds.wire.rest import Answer

_LEGS = {0: "both", 1: "long", 2: "short"}
_SIDES = {"Buy": 1, "Sell": -1}


# -- pages, as the reader takes them -----------------------------------------------------------


class _Result(msgspec.Struct, frozen=True):
    rows: list[msgspec.Raw] = msgspec.field(name="list")
    category: str = ""


class _Envelope(msgspec.Struct, frozen=True):
    result: _Result
    time: int


class _Named(msgspec.Struct, frozen=True):
    symbol: str = ""
    currency: str = ""


def joined(pages: Sequence[Answer], keep: Callable[[str, str], bool] | None = None) -> str:
    """Pages of one list as one answer, the rows as the venue wrote them.

    `keep` chooses rows by their symbol and currency.
    """
    opened = [typed(page.path, page.text, _Envelope) for page in pages]
    rows = [bytes(raw) for envelope in opened for raw in envelope.result.rows]
    if keep is not None:
        named = ((row, typed("row", row, _Named)) for row in rows)
        rows = [row for row, name in named if keep(name.symbol, name.currency)]
    category = opened[0].result.category
    head = f'"category":{msgspec.json.encode(category).decode()},' if category else ""
    listed = b",".join(rows).decode()
    return (
        f'{{"retCode":0,"retMsg":"OK","result":{{{head}"list":[{listed}],"nextPageCursor":""}},'
        f'"time":{opened[0].time}}}'
    )


def names_of(pages: Iterable[Answer]) -> frozenset[str]:
    """The symbols that pages list."""
    return frozenset(
        typed("row", bytes(raw), _Named).symbol
        for page in pages
        for raw in typed(page.path, page.text, _Envelope).result.rows
    ) - {""}


# -- looks -------------------------------------------------------------------------------------


class _Coin(msgspec.Struct, frozen=True):
    coin: str
    walletBalance: str  # noqa: N815 - the venue's words
    equity: str = ""
    usdValue: str = ""  # noqa: N815


class _Wallet(msgspec.Struct, frozen=True):
    coin: list[_Coin]


class _WalletResult(msgspec.Struct, frozen=True):
    rows: list[_Wallet] = msgspec.field(name="list")


class _WalletAnswer(msgspec.Struct, frozen=True):
    result: _WalletResult
    time: int


class _Position(msgspec.Struct, frozen=True):
    symbol: str
    size: str
    side: str = ""
    positionIdx: int = 0  # noqa: N815


class _PositionResult(msgspec.Struct, frozen=True):
    rows: list[_Position] = msgspec.field(name="list")


class _PositionAnswer(msgspec.Struct, frozen=True):
    result: _PositionResult


def coins_of(answer: Answer) -> tuple[int, list[_Coin]]:
    """The coins of a wallet answer, and its moment.

    Raises:
        CallFailed: it lists no account.
    """
    told = typed("wallet-balance", answer.text, _WalletAnswer)
    if not told.result.rows:
        raise answer.malformed("lists no account")
    return told.time, [coin for wallet in told.result.rows for coin in wallet.coin]


def seen_of(coins: Sequence[_Coin], pages: Iterable[Answer]) -> Seen:
    """Balances and signed sizes."""
    balances = {coin.coin: amount_of("walletBalance", coin.walletBalance) for coin in coins}
    sizes: dict[str, Decimal] = {}
    for page in pages:
        for row in typed("position", page.text, _PositionAnswer).result.rows:
            size = amount_of("size", row.size)
            if size:
                sizes[f"{row.symbol}/{_LEGS.get(row.positionIdx, '?')}"] = size * _sign(row)
    return Seen({asset: amount for asset, amount in balances.items() if amount}, sizes)


def _sign(row: _Position) -> int:
    if row.side not in _SIDES:
        raise Unreadable(f"position.{row.symbol}.side", row.side, "is no side of an open position")
    return _SIDES[row.side]


def rates_of(coins: Sequence[_Coin]) -> dict[str, Decimal]:
    """What the venue counts a coin for in USD: its worth over what there is of it."""
    found = {}
    for coin in coins:
        try:
            worth, equity = (amount_of("coin", each) for each in (coin.usdValue, coin.equity))
        except Unreadable:
            continue
        if worth * equity > 0:
            found[coin.coin] = worth / equity
    return found


# -- the ledger --------------------------------------------------------------------------------


class _Booked(msgspec.Struct, frozen=True):
    id: str
    type: str
    currency: str
    transactionTime: str  # noqa: N815
    change: str = ""
    symbol: str = ""
    tradeId: str = ""  # noqa: N815
    side: str = ""
    qty: str = ""
    tradePrice: str = ""  # noqa: N815
    cashFlow: str = ""  # noqa: N815
    fee: str = ""
    funding: str = ""
    cashBalance: str = ""  # noqa: N815
    bonusChange: str = ""  # noqa: N815

    def row(self) -> LedgerRow:
        """As the ledger tells it."""
        if not is_digits(self.transactionTime):
            raise Unreadable("transactionTime", self.transactionTime, "tells no moment")
        amount = None if self.change == "" else amount_of("change", self.change)
        words = " ".join(part for part in (self.symbol, self.tradeId) if part)
        fields = msgspec.json.encode(self).decode()
        return LedgerRow(
            int(self.transactionTime), self.id, self.type, self.currency, amount, words, fields
        )


class _LogResult(msgspec.Struct, frozen=True):
    rows: list[_Booked] = msgspec.field(name="list")


class _LogAnswer(msgspec.Struct, frozen=True):
    result: _LogResult


def booked(page: Answer) -> list[LedgerRow]:
    """The rows of a page of the transaction log."""
    return [row.row() for row in typed("transaction-log", page.text, _LogAnswer).result.rows]
