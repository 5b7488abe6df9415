"""A realistic crowd of accounts, from a seed.

Instruments are chosen by Zipf's law (everybody holds BTC), sizes are log-normal, leverage is a mix
of cautious and bold, some accounts are hedged across instruments and some hold one side only. The
same seed gives the same book on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from marginline.book.book import Book
from marginline.book.kernels.lanes import Rows
from marginline.book.kernels.limits import BookTooLarge
from marginline.book.memory import refuse_without_memory
from marginline.book.terms import (
    CodeTerms,
    CollateralTerms,
    ContractTerms,
    GroupTerms,
    Priced,
    Terms,
)
from marginline.core.account.account import Instrument
from marginline.core.numbers import ONE, ZERO, Quotient
from marginline.core.pool.pool import Kind, Trigger
from marginline.core.pool.schedules import HaircutSchedule, TierSchedule
from marginline.venues.resolve.schedules import derived_deductions

LEVERAGES = (2, 3, 5, 10, 20, 25, 50, 75, 100, 125)
_LEVERAGE_SHARES = (0.06, 0.1, 0.2, 0.28, 0.2, 0.06, 0.05, 0.02, 0.02, 0.01)
_RATES = ("0.004", "0.005", "0.01", "0.02", "0.025", "0.05", "0.1", "0.125", "0.15", "0.25")
_FLOORS = ("0", "1", "12", "60", "240", "600", "1200", "2400", "3600", "6000")
COINS = ("BTC", "ETH")


@dataclass(frozen=True, slots=True)
class Crowd:
    """What to generate.

    `accounts` pools with `positions_mean` positions each (geometric, at least 1) in `instruments`
    instruments; of the accounts `isolated` are single isolated positions, `hedged` hold both
    directions, `joint` hold coins as collateral in one pool of several assets (`inverse` of the
    instruments are coin-margined and only they hold those).
    """

    accounts: int
    instruments: int = 300
    positions_mean: float = 3.2
    seed: int = 1
    isolated: float = 0.1
    hedged: float = 0.25
    joint: float = 0.0
    inverse: float = 0.0
    whole_tiers: float = 0.0


Progress = Callable[[str, int, int], None]


def generate(crowd: Crowd, *, progress: Progress | None = None, threads: int | None = None) -> Book:
    """A book of a generated crowd.

    Raises:
        BookTooLarge: an index or the memory would not hold it; said before any work.
    """
    expected = crowd.accounts * crowd.positions_mean
    refuse_without_memory(int(expected * 90 + crowd.accounts * 150), "generating this crowd")
    if crowd.instruments > 20_000:
        raise BookTooLarge("instruments", crowd.instruments, 20_000, "generate fewer")
    random = np.random.Generator(np.random.PCG64(crowd.seed))
    terms = Terms()
    marks = _instruments(crowd, terms, random)
    book = Book(terms, threads=threads)
    book.terms_changed()
    book.prices[1 : 1 + len(marks)] = marks
    for coin, rate in zip(COINS, (60_000.0, 2_500.0), strict=True):
        terms.priced.number(Priced(coin, "generated", True, "USDT"))
        book.terms_changed()
        book.prices[-1] = rate
    done, batch = 0, 500_000
    while done < crowd.accounts:
        count = min(batch, crowd.accounts - done)
        book.add_rows(_rows(crowd, book, random, count), count)
        done += count
        if progress is not None:
            progress("generating accounts", done, crowd.accounts)
    return book


def _instruments(crowd: Crowd, terms: Terms, random: np.random.Generator) -> NDArray[np.float64]:
    marks = np.exp(random.normal(1.0, 2.5, crowd.instruments))
    marks[0] = 60_000.0
    inverse = int(crowd.instruments * crowd.inverse)
    whole = int(crowd.instruments * crowd.whole_tiers)
    for rank in range(crowd.instruments):
        is_inverse = rank < inverse
        symbol = f"C{rank:04d}" + ("USD" if is_inverse else "USDT")
        price = terms.priced.number(Priced(symbol, "generated"))
        coin = COINS[rank % 2]
        if is_inverse:
            marks[rank] = 60_000.0 if rank % 2 == 0 else 2_500.0
            face = Decimal(100 if rank % 2 == 0 else 10)
            instrument = Instrument(
                symbol=symbol,
                payoff="inverse",
                base=coin,
                quote="USD",
                settle=coin,
                contract_size=face,
            )
            scale = Decimal("0.5")
        else:
            instrument = Instrument(
                symbol=symbol, payoff="linear", base=f"C{rank:04d}", quote="USDT", settle="USDT"
            )
            scale = Decimal(50_000 if rank < 10 else 20_000 if rank < 60 else 5_000)
        kind = "whole" if rank >= crowd.instruments - whole else "marginal"
        asset = coin if is_inverse else "USDT"
        terms.contracts.number(ContractTerms(price, instrument, "both", asset, _tiers(scale, kind)))
    for leverage in LEVERAGES:
        terms.codes.number(CodeTerms(Decimal(leverage), Quotient(ONE, Decimal(leverage))))
    return np.array([float(f"{mark:.6g}") for mark in marks])


def _tiers(scale: Decimal, kind: str) -> TierSchedule:
    floors = tuple(Decimal(floor) * scale for floor in _FLOORS)
    rates = [Decimal(rate) for rate in _RATES]
    deductions = derived_deductions(floors, rates) if kind == "marginal" else [ZERO] * len(rates)
    none = (None,) * len(rates)
    return TierSchedule("notional", kind, floors, tuple(rates), tuple(deductions), none, none)


def _rows(crowd: Crowd, book: Book, random: np.random.Generator, accounts: int) -> Rows:
    """Rows of so many accounts; all draws are made for all accounts, whatever becomes of them."""
    terms = book.terms
    # Isolated accounts hold one position: the others hold more, so that the mean is as asked.
    several = (crowd.positions_mean - crowd.isolated) / max(1.0 - crowd.isolated, 0.01)
    counts = random.geometric(1 / max(several, 1.0), accounts).astype(np.int64)
    isolated = random.random(accounts) < crowd.isolated
    joint = ~isolated & (random.random(accounts) < crowd.joint)
    linear_first = 1 + int(crowd.instruments * crowd.inverse)
    counts = np.minimum(counts, min(64, crowd.instruments - linear_first + 1))
    counts = np.where(isolated, 1, counts)
    total = int(counts.sum())
    account = np.repeat(np.arange(accounts), counts)
    first = np.concatenate([[0], np.cumsum(counts)])[:-1]
    order = np.arange(total) - np.repeat(first, counts)
    contract = _zipf(random, total, crowd.instruments, linear_first)
    contract = _distinct(contract, account, order, linear_first, crowd.instruments)
    notional = np.exp(random.normal(6.0, 2.2, total))
    hedged = (random.random(accounts) < crowd.hedged)[account]
    side = np.where(random.random(accounts) < 0.55, 1.0, -1.0)[account]
    flip = np.where(random.random(total) < 0.5, -1.0, 1.0)
    side = np.where(hedged, flip, side)
    price_of = book.prices[[row.price for row in terms.contracts.rows]]
    mark = price_of[contract]
    entry = _rounded(mark * np.exp(random.normal(0.0, 0.06, total)))
    size = _rounded(side * notional / mark)
    leverage_choice = random.choice(len(LEVERAGES), total, p=_LEVERAGE_SHARES)
    code = (leverage_choice + 1).astype(np.uint16)
    leverage = np.array(LEVERAGES, float)[leverage_choice]
    value = np.abs(size) * entry
    lost = np.bincount(account, size * (entry - mark), accounts)
    posted = np.bincount(account, value / leverage, accounts)
    spare = np.exp(random.normal(0.3, 0.9, accounts))
    cash = np.maximum(posted * (1.0 + spare), lost + posted * (0.2 + spare))
    cash = np.round(np.where(isolated, np.maximum(posted, lost + 0.3 * posted), cash), 4) + 0.01
    isolated_group = terms.groups.number(GroupTerms(Kind.ISOLATED, "USDT", Trigger()))
    cross_group = terms.groups.number(GroupTerms(Kind.CROSS, "USDT", Trigger()))
    group = np.where(isolated, isolated_group, cross_group).astype(np.uint16)
    columns: tuple[Any, ...] = (
        np.arange(accounts, dtype=np.uint32),
        np.full(accounts, -1, np.int64),
        group,
        cash,
        counts,
        contract.astype(np.uint16),
        size,
        entry,
        code,
    )
    rows = Rows(*columns, *_no_joints())
    return _with_joints(rows, terms, random, joint, linear_first) if joint.any() else rows


def _no_joints() -> tuple[Any, ...]:
    whole, real = np.zeros(0, np.int64), np.zeros(0)
    short = np.zeros(0, np.uint16)
    return (whole, real, real, real, whole, whole, short, real, short, real, real, real, real)


def _zipf(
    random: np.random.Generator, count: int, instruments: int, first: int
) -> NDArray[np.int64]:
    """Contract numbers, the k-th with a share of 1 / k."""
    linear = instruments - first + 1
    shares = 1.0 / np.arange(1, linear + 1)
    edges = np.cumsum(shares / shares.sum())
    return np.minimum(np.searchsorted(edges, random.random(count)), linear - 1) + first


def _distinct(
    contract: NDArray[np.int64],
    account: NDArray[np.int64],
    order: NDArray[np.int64],
    first: int,
    instruments: int,
) -> NDArray[np.int64]:
    """Shift each further position of an account, so that no two share an instrument."""
    linear = instruments - first + 1
    place = (contract - first + order * 37) % linear
    while True:  # the first of equal ones stays: every place is found in its turn
        _, unique = np.unique(account * linear + place, return_index=True)
        if len(unique) == len(place):
            return place + first
        again = np.ones(len(place), bool)
        again[unique] = False
        place[again] = (place[again] + 1) % linear


def _rounded(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Six significant digits, as venues print sizes and prices; never 0."""
    digits = 5 - np.floor(np.log10(np.abs(numbers))).astype(np.int64)
    scale = 10.0 ** np.abs(digits).astype(float)
    up = np.where(digits >= 0, np.round(numbers * scale) / scale, np.round(numbers / scale) * scale)
    return np.asarray(up)


def _with_joints(
    rows: Rows,
    terms: Terms,
    random: np.random.Generator,
    joint: NDArray[np.bool_],
    linear_first: int,
) -> Rows:
    """Turn the chosen accounts into pools of USDT, BTC and ETH, the coins cut by slices."""
    numbers = np.flatnonzero(joint)
    group = terms.groups.number(GroupTerms(Kind.ACCOUNT, "USDT", Trigger(level=Decimal("1.05"))))
    kinds = [terms.collaterals.number(CollateralTerms("USDT"))]
    kinds += [terms.collaterals.number(_coin(terms, coin)) for coin in COINS]
    rates = [terms.priced.number(Priced(c, "generated", True, "USDT")) for c in COINS]
    own = [
        [n for n, row in enumerate(terms.contracts.rows[1:linear_first], 1) if row.asset == c]
        for c in COINS
    ]
    joints = len(numbers)
    groups = rows.group.copy()
    groups[numbers] = group
    joint_of = rows.joint.copy()
    joint_of[numbers] = np.arange(joints)
    legs = [_Leg(rows.cash, rows.held, rows.contract, rows.size, rows.entry, rows.code)]
    for rate, inverse, (price, face) in zip(rates, own, _PRICED, strict=True):
        worth = rows.cash[numbers] * np.exp(random.normal(-1.0, 1.0, joints))
        legs.append(_leg(random, worth, terms.rate_contract(rate), inverse, price, face))
    cash, held, contract, size, entry, code = map(np.concatenate, zip(*legs, strict=True))
    pool = [rows.pool, *(rows.pool[numbers] for _ in COINS)]
    accounts = len(rows.cash)
    lanes = [numbers, accounts + np.arange(joints), accounts + joints + np.arange(joints)]
    zeros = np.zeros(joints)
    orders = np.where(random.random(joints) < 0.3, np.round(rows.cash[numbers] * 0.02, 4), 0.0)
    return Rows(
        np.concatenate(pool),
        np.concatenate([joint_of, np.arange(joints), np.arange(joints)]),
        np.concatenate([groups, np.full(2 * joints, group, np.uint16)]),
        cash,
        held,
        contract,
        size,
        entry,
        code,
        numbers,
        zeros,
        zeros,
        orders,
        np.stack(lanes, axis=1).ravel(),
        np.repeat(np.arange(joints), 3),
        np.tile(np.array(kinds, np.uint16), joints),
        np.zeros(3 * joints),
        np.zeros(3 * joints, np.uint16),
        *(np.zeros(3 * joints) for _ in range(4)),
    )


_PRICED = ((60_000.0, 100.0), (2_500.0, 10.0))
"""Price, and face of an inverse contract, by coin."""


class _Leg(NamedTuple):
    """Lanes of one asset: what lies in each and how many positions it has, then the positions."""

    cash: NDArray[np.float64]
    held: NDArray[np.int64]
    contract: NDArray[np.uint16]
    size: NDArray[np.float64]
    entry: NDArray[np.float64]
    code: NDArray[np.uint16]


def _leg(
    random: np.random.Generator,
    worth: NDArray[np.float64],
    rate: int,
    inverse: Sequence[int],
    price: float,
    face: float,
) -> _Leg:
    """A coin of `worth` in each pool, held at its `rate`, half of them with an inverse position."""
    held = (random.random(len(worth)) < 0.5) if inverse else np.zeros(len(worth), bool)
    per_leg = 1 + held.astype(np.int64)
    total, ends = int(per_leg.sum()), np.cumsum(per_leg) - 1
    contracts, codes = np.zeros(total, np.uint16), np.zeros(total, np.uint16)
    sizes, entries = np.ones(total), np.ones(total)
    contracts[ends] = rate
    starts = ends[held] - 1
    if inverse:
        contracts[starts] = random.choice(inverse, len(starts))
        sizes[starts] = np.round(random.normal(0, 0.5, len(starts)) * worth[held] / face) + 0.5
        entries[starts] = np.round(price * np.exp(random.normal(0, 0.05, len(starts))), 1)
        codes[starts] = 4
    return _Leg(np.round(worth / price, 8), per_leg, contracts, sizes, entries, codes)


def _coin(terms: Terms, coin: str) -> CollateralTerms:
    scale = Decimal(10 if coin == "BTC" else 200)
    floors = (ZERO, scale, scale * 10)
    ratios = (Decimal("0.95"), Decimal("0.9"), Decimal("0.5"))
    cumulatives = (ZERO, scale * Decimal("0.05"), scale * Decimal("4.05"))
    haircut = HaircutSchedule("quantity", "marginal", floors, ratios, cumulatives)
    row = terms.priced.number(Priced(coin, "generated", True, "USDT"))
    return CollateralTerms(coin, row, haircut=haircut)
