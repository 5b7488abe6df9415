"""Binance's rows: typed where the feed itself looks at them, raw where our readers do."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from marginline.feeds.messages import LedgerRow, Seen, amount_of, typed
from marginline.feeds.wire.rest import Answer

_SIDES = {"BOTH": "both", "LONG": "long", "SHORT": "short"}


class _Asset(msgspec.Struct, frozen=True):
    asset: str
    walletBalance: str  # noqa: N815 - the venue's word


class _Leg(msgspec.Struct, frozen=True):
    symbol: str
    positionAmt: str  # noqa: N815
    positionSide: str = "BOTH"  # noqa: N815


class AccountLook(msgspec.Struct, frozen=True):
    """Balances and sizes of an `account` answer."""

    assets: list[_Asset]
    positions: list[_Leg]

    def seen(self) -> Seen:
        """As they are compared with the stream's."""
        balances = {a.asset: amount_of("walletBalance", a.walletBalance) for a in self.assets}
        sizes = {
            f"{leg.symbol}/{_SIDES.get(leg.positionSide, leg.positionSide)}": amount_of(
                "positionAmt", leg.positionAmt
            )
            for leg in self.positions
        }
        return Seen(
            {asset: amount for asset, amount in balances.items() if amount},
            {key: size for key, size in sizes.items() if size},
        )


class Income(msgspec.Struct, frozen=True):
    """One row of `income`. A row id is unique within its type."""

    incomeType: str  # noqa: N815
    income: msgspec.Raw
    asset: str
    time: int
    tranId: int | str  # noqa: N815
    symbol: str = ""
    info: str = ""

    def row(self) -> LedgerRow:
        """As the ledger tells it."""
        amount = amount_of("income", self.income)
        name = f"{self.incomeType}:{self.tranId}:{self.asset}"
        words = " ".join(part for part in (self.symbol, self.info) if part)
        fields = msgspec.json.encode(self).decode()
        return LedgerRow(self.time, name, self.incomeType, self.asset, amount, words, fields)


class _Named(msgspec.Struct, frozen=True):
    symbol: str = ""


class _Used(msgspec.Struct, frozen=True):
    symbol: str = ""
    positionAmt: str = "1"  # noqa: N815


def symbols_of(answers: Mapping[str, Answer]) -> frozenset[str]:
    """The symbols in use: of positions that are open, of orders, of any other list of rows."""
    found: set[str] = set()
    for kind in ("position_risk", "open_orders", "open_algo_orders", "brackets"):
        answer = answers.get(kind)
        for row in () if answer is None else typed(kind, answer.text, list[_Used]):
            if row.positionAmt.strip("0.-"):
                found.add(row.symbol)
    return frozenset(found - {""})


def selected(text: str, symbols: frozenset[str], *, inside: str | None = None) -> str:
    """The rows of these symbols, as the venue wrote them; `inside`: of the list of that name."""
    if inside is None:
        return f"[{_rows(typed('rows', text, list[msgspec.Raw]), symbols)}]"
    whole = typed(inside, text, dict[str, msgspec.Raw])
    rows = typed(inside, bytes(whole[inside]), list[msgspec.Raw])
    return f'{{"{inside}":[{_rows(rows, symbols)}]}}'


def _rows(rows: list[msgspec.Raw], symbols: frozenset[str]) -> str:
    chosen = (bytes(raw) for raw in rows if typed("row", bytes(raw), _Named).symbol in symbols)
    return b",".join(chosen).decode()
