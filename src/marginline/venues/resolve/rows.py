"""The rows of an account by symbol, looked up once: positions and orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from marginline.core.account.account import Account, Order, Position, Wallet
from marginline.errors import DocumentError, Problem

T = TypeVar("T")
K = TypeVar("K")


def grouped(rows: Iterable[T], name: Callable[[T], K]) -> dict[K, list[T]]:
    """Rows by a name of theirs, each in the order they come."""
    found: dict[K, list[T]] = {}
    for row in rows:
        found.setdefault(name(row), []).append(row)
    return found


class Rows:
    """Positions and orders of one account by symbol, each in the order of the file."""

    def __init__(self, account: Account) -> None:
        self.wallets: dict[str, Wallet] = {w.asset: w for w in reversed(account.wallets)}
        self.open = tuple(p for p in account.positions if p.size)
        self.books: dict[tuple[str, bool], object] = {}
        """What a venue has made of the orders of a symbol, kept for the next question.

        It must not hold who holds these rows: they would wait for a search for garbage."""
        self._positions = grouped(account.positions, lambda position: position.instrument)
        self._orders = grouped(account.orders, lambda order: order.instrument)

    def of(self, symbol: str) -> Sequence[Position]:
        """Every row of a symbol, those of size 0 included."""
        return self._positions.get(symbol, ())

    def open_of(self, symbol: str) -> list[Position]:
        """The open positions of a symbol."""
        return [position for position in self.of(symbol) if position.size]

    def modes_of(self, symbol: str, side: str) -> set[str]:
        """The margin modes of the rows of a leg; of every row of the symbol where the leg has none.

        A venue may hold one leg of a hedge isolated and the other cross.
        """
        rows = self.of(symbol)
        return {p.margin_mode for p in rows if p.side == side} or {p.margin_mode for p in rows}

    @property
    def ordered(self) -> Sequence[str]:
        """Symbols with resting orders, in the order they appear."""
        return tuple(self._orders)

    def orders_of(self, symbol: str) -> Sequence[Order]:
        """The resting orders of a symbol."""
        return self._orders.get(symbol, ())


def refuse_isolated_rows(account: Account, reason: str, remedy: str) -> None:
    """An account whose positions are all in one pool has no isolated ones.

    Raises:
        DocumentError: a row says that it is isolated.
    """
    problems = [
        Problem(f"positions[{i}].margin_mode", "isolated", reason, remedy)
        for i, position in enumerate(account.positions)
        if position.size and position.margin_mode == "isolated"
    ]
    if problems:
        raise DocumentError(problems)
