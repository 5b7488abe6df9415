"""The change of margin balance, requirement and buffer in parts that sum to it exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from marginline.core.account.account import Account
from marginline.core.account.moments import moment_text
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO, exactly, text_or_none, to_text
from marginline.errors import InputError, Problem
from marginline.ledger.attribution.causes import Cause
from marginline.ledger.attribution.steps import Flow, Step, flows_of, outside, steps
from marginline.ledger.entry import Entry
from marginline.ledger.exactly import SUMS, less, total

MEASURES = ("margin_balance", "requirement", "buffer")
"""What is attributed. The requirement is what the trigger compares: its level times maintenance
margin, plus the closing fee; the buffer is the support less it."""


class Levels(NamedTuple):
    """A pool's three figures in its asset; None where there is none, `why` says so.

    `positions`: by symbol and key, each position's own unrealized P&L and maintenance margin.
    """

    asset: str
    margin_balance: Decimal | None
    requirement: Decimal | None
    buffer: Decimal | None
    why: str = ""
    positions: Mapping[str, Mapping[str, tuple[Decimal, Decimal]]] = {}

    def figures(self) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
        """The three in the order of `MEASURES`."""
        return (self.margin_balance, self.requirement, self.buffer)


Look = Callable[[Account], Mapping[str, Levels]]
"""What a rulebook says of an account, by pool id."""

NOTHING = (ZERO, ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Part:
    """One cause's share of a pool's change, in the pool's asset; plus raises the figure."""

    cause: Cause
    pool: str
    asset: str
    where: str
    margin_balance: Decimal
    requirement: Decimal
    buffer: Decimal

    def amount(self, measure: str) -> Decimal:
        """The share of one of `MEASURES`."""
        found: Decimal = getattr(self, measure)
        return found

    def of(self, amounts: Sequence[Decimal], **others: Any) -> Part:
        """The same part with other amounts, in the order of `MEASURES`, and other names."""
        margin_balance, requirement, buffer = amounts
        return replace(
            self, margin_balance=margin_balance, requirement=requirement, buffer=buffer, **others
        )

    def to_dict(self) -> dict[str, str]:
        """The part as a document."""
        return {
            "cause": self.cause.value,
            "pool": self.pool,
            "asset": self.asset,
            "where": self.where,
            **{measure: to_text(self.amount(measure)) for measure in MEASURES},
        }


@dataclass(frozen=True, slots=True)
class PoolChange:
    """A pool before and after. A pool that is not there holds nothing: its figures are 0."""

    pool: str
    asset: str
    before: Levels
    after: Levels

    def change(self, measure: str) -> Decimal | None:
        """The change of one of `MEASURES`; None where either figure is not known."""
        place = MEASURES.index(measure)
        old, new = self.before.figures()[place], self.after.figures()[place]
        return None if old is None or new is None else less(new, old)


@dataclass(frozen=True, slots=True)
class Attribution:
    """Why the figures moved between two moments, part by part.

    The parts of a pool sum to its change to the last digit. `outside` are flows of assets that the
    account does not hold; `notes` say what could not be told apart, `sides` long or short by key.
    """

    begins: datetime
    ends: datetime
    pools: tuple[PoolChange, ...]
    parts: tuple[Part, ...]
    outside: tuple[Flow, ...] = ()
    notes: tuple[str, ...] = ()
    sides: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def assets(self) -> tuple[str, ...]:
        """The assets of the pools; amounts of different assets are never added."""
        return tuple(dict.fromkeys(pool.asset for pool in self.pools))

    @property
    def unknown(self) -> tuple[PoolChange, ...]:
        """Pools of which a figure is not known before or after."""
        return tuple(p for p in self.pools if any(p.change(m) is None for m in MEASURES))

    def change(self, asset: str, measure: str = "margin_balance") -> Decimal | None:
        """The change of all pools of an asset; None where one of them is not known."""
        found = [p.change(measure) for p in self.pools if p.asset == asset]
        known = [amount for amount in found if amount is not None]
        return total(known) if len(known) == len(found) else None

    def of(self, asset: str, *, pool: str | None = None) -> tuple[Part, ...]:
        """The parts of an asset's pools, or of one of them."""
        return tuple(p for p in self.parts if p.asset == asset and pool in (None, p.pool))

    def by_cause(self, asset: str, measure: str = "margin_balance") -> dict[Cause, Decimal]:
        """The change by cause, in their order; 0 is left out, but for what is unexplained."""
        found = dict.fromkeys(Cause, ZERO)
        for part in self.of(asset):
            found[part.cause] = SUMS.add(found[part.cause], part.amount(measure))
        return {c: amount for c, amount in found.items() if amount or c is Cause.UNEXPLAINED}

    def by_place(
        self, asset: str, measure: str = "margin_balance"
    ) -> dict[tuple[Cause, str], Decimal]:
        """The change by cause and position, symbol, asset or table."""
        found: dict[tuple[Cause, str], Decimal] = {}
        for part in self.of(asset):
            key = (part.cause, part.where)
            found[key] = SUMS.add(found.get(key, ZERO), part.amount(measure))
        return {key: amount for key, amount in found.items() if amount}

    def by_position(self, asset: str, measure: str = "margin_balance") -> dict[str, Decimal]:
        """What each position's price, funding, fees and fills did, by its place."""
        found: dict[str, Decimal] = {}
        for (cause, where), amount in self.by_place(asset, measure).items():
            if cause in _OF_POSITIONS and where not in self.assets:
                found[where] = SUMS.add(found.get(where, ZERO), amount)
        return found

    def unexplained(self, asset: str, measure: str = "margin_balance") -> Decimal:
        """What neither file nor log explains: 0 on a complete book."""
        parts = self.of(asset)
        return total(p.amount(measure) for p in parts if p.cause is Cause.UNEXPLAINED)

    def __add__(self, later: Attribution) -> Attribution:
        """Two spans on end as one: every part and every change adds up.

        Raises:
            InputError: the later one does not begin where this one ends.
        """
        if later.begins != self.ends:
            text = moment_text(later.begins)
            problem = Problem("begins", text, f"must be {moment_text(self.ends)}, where this ends")
            raise InputError([problem])
        old, new = ({p.pool: p for p in a.pools} for a in (self, later))
        pools = tuple(_joined(old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new]))
        return Attribution(
            self.begins,
            later.ends,
            pools,
            merged((*self.parts, *later.parts)),
            (*self.outside, *later.outside),
            tuple(dict.fromkeys((*self.notes, *later.notes))),
            {**self.sides, **later.sides},
        )

    def to_dict(self) -> dict[str, object]:
        """The document `marginline/attribution/1`."""
        return {
            "schema": "marginline/attribution/1",
            "begins": moment_text(self.begins),
            "ends": moment_text(self.ends),
            "pools": [_pool_document(pool) for pool in self.pools],
            "parts": [part.to_dict() for part in self.parts],
            "unexplained": {a: to_text(self.unexplained(a)) for a in self.assets},
            "outside": [
                {"kind": f.kind.value, "asset": f.asset, "amount": to_text(f.amount)}
                for f in self.outside
            ],
            "notes": list(self.notes),
        }


_OF_POSITIONS = frozenset(
    {
        Cause.MARKET,
        Cause.BASIS,
        Cause.PRICE,
        Cause.HEDGE,
        Cause.HEDGE_RESIDUAL,
        Cause.FUNDING,
        Cause.FEES,
        Cause.LIQUIDATION,
        Cause.POSITION_CHANGES,
    }
)


def _joined(old: PoolChange | None, new: PoolChange | None) -> PoolChange:
    if old is None or new is None:
        found = old or new
        assert found is not None
        return found
    return replace(old, after=new.after)


def _pool_document(pool: PoolChange) -> dict[str, object]:
    told: dict[str, object] = {"pool": pool.pool, "asset": pool.asset}
    for place, measure in enumerate(MEASURES):
        old, new = pool.before.figures()[place], pool.after.figures()[place]
        told[measure] = {
            "before": text_or_none(old),
            "after": text_or_none(new),
            "change": text_or_none(pool.change(measure)),
        }
    why = pool.before.why or pool.after.why
    return told | ({"why": why} if why else {})


@exactly
def attribute_change(
    before: Account, after: Account, entries: Iterable[Entry], look: Look
) -> Attribution:
    """Attribute by stepping through the inputs that `look` judges.

    Args:
        before: the account at the first moment.
        after: the same account at the second.
        entries: what was booked; those after the first moment, up to the second, count.
        look: the figures of an account by its rulebook.

    Raises:
        InputError: the accounts are of two venues, or the second is the earlier one.
    """
    _comparable(before, after)
    span = [e for e in entries if before.as_of < e.at <= after.as_of]
    flows = flows_of(span)
    old, new = look(before), look(after)
    parts: list[Part] = []
    notes: list[str] = []
    current = dict(old)
    now = before
    for step in steps(before, after, flows):
        if step.account == now:
            continue
        now = step.account
        seen = look(now)
        for name in dict.fromkeys([*current, *seen]):
            parts += _parts(step, name, current.get(name), seen.get(name), notes)
        current = {**current, **{n: v for n, v in seen.items() if None not in v.figures()}}
        for name in set(current) - set(seen):
            del current[name]
    names = dict.fromkeys([*old, *new])
    pools = tuple(_pool(name, old.get(name), new.get(name)) for name in names)
    keys = _only_keys(before, after)
    known = {p.pool for p in pools if all(p.change(m) is not None for m in MEASURES)}
    return Attribution(
        before.as_of,
        after.as_of,
        pools,
        merged(_at_position(part, keys) for part in parts if part.pool in known),
        outside(before, after, flows),
        tuple(dict.fromkeys(notes)),
        {r.key: "long" if r.size > 0 else "short" for a in (after, before) for r in a.positions},
    )


def _only_keys(*accounts: Account) -> dict[str, str]:
    """The key of each symbol's position, where only one is meant."""
    found: dict[str, set[str]] = {}
    for account in accounts:
        for row in account.positions:
            found.setdefault(row.instrument, set()).add(row.key)
    return {symbol: next(iter(keys)) for symbol, keys in found.items() if len(keys) == 1}


def _at_position(part: Part, keys: Mapping[str, str]) -> Part:
    """What an instrument's name alone tells, at its position."""
    if part.cause not in _OF_POSITIONS and part.cause is not Cause.MARGIN_MOVES:
        return part
    return replace(part, where=keys.get(part.where, part.where))


def _comparable(before: Account, after: Account) -> None:
    problems = []
    if before.venue != after.venue:
        message = f"the account before is of {before.venue}"
        problems.append(Problem("venue", after.venue, message, "compare one account with itself"))
    if before.as_of > after.as_of:
        message = f"is before {moment_text(before.as_of)}, the moment of the first account"
        problems.append(Problem("as_of", moment_text(after.as_of), message, "turn them round"))
    if problems:
        raise InputError(problems)


def _pool(name: str, old: Levels | None, new: Levels | None) -> PoolChange:
    asset = (new or old or _EMPTY).asset
    empty = _EMPTY._replace(asset=asset)
    return PoolChange(name, asset, old or empty, new or empty)


_EMPTY = Levels("", ZERO, ZERO, ZERO)


def _parts(
    step: Step, name: str, old: Levels | None, new: Levels | None, notes: list[str]
) -> list[Part]:
    """What a step did to a pool. Where it leaves a figure unknown, the next known one tells it."""
    asset = (new or old or _EMPTY).asset
    left, right = (old or _EMPTY).figures(), (new or _EMPTY).figures()
    if None in right:
        why = "" if new is None else new.why
        notes.append(f"{name}: {step.cause.value} is told with what follows it; {why}")
        return []
    change = [
        less(b, a) for a, b in zip(left, right, strict=True) if a is not None and b is not None
    ]
    if len(change) < len(MEASURES) or not any(change):
        return []
    whole = Part(step.cause, name, asset, step.where, change[0], change[1], change[2])
    return _by_leg(whole, step, old or _EMPTY, new or _EMPTY)


_MOVES = (Cause.MARKET, Cause.BASIS, Cause.PRICE)
_CLOSE = Decimal("1e-25")


def _by_leg(whole: Part, step: Step, old: Levels, new: Levels) -> list[Part]:
    """A price's part by position. Legs that their own figures do not add up to stay together."""
    if step.cause not in _MOVES:
        return [whole]
    was, legs = old.positions.get(step.where, {}), new.positions.get(step.where, {})
    if len(legs) == 1:
        return [replace(whole, where=next(iter(legs)))]
    if not legs or set(was) != set(legs):
        return [whole]
    pnl = [less(legs[key][0], was[key][0]) for key in legs]
    held = [less(legs[key][1], was[key][1]) for key in legs]
    if _apart(whole.margin_balance, pnl) or _apart(whole.requirement, held):
        return [whole]
    pnl[-1] = less(whole.margin_balance, total(pnl[:-1]))
    held[-1] = less(whole.requirement, total(held[:-1]))
    free = [less(a, b) for a, b in zip(pnl, held, strict=True)]
    free[-1] = less(whole.buffer, total(free[:-1]))
    return [
        whole.of((a, b, c), where=key) for key, a, b, c in zip(legs, pnl, held, free, strict=True)
    ]


def _apart(whole: Decimal, parts: list[Decimal]) -> bool:
    largest = max(map(abs, (whole, *parts)))
    return abs(less(whole, total(parts))) > _CLOSE * largest


def merged(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Parts of one cause, pool and place as one, in the order of the causes; nothing is dropped."""
    found: dict[tuple[Cause, str, str], Part] = {}
    for part in parts:
        key = (part.cause, part.pool, part.where)
        known = found.get(key)
        found[key] = part if known is None else _sum(known, part)
    order = {cause: place for place, cause in enumerate(Cause)}
    kept = (p for p in found.values() if any(p.amount(m) for m in MEASURES))
    return tuple(sorted(kept, key=lambda part: order[part.cause]))


def _sum(one: Part, other: Part) -> Part:
    return one.of([SUMS.add(one.amount(m), other.amount(m)) for m in MEASURES])
