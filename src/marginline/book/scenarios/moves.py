"""Relative moves of prices, in the one meaning that what-if, distance and the page have, too.

"All" moves every mark (the index in its ratio) and the rate of every coin, and leaves stablecoins
and currencies where they are; a move of one instrument moves its base coin as collateral with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from marginline.book.book import Book
from marginline.book.kernels.columns import F8
from marginline.book.kernels.limits import BookMisuse
from marginline.core.account.account import Instrument
from marginline.core.distance.standing import STANDING, moving_base
from marginline.errors import Problem

ALL = ("*", "all")
MOVE_MOST = 1e6  # a millionfold: beyond it sums say nothing
COIN, CONTRACT = "coin=", "contract="
_Coin = tuple[str, str]  # venue, asset


class Moves:
    """What moves with what in a book: made once, asked for every scenario."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.rows = book.terms.priced.rows
        listed = {row.price: row.instrument for row in book.terms.contracts.rows if row.instrument}
        for odd in book.odd.values():
            of = {e.instrument.symbol: e.instrument for e in odd.pool.exposures}
            listed |= {row: of[symbol] for symbol, row in odd.prices.items()}
        self.base: dict[int, _Coin] = {
            row: (self.rows[row].venue, base)
            for row, instrument in listed.items()
            if (base := _base(instrument)) is not None
        }

    def prices(self, named: Mapping[str, float], where: str = "moves") -> F8:
        """The prices of now, moved: by label, `*` or `all` for all that is not named.

        `contract=LABEL` moves an instrument without its base coin, `coin=ASSET` (or the label of
        its rate) a coin alone.

        Raises:
            BookMisuse: an unknown label, a move of -100 % or less or of more than a millionfold, or
                two instruments that would move one coin differently.
        """
        for label, move in named.items():
            if not -1.0 < move <= MOVE_MOST:
                text = "a price cannot fall by 100 % or more"
                if move > 0:
                    text = f"a price is not taken to rise by more than {MOVE_MOST:,.0%}"
                raise BookMisuse([Problem(f"{where}.{label}", str(move), text, "-0.3 is -30 %")])
        rest = next((named[word] for word in ALL if word in named), 0.0)
        marks, coins, alone = self._given(named, where)
        return self.moved(rest, marks, coins | alone)

    def moved(self, rest: float, marks: Mapping[int, float], coins: Mapping[_Coin, float]) -> F8:
        """The prices of now: rows of instruments and coins that are given, the rest by `rest`."""

        def of_coin(venue: str, asset: str) -> float:
            return 1.0 + coins.get((venue, asset), 0.0 if asset in STANDING else rest)

        factor = np.ones(len(self.rows))
        for row, priced in enumerate(self.rows):
            if priced.asset:
                unit = of_coin(priced.venue, priced.in_asset)
                factor[row] = of_coin(priced.venue, priced.name) / unit
            elif row:
                factor[row] = 1.0 + marks.get(row, rest)
        return self.book.prices * factor

    def of_marks(self, told: Mapping[int, float], known: Collection[int] = ()) -> F8:
        """The prices of now with some told anew, by row of the price vector.

        A coin held as collateral follows an instrument of which it is the base, unless its own
        rate is `known` (told by itself, now or before).
        """
        moves = {row: price / self.book.prices[row] - 1.0 for row, price in told.items()}
        by_itself = {(self.rows[r].venue, self.rows[r].name) for r in known if self.rows[r].asset}
        coins: dict[_Coin, float] = {}
        for row, move in moves.items():
            for coin in self.with_coin(row, move):
                if coin not in by_itself and move == move:  # noqa: PLR0124 - NaN moves nothing
                    coins.setdefault(coin, move)
        vector = self.moved(0.0, {}, coins)
        vector[list(told)] = list(told.values())
        return vector

    def of_paths(self, factors: F8) -> F8:
        """Factors of independent prices, shape [paths, labels], with coins tied to instruments."""
        column = {coin: row for row, coin in reversed(self.base.items())}
        column = {(row.venue, row.name): n for n, row in enumerate(self.rows) if row.asset} | column

        def of_coin(venue: str, asset: str) -> F8 | float:
            row = column.get((venue, asset))
            return 1.0 if asset in STANDING or row is None else factors[:, row]

        tied = factors.copy()
        for row, priced in enumerate(self.rows):
            if priced.asset:
                unit = of_coin(priced.venue, priced.in_asset)
                tied[:, row] = of_coin(priced.venue, priced.name) / unit
        return tied

    def with_coin(self, row: int, move: float) -> dict[_Coin, float]:
        """The move of an instrument's base coin, where it has one that moves."""
        return {self.base[row]: move} if row in self.base else {}

    def _given(
        self, named: Mapping[str, float], where: str
    ) -> tuple[dict[int, float], dict[_Coin, float], dict[_Coin, float]]:
        """Moves by row of instruments, of the coins that follow them, of coins by themselves."""
        marks: dict[int, float] = {}
        coins: dict[_Coin, float] = {}
        alone: dict[_Coin, float] = {}
        follow: list[tuple[str, int, float]] = []
        for label, move in named.items():
            if label in ALL:
                continue
            if label.startswith(COIN):
                alone |= dict.fromkeys(self._coins(label, where), move)
                continue
            row = self.book.price_row(label.removeprefix(CONTRACT))
            if self.rows[row].asset:
                alone[self.rows[row].venue, self.rows[row].name] = move
                continue
            marks[row] = move
            if not label.startswith(CONTRACT):
                follow.append((label, row, move))
        for label, row, move in follow:
            for coin in self.with_coin(row, move):
                if coin not in alone and coins.setdefault(coin, move) != move:
                    text = f"another instrument of this shock moves {coin[1]} otherwise"
                    remedy = f"say {COIN}{coin[1]}, too, or write {CONTRACT}{label}"
                    raise BookMisuse([Problem(f"{where}.{label}", str(move), text, remedy)])
        return marks, coins, alone

    def _coins(self, label: str, where: str) -> list[_Coin]:
        asset = label.removeprefix(COIN)
        found = [(row.venue, row.name) for row in self.rows if row.asset and row.name == asset]
        if not found:
            held = ", ".join(sorted({row.name for row in self.rows if row.asset})) or "none"
            text = "no pool of the book holds this coin as collateral"
            raise BookMisuse([Problem(f"{where}.{label}", asset, text, f"there is: {held}")])
        return found


def _base(instrument: Instrument | None) -> str | None:
    return None if instrument is None else moving_base(instrument)
