"""The fault script: what goes wrong on the wire, when, and to whom.

A fault is one row of a TOML or JSON document (or a `dict` at run time):

```toml
[[fault]]
kind = "silence"           # the sockets stay open and say nothing
venue = "bybit_unified"    # left out: both venues
stream = "tickers.*"       # left out: every stream
after = 20                 # real seconds after the start, or after it was added at run time
for = 15                   # left out: until it is taken away
```

Which kinds there are, and what each may say, are the classes below. `every` and `times` pick out
of the frames or answers that match: `every = 3, times = 2` hits the third and the sixth.
"""

from __future__ import annotations

import itertools
import math
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple, TypeVar, get_args, get_type_hints

import msgspec

from marginline.core.document.misfit import NO_CHOICE, UNKNOWN, misfit
from marginline.errors import InputError, Problem, shown

VENUES = ("binance_usdm", "bybit_unified")


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a fault holds: seconds are real ones, whatever the speed of the world."""

    id: str = ""
    venue: Literal["", "binance_usdm", "bybit_unified"] = ""
    after: float = 0
    lasts: float | None = msgspec.field(default=None, name="for")
    times: int | None = None
    every: int = 1


# -- answers -------------------------------------------------------------------------------------


class OnAnswers(When, frozen=True, kw_only=True):
    """A fault of REST answers: `path` may hold `*`; `account` is the name of the key's account."""

    path: str = "*"
    account: str = "*"


class Status(OnAnswers, frozen=True, kw_only=True, tag_field="kind", tag="status"):
    """Another answer than the true one: `status` with a body of the kind named.

    `body`: json (the venue's error `code` and `message`), html (a proxy's page), text, empty.
    `status = 200, body = "html"` is the page that a careless client reads as an empty account.
    """

    status: int = 503
    body: Literal["json", "html", "text", "empty", "null", "object", "list"] = "json"
    retry_after: int | None = None
    code: int | None = None
    message: str | None = None


class Cut(OnAnswers, frozen=True, kw_only=True, tag_field="kind", tag="cut"):
    """The true answer, ending too early: this share of its text, with its status 200."""

    share: float = 0.6


class Rename(OnAnswers, frozen=True, kw_only=True, tag_field="kind", tag="rename"):
    """A field is called otherwise, wherever it stands in the answer."""

    field: str
    to: str


class Blank(OnAnswers, frozen=True, kw_only=True, tag_field="kind", tag="blank"):
    """A field holds `""`, null, or is missing. `nextPageCursor` blank: the next page is unknown."""

    field: str
    value: Literal["", "null", "missing"] = ""


class Delay(OnAnswers, frozen=True, kw_only=True, tag_field="kind", tag="delay"):
    """The true answer, `ms` real milliseconds late."""

    ms: int


class Hang(OnAnswers, frozen=True, kw_only=True, tag_field="kind", tag="hang"):
    """No answer ever: the client has to give up by itself."""


# -- frames --------------------------------------------------------------------------------------


class OnFrames(When, frozen=True, kw_only=True):
    """A fault of stream frames.

    `stream` may hold `*`. Names: Binance's stream (`btcusdt@markPrice@1s`), `user:` and the event
    for its private stream (`user:ACCOUNT_UPDATE`); Bybit's topic (`tickers.BTCUSDT`, `wallet`).
    """

    stream: str = "*"
    account: str = "*"


class Silence(OnFrames, frozen=True, kw_only=True, tag_field="kind", tag="silence"):
    """Nothing arrives and the socket stays open. Without `pongs` it answers no ping either."""

    pongs: bool = True


class Deaf(OnFrames, frozen=True, kw_only=True, tag_field="kind", tag="deaf"):
    """Subscriptions made meanwhile are acknowledged and never delivered, also afterwards."""


class Lose(OnFrames, frozen=True, kw_only=True, tag_field="kind", tag="lose"):
    """A frame does not arrive."""


class Double(OnFrames, frozen=True, kw_only=True, tag_field="kind", tag="double"):
    """A frame arrives twice."""


class Late(OnFrames, frozen=True, kw_only=True, tag_field="kind", tag="late"):
    """A frame arrives `ms` real milliseconds late; those after it overtake it."""

    ms: int


class Reorder(OnFrames, frozen=True, kw_only=True, tag_field="kind", tag="reorder"):
    """Each `count` frames that match arrive in the reverse order."""

    count: int = 2


class Garble(OnFrames, frozen=True, kw_only=True, tag_field="kind", tag="garble"):
    """A frame arrives as something else: cut JSON, a NaN in it, HTML, a list of numbers."""

    how: Literal["cut", "nan", "html", "list"] = "cut"


class Close(OnFrames, frozen=True, kw_only=True, tag_field="kind", tag="close"):
    """The connection ends after `frames` frames that match; code 1006 aborts it without a word."""

    frames: int = 0
    code: int = 1001


# -- keys and clocks -----------------------------------------------------------------------------


class ExpireListenKey(When, frozen=True, kw_only=True, tag_field="kind", tag="expire_listen_key"):
    """Binance's listen key ends at once; with or without the event that says so.

    `same_key`: the next POST returns the same text again.
    """

    account: str = "*"
    event: bool = True
    same_key: bool = False


class Skew(When, frozen=True, kw_only=True, tag_field="kind", tag="skew"):
    """The venue's clock is off by `ms`: plus is ahead."""

    ms: int


Fault = (
    Status | Cut | Rename | Blank | Delay | Hang
    | Silence | Deaf | Lose | Double | Late | Reorder | Garble | Close
    | ExpireListenKey | Skew
)  # fmt: skip
F = TypeVar("F", bound=When)


# -- the script ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Running:
    """A fault in the script: when it begins (seconds of the script's clock), what it has done."""

    id: str
    fault: When
    begins: float | None
    seen: int = 0
    fired: int = 0
    held: dict[object, list[object]] = field(default_factory=dict)

    def holds(self, now: float) -> bool:
        """Whether the fault is in force."""
        if self.begins is None or now < self.begins or self.spent:
            return False
        return self.fault.lasts is None or now < self.begins + self.fault.lasts

    @property
    def spent(self) -> bool:
        """Whether it has hit as often as it may."""
        return self.fault.times is not None and self.fired >= self.fault.times

    def hits(self) -> bool:
        """Count one that matches; True where this one is hit."""
        self.seen += 1
        if self.seen % self.fault.every or self.spent:
            return False
        self.fired += 1
        return True


class FaultScript:
    """The faults of a sandbox, by file or at run time."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._rows: dict[str, Running] = {}
        self._number = itertools.count(1)
        self._started = False
        self._on_change: list[Callable[[], None]] = []

    def __iter__(self) -> Iterator[Running]:
        return iter(tuple(self._rows.values()))

    def start(self) -> None:
        """The sandbox begins: what was loaded before counts its seconds from now."""
        self._started = True
        for row in self._rows.values():
            if row.begins is None:
                row.begins = self._seconds() + row.fault.after
        self._changed()

    def add(self, fault: Fault | Mapping[str, object]) -> str:
        """Put a fault in force; its `after` counts from now. Returns its id.

        Raises:
            InputError: the row is no fault; says which field and what could stand there.
        """
        made = fault if isinstance(fault, When) else _fault(fault, "fault")
        name = made.id or f"f{next(self._number)}"
        begins = self._seconds() + made.after if self._started else None
        self._rows[name] = Running(name, made, begins)
        self._changed()
        return name

    def load(self, document: Mapping[str, object] | str) -> tuple[str, ...]:
        """Add every row of a document: a mapping with `fault`, or the text of a TOML file.

        Raises:
            InputError: the text is no TOML, or a row is no fault; then none is added.
        """
        rows = list(_rows(document))
        return tuple(self.add(row) for row in rows)

    def remove(self, name: str) -> bool:
        """Take a fault away; False where there is none of that id."""
        found = self._rows.pop(name, None) is not None
        self._changed()
        return found

    def clear(self) -> None:
        """Take every fault away."""
        self._rows.clear()
        self._changed()

    def active(self, kind: type[F], venue: str) -> Iterator[tuple[Running, F]]:
        """The faults of one kind in force for a venue, in the order they were added."""
        now = self._seconds()
        for row in tuple(self._rows.values()):
            fault = row.fault
            if isinstance(fault, kind) and fault.venue in ("", venue) and row.holds(now):
                yield row, fault

    def skew(self, venue: str) -> int:
        """Milliseconds by which the venue's clock is off now."""
        return sum(fault.ms for _, fault in self.active(Skew, venue))

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call back whenever a fault was added or taken away."""
        self._on_change.append(callback)

    def until_next(self) -> float | None:
        """Seconds until the next fault begins; None where none is waiting."""
        now = self._seconds()
        waiting = [r.begins - now for r in self if r.begins is not None and r.begins > now]
        return min(waiting, default=None)

    def document(self) -> list[dict[str, object]]:
        """Every fault with what it has done, as JSON says it."""
        now = self._seconds()
        return [
            {
                **msgspec.to_builtins(row.fault),
                "id": row.id,
                "in_force": row.holds(now),
                "seen": row.seen,
                "hit": row.fired,
            }
            for row in self
        ]

    def _changed(self) -> None:
        for callback in tuple(self._on_change):
            callback()


def matches(pattern: str, name: str) -> bool:
    """Whether a name fits a pattern with `*`, both as they are written."""
    return pattern == "*" or fnmatchcase(name, pattern)


def _rows(document: Mapping[str, object] | str) -> Iterable[Fault]:
    if isinstance(document, str):
        try:
            document = tomllib.loads(document)
        except tomllib.TOMLDecodeError as wrong:
            raise InputError(
                [Problem("faults", "", f"is no TOML: {shown(str(wrong), 200)}")]
            ) from None
    unknown = set(document) - {"fault"}
    rows = document.get("fault", [])
    if unknown or not isinstance(rows, list):
        name = shown(", ".join(sorted(map(str, unknown))) or "fault")
        remedy = "the document holds rows `[[fault]]` and nothing else"
        raise InputError([Problem("faults", name, "is no list of faults", remedy)])
    return [_fault(row, f"fault[{number}]") for number, row in enumerate(rows)]


def _fault(row: object, where: str) -> Fault:
    try:
        fault: Fault = msgspec.convert(row, Fault)
    except msgspec.ValidationError as wrong:
        raise InputError([_misshapen(str(wrong), row, where)]) from None
    _check(fault, where)
    return fault


def _misshapen(text: str, row: object, where: str) -> Problem:
    """The field that does not fit, what stands there, and what may."""
    kinds = {str(kind.__struct_config__.tag): kind for kind in Fault.__args__}
    told = row if isinstance(row, Mapping) else {}
    name = told.get("kind")
    kind = kinds.get(name) if isinstance(name, str) else None
    found = misfit(text, "", "", "")
    remedy = _UNITS.get(found.path, found.remedy)
    if kind is None:
        remedy = f"kinds are {', '.join(kinds)}"
    elif found.message == NO_CHOICE:
        remedy = f"give one of {', '.join(_choices(kind, found.path))}"
    elif found.message == UNKNOWN:
        remedy = f"a {name} may say {', '.join(sorted(kind.__struct_encode_fields__))}"
    value = shown(told[found.path]) if found.path in told else shown(row) if not told else ""
    place = f"{where}.{found.path}" if found.path else where
    return Problem(place, value, found.message, remedy)


def _choices(kind: type[When], name: str) -> Iterator[str]:
    """The words that a field takes, as TOML writes them."""
    for word in get_args(get_type_hints(kind)[name]):
        if word or name != "venue":  # without a venue it is left out
            yield f'"{word}"'


_UNITS = {
    "after": "real seconds, such as 20",
    "for": "real seconds, such as 15",
    "ms": "milliseconds, such as 500",
    "retry_after": "seconds, such as 30",
    "status": "an HTTP status, such as 503",
    "times": "how many are hit, such as 2",
    "every": "one of so many is hit, such as 3",
    "count": "frames, such as 2",
    "frames": "frames, such as 5",
    "code": "a venue's code, such as -1001; of a close 1000 to 4999",
    "share": "a share of the text, such as 0.6",
    "id": "write it in quotes",
}
"""What a field is written in, where its name does not say it."""
_UNSENT = (1005, 1015)
"""Codes that a client makes up for itself: no frame may hold one."""


class _Bounds(NamedTuple):
    """From where to where a field of a kind may lie, and what is meant by more than that."""

    kind: type[When]
    field: str
    least: float
    most: float
    instead: str = ""


_BOUNDS = (
    _Bounds(When, "after", 0, 31_536_000),
    _Bounds(When, "lasts", 0.001, 31_536_000, "left out, it holds until it is taken away"),
    _Bounds(When, "times", 1, 1_000_000, "left out, it hits without end"),
    _Bounds(When, "every", 1, 1_000_000),
    _Bounds(Status, "status", 200, 599),
    _Bounds(Status, "retry_after", 0, 259_200),  # the longest ban of a venue: three days
    _Bounds(Status, "code", -999_999_999, 999_999_999),
    _Bounds(Delay, "ms", 1, 3_600_000, "an answer that never comes is of the kind hang"),
    _Bounds(Late, "ms", 1, 3_600_000, "a frame that never comes is of the kind lose"),
    _Bounds(Skew, "ms", -86_400_000, 86_400_000),
    _Bounds(Reorder, "count", 2, 1_000),
    _Bounds(Close, "frames", 0, 1_000_000),
    _Bounds(Close, "code", 1000, 4999),
)


def _check(fault: Fault, where: str) -> None:
    """Values that would do nothing, what nobody means, and what no machine could do."""
    for kind, name, least, most, instead in _BOUNDS:
        value = getattr(fault, name) if isinstance(fault, kind) else None
        if value is None:
            continue
        place = f"{where}.{'for' if name == 'lasts' else name}"
        if not math.isfinite(value):
            raise _wrong(place, value, "must be a number")
        if value < least:
            raise _wrong(place, value, f"must be at least {least:,}")
        if value > most:
            raise _wrong(place, value, f"must be at most {most:,}", instead)
    if isinstance(fault, Cut) and not 0 <= fault.share < 1:
        raise _wrong(f"{where}.share", fault.share, "must be from 0 to below 1")
    if isinstance(fault, Close) and fault.code in _UNSENT:
        raise _wrong(f"{where}.code", fault.code, "is never sent", "1006 aborts without a word")


def _wrong(place: str, value: object, message: str, instead: str = "") -> InputError:
    name = place.rpartition(".")[2]
    remedy = "; ".join(filter(None, (_UNITS.get(name, ""), instead)))
    return InputError([Problem(place, shown(value), message, remedy)])
