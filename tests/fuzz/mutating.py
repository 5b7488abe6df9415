"""Mutations of a document or of answers, and what must hold of every answer to them.

Nothing but an InputError is ever raised; no answer takes more than two seconds or 1 GB; no figure
is NaN or infinite, none that cannot be below 0 is, and where there is none it is said why.
Taking information away never makes a status better and never changes a number without a finding.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path as FilePath
from typing import Any, Protocol

from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Code, Status
from marginline.core.measures import Measure
from marginline.errors import InputError
from tests.venues.missing import unexplained

Path = tuple[str | int, ...]
SECONDS_MAX = 2.0
SELDOM = 0.2
"""How much rarer the accounts with hundreds of risk steps are taken: each costs ten others."""
BYTES_MAX = 2**30
NEVER_NEGATIVE = frozenset(m for m in Measure if m.meaning.sign.value == "never negative")

TAKEN: tuple[object, ...] = (None, "", "NaN", "x", [], {})
"""What says as little as nothing: whoever finds it knows less than before."""
_OTHERS: tuple[object, ...] = (
    "0", "-1", "1e999", "1e-999", "1" * 40, "-0.5", "0.000000000000000000000000000001", 0, True,
    "1000000000000000000000", [None], [{}], [[]], "both", "\x00", "USDT", {"list": None},
    {"result": {}}, {"data": None}, "Infinity", "9" * 5000,
)  # fmt: skip
_TURNS: tuple[Callable[[Decimal], Decimal], ...] = (
    lambda number: -number,
    lambda number: number * 10,
    lambda number: number / 1000,
    lambda number: number * Decimal("1e18"),
    lambda number: number * Decimal("1e-18"),
    lambda number: number + 1,
)


class Mutable(Protocol):
    """An account of whatever form that is mutated."""

    @property
    def weight(self) -> float:
        """How often it is taken beside others."""

    def mutate(self, chance: random.Random) -> None:
        """One mutation of it, checked."""


def run(seed: int, inputs: int, accounts: Sequence[Mutable]) -> None:
    """So many mutations from a seed; each has a chance of its own, so that it can be had alone.

    Raises:
        AssertionError: a mutation broke a rule; the message names seed and number.
    """
    weights = [each.weight for each in accounts]
    for number in range(inputs):
        chance = random.Random(f"{seed} {number}")
        (base,) = chance.choices(accounts, weights)
        try:
            base.mutate(chance)
        except Exception as fault:
            raise AssertionError(f"seed {seed}, input {number}: {fault!r}") from fault


def places(value: object, path: Path = ()) -> Iterator[Path]:
    """Every path below a document."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield (*path, name)
            yield from places(member, (*path, name))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield (*path, number)
            yield from places(member, (*path, number))


def at(document: Any, path: Path) -> Any:
    """What stands at a path.

    Raises:
        KeyError, IndexError, TypeError: nothing does.
    """
    for step in path:
        document = document[step]
    return document


def changed(document: Any, path: Path, change: Callable[[Any, Any], None]) -> Any:
    """The document with its parent of a path changed; all that is not on the way is shared."""
    copied = document.copy()
    if len(path) == 1:
        change(copied, path[0])
    else:
        copied[path[0]] = changed(document[path[0]], path[1:], change)
    return copied


def without(document: Any, path: Path) -> Any:
    """The document less what stands at a path."""
    return changed(document, path, lambda parent, last: parent.__delitem__(last))


def placed(document: Any, path: Path, value: object) -> Any:
    """The document with another value at a path."""
    return changed(document, path, lambda parent, last: parent.__setitem__(last, value))


def other_value(chance: random.Random, value: object) -> object:
    """Something else for a value: a number turned, or what no number is."""
    if chance.random() < 0.5 and (number := _number(value)) is not None:
        return str(chance.choice(_TURNS)(number))
    return chance.choice((*TAKEN, *_OTHERS))


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


# -- what must hold ------------------------------------------------------------------------------


def judged(make: Callable[[], Assessment]) -> Assessment | None:
    """The assessment; None where the input is refused. Anything else raised is a fault.

    Whether it took too long is asked of the clock on the wall, which costs nothing, and where that
    says so of the processor's, which other programs do not slow.
    """
    begun = time.perf_counter()
    found = _assessed(make)
    if time.perf_counter() - begun >= SECONDS_MAX:
        begun = time.process_time()
        _assessed(make)
        passed = time.process_time() - begun
        assert passed < SECONDS_MAX, f"took {passed} seconds"
    if found is not None:
        check_sound(found)
    return found


def _assessed(make: Callable[[], Assessment]) -> Assessment | None:
    try:
        return make()
    except InputError:
        return None


def check_sound(found: Assessment) -> None:
    """What must hold of every assessment there is.

    A requirement may be negative only where what was given is said to contradict itself.
    """
    assert not (bare := unexplained(found)), f"null without a word: {bare}"
    told = {finding.code for finding in found.findings}
    contradicts = not told.isdisjoint((Code.CONTRADICTION, Code.PRICES_DISAGREE))
    parts: list[tuple[str, Any]] = [("account", found.measures)]
    for pool in found.pools:
        parts += [(pool.id, pool.measures), *((p.key, p.measures) for p in pool.positions)]
    for where, measures in parts:
        for measure, value in measures.items():
            if value is None:
                continue
            assert value.is_finite(), f"{where} {measure} is {value}"
            fits = value >= 0 or measure not in NEVER_NEGATIVE or contradicts
            assert fits, f"{where} {measure} is {value}"


def check_less(whole: Assessment, less: Assessment) -> None:
    """What must hold when information has been taken away.

    Raises:
        AssertionError: the status became better, or a number another without a finding.
    """
    check_no_better(whole, less)
    new = set(less.all_findings()) - set(whole.all_findings())
    for pool in whole.pools:
        other = next((each for each in less.pools if each.id == pool.id), None)
        if other is None:
            assert new, f"{pool.id} is gone without a finding"
            continue
        for measure, value in pool.measures.items():
            now = other.measures.get(measure)
            same = now == value or now is None
            assert same or new, f"{measure}: {value} became {now}, no finding"


def check_no_better(whole: Assessment, less: Assessment) -> None:
    """The status is not better; UNKNOWN is no better than a certain one."""
    better = less.status.rank < whole.status.rank and less.status is not Status.UNKNOWN
    assert not better, f"{whole.status} became {less.status}"


@contextmanager
def memory_limited(limit: int = BYTES_MAX) -> Iterator[None]:
    """No more than so many bytes beyond what the program takes now: else a MemoryError.

    Where the system does not tell its use (it is no Linux), nothing is limited.
    """
    try:
        import resource

        pages = FilePath("/proc/self/statm").read_text(encoding="ascii").split()[0]
    except (ImportError, OSError):
        yield
        return
    used = int(pages) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
