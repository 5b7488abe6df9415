"""The liquidation map: what becomes liquidatable at which price of one instrument."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marginline.book.book import Book
from marginline.book.kernels.columns import F8, I8, JOINTS
from marginline.book.kernels.limits import LANES, BookMisuse
from marginline.book.kernels.stress import map_liquidations
from marginline.book.scenarios.moves import Moves
from marginline.core.findings import Status
from marginline.errors import Problem

Progress = Callable[[str, int, int], None]
_BLUE, _ORANGE = "#2b6cb0", "#c05621"
_FLOOR = 1e-9 - 1.0  # no price falls to nothing
_BAR = "▏▎▍▌▋▊▉█"

REACH_LEAST = 1e-6  # nearer prices are the mark itself to a float's reader
STEPS_MOST = 10_000


@dataclass(frozen=True, slots=True)
class LiquidationMap:
    """Per price step away from the mark, what newly becomes liquidatable there. Shape [steps].

    Amounts are the notional of the pools' positions in this instrument at that price, in its settle
    asset. Steps below the mark come from the mark downwards, those above from the mark upwards, so
    that a pool is counted once on each side, at the step that reaches it first.
    """

    instrument: str
    mark: float
    price: F8
    long: F8
    short: F8
    pools: I8

    def columns(self) -> dict[str, NDArray[Any]]:
        """One row a price, ascending."""
        return {
            "price": self.price,
            "move": self.price / self.mark - 1.0,
            "long": self.long,
            "short": self.short,
            "pools": self.pools,
        }

    def to_frame(self, backend: str = "polars") -> Any:
        """`columns()` as a native frame."""
        from marginline.book.frames import frame_of

        return frame_of(self.columns(), backend)

    def picture(self, width: int = 60) -> str:
        """The map as text: a bar per price, longs at L, shorts at S."""
        most = float((self.long + self.short).max(initial=0.0)) or 1.0
        lines = []
        for price, long, short in zip(self.price, self.long, self.short, strict=True):
            bar = _bar(long / most, width) if long >= short else _bar(short / most, width)
            side = " " if long == short == 0 else "L" if long >= short else "S"
            lines.append(
                f"{price:>14,.6g} {price / self.mark - 1:>+7.1%} {side} {bar} {long + short:,.0f}"
            )
        return "\n".join(reversed(lines))

    def svg(self, width: int = 720, height: int = 360) -> str:
        """The map as a stand-alone picture: longs and shorts over price, the mark as a line."""
        most = float(np.maximum(self.long, self.short).max(initial=0.0)) or 1.0
        low, high = float(self.price.min()), float(self.price.max())
        left, base = 60.0, height - 40.0
        span, tall = width - left - 20.0, height - 70.0
        bar = span / len(self.price) * 0.8

        def x(price: float) -> float:
            return left + (price - low) / (high - low or 1.0) * (span - bar)

        def line(from_x: float, to_x: float, from_y: float, extra: str = "") -> str:
            ends = f'x1="{from_x:.1f}" x2="{to_x:.1f}" y1="{from_y}" y2="{base}"'
            return f'<line {ends} stroke="#444"{extra}/>'

        def text(at_x: float, at_y: float, words: str, extra: str = "") -> str:
            return f'<text x="{at_x}" y="{at_y}"{extra}>{_escaped(words)}</text>'

        mark = x(self.mark) + bar / 2  # a price's two bars stand to both sides of it
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        about = f"notional that becomes liquidatable (mark {self.mark:,.6g}, top {most:,.0f})"
        parts = [
            head + ' role="img" font-family="sans-serif" font-size="12">',
            f"<title>Liquidation map of {_escaped(self.instrument)}</title>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            text(left, 20, f"{self.instrument}: {about}"),
        ]
        for price, long, short in zip(self.price, self.long, self.short, strict=True):
            for amount, shift, colour in ((long, 0.0, _BLUE), (short, bar / 2, _ORANGE)):
                high_here = amount / most * tall
                place = f'x="{x(price) + shift:.1f}" y="{base - high_here:.1f}"'
                size = f'width="{bar / 2:.1f}" height="{high_here:.1f}"'
                parts.append(f'<rect {place} {size} fill="{colour}"/>')
        parts += [
            line(mark, mark, 30.0, ' stroke-dasharray="4 3"'),
            line(left, width - 20.0, base),
            text(left, base + 18, f"{low:,.6g}"),
            text(width - 20, base + 18, f"{high:,.6g}", ' text-anchor="end"'),
            text(left, height - 6, "longs", f' fill="{_BLUE}"'),
            text(left + 50, height - 6, "shorts", f' fill="{_ORANGE}"'),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"


def _bar(share: float, width: int) -> str:
    eighths = round(share * width * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + (_BAR[rest - 1] if rest else "")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def liquidation_map(
    book: Book,
    instrument: str,
    *,
    reach: float = 0.3,
    steps: int = 60,
    beta: float | Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> LiquidationMap:
    """What becomes liquidatable at each price of an instrument.

    Args:
        book: the book, at its prices of now.
        instrument: whose price moves.
        reach: how far to each side, a fraction of the mark (0.3: from -30 % to +30 %).
        steps: how many prices, both sides together.
        beta: None: all other prices stand. A number: all others move by beta times the move,
            coins held as collateral too, stablecoins and currencies aside. By label: each its
            own, the rest stand. The instrument's base coin always moves with it.
        progress: called with what is done, how much, of how much.

    Raises:
        BookMisuse: an unknown instrument, no mark, a reach that is no fraction below 1, too many
            steps.
    """
    row = book.price_row(instrument)
    mark = float(book.prices[row])
    if not REACH_LEAST <= reach < 1.0:
        text = f"a fraction from {REACH_LEAST:g} to below 1 is expected"
        raise BookMisuse([Problem("reach", str(reach), text, "0.3 is 30 %")])
    if not 1 <= steps <= STEPS_MOST:
        text = f"from 1 to {STEPS_MOST:,} prices are expected"
        raise BookMisuse([Problem("steps", str(steps), text)])
    if not (np.isfinite(mark) and mark > 0):
        raise BookMisuse(
            [Problem("instrument", instrument, "it has no mark now", "set_prices first")]
        )
    run, together = _Run(book, row), Moves(book)
    half = max(steps // 2, 1)
    moves = np.arange(1, half + 1) * (reach / half)
    sides = []
    for side in (-1.0, 1.0):
        rows = []
        run.begin()
        for step, move in enumerate(side * moves):
            rows.append(run.step(_moved(together, row, float(move), beta)))
            if progress is not None:
                progress("prices", step + 1 + (half if side > 0 else 0), 2 * half)
        sides.append(rows)
    found = np.array([*reversed(sides[0]), *sides[1]])
    price = mark * (1.0 + np.concatenate([-moves[::-1], moves]))
    pools = found[:, 2].astype(np.int64)
    return LiquidationMap(instrument, mark, price, found[:, 0], found[:, 1], pools)


def _moved(moves: Moves, row: int, move: float, beta: float | Mapping[str, float] | None) -> F8:
    rest, marks = 0.0, {row: move}
    coins = moves.with_coin(row, move)
    if isinstance(beta, Mapping):
        for label, one in beta.items():
            other, by = moves.book.price_row(label), max(one * move, _FLOOR)
            priced = moves.rows[other]
            if priced.asset:
                coins[priced.venue, priced.name] = by
            else:
                marks.setdefault(other, by)
                coins = moves.with_coin(other, by) | coins
    elif beta is not None:
        rest = max(beta * move, _FLOOR)
    return moves.moved(rest, marks, coins)


class _Run:
    """A walk away from the mark: what is newly liquidatable at each step."""

    def __init__(self, book: Book, row: int) -> None:
        self.book, self.row = book, row
        self.out = book.outcome()
        self.equity = np.empty(int(book.store.room.tally[JOINTS]))
        self.seen = np.zeros(book.slices * LANES, np.uint8)

    def begin(self) -> None:
        """Start at the mark: what is liquidatable there already is not counted."""
        self.seen[:] = 0
        self.step(self.book.prices)

    def step(self, prices: F8) -> tuple[float, float, int]:
        """Notional of longs and of shorts, and the pools, that are newly reached."""
        book = self.book
        units = book.units(prices)
        book.run(prices, units, self.out, self.equity, initial=False)
        long, short, pools = np.zeros(1), np.zeros(1), np.zeros(1, np.int64)
        map_liquidations(
            0, book.slices, book.store, book.table, units, self.row, self.out.status, self.seen,
            long, short, pools, Status.LIQUIDATION.rank,
        )  # fmt: skip
        return float(long[0]), float(short[0]), int(pools[0])
