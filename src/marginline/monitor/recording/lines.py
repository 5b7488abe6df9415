"""The lines of a recording: a head, then rounds, raw messages and the story, numbered.

A round holds what went into it, in its order, and its moment: what comes out follows from these
alone, and its digest is there to prove it. `number` rises by one with every line of a run, so that
a missing one is seen.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from marginline.core.account.file import from_dict, to_dict
from marginline.errors import InputError
from marginline.feeds import events
from marginline.feeds.events import Cause, Event
from marginline.monitor.judging.hourly import HourlyMarks
from marginline.monitor.messages import World
from marginline.monitor.settings import Bands, MonitorSettings, Watching
from marginline.monitor.state import Alert, Silence, Slot
from marginline.monitor.taking import commands
from marginline.monitor.taking.commands import Command

SCHEMA = "marginline/recording/1"


class Line(msgspec.Struct, frozen=True, kw_only=True, tag_field="line"):
    """A line of a recording."""

    number: int


class Spoken(msgspec.Struct, frozen=True):
    """An alert as it stands, and the slot that it speaks for, by account and name."""

    account: str
    name: str
    slot: Slot


class Head(Line, frozen=True, kw_only=True, tag="head"):
    """How the run stood before the round that follows: where a part begins.

    `part` counts from 1; of a later one `carried` are events that say what was known then, so that
    it can be replayed without those before it. `run` is the monitor's boot. `before` is the digest
    of all records until here.
    """

    schema: str
    version: str
    run: str
    part: int
    at: int
    sequence: int
    watching: list[Watching]
    settings: dict[str, Any]
    bands: dict[str, dict[str, Any]]
    alerts: list[Alert]
    slots: list[Spoken]
    silences: list[Silence]
    world: World | None
    before: str
    carried: list[msgspec.Raw]


class Turn(Line, frozen=True, kw_only=True, tag="round"):
    """One round: its moment, what went in, how many records came out, the digest of all so far."""

    now: int
    world: str | None
    batch: list[msgspec.Raw]
    records: int
    digest: str


class Raw(Line, frozen=True, kw_only=True, omit_defaults=True, tag="raw"):
    """A message as it came, without secrets: of a socket, or an answer.

    Of an answer `began` and `asked` are when it was asked for, and with which parameters; older
    recordings have neither.
    """

    received: int
    venue: str
    stream: str
    account: str | None
    text: str
    began: int | None = None
    asked: dict[str, str] | None = None


class Story(Line, frozen=True, kw_only=True, tag="story"):
    """A sentence of a simulated world's story, at its milliseconds."""

    at: int
    text: str


class End(Line, frozen=True, kw_only=True, tag="end"):
    """The run ended by itself. `lost`: lines that could not be written."""

    at: int
    rounds: int
    lost: int


AnyLine = Head | Turn | Raw | Story | End
_LINES = msgspec.json.Decoder(AnyLine)


def line_of(text: bytes) -> AnyLine:
    """The line that a text says.

    Raises:
        ValueError: it is none of ours.
    """
    try:
        line: AnyLine = _LINES.decode(text)
    except (msgspec.DecodeError, UnicodeError) as wrong:
        raise ValueError(f"is no line of a recording: {wrong}") from None
    return line


# -- what goes into a round ----------------------------------------------------------------------


class _Snapshot(events.Told, frozen=True, kw_only=True, tag="AccountSnapshot"):
    account: str
    state: dict[str, Any]


class _Changed(events.Told, frozen=True, kw_only=True, tag="AccountChanged"):
    account: str
    state: dict[str, Any]
    cause: Cause
    raw_kind: str


class _Order(msgspec.Struct, frozen=True, tag="command"):
    """A command by its name, with its fields."""

    name: str
    fields: dict[str, Any]


_SIMPLE = (
    events.MarkPrice | events.Funding | events.AssetRate | events.LedgerEvent
    | events.VanishedPosition | events.StreamState | events.Gap | events.Refused
    | events.Clock | events.Limits
)  # fmt: skip
_GIVEN = msgspec.json.Decoder(_SIMPLE | _Snapshot | _Changed | _Order)
_ORDERS = {
    kind.__name__: kind
    for kind in (
        commands.Acknowledge, commands.Mute, commands.Hush, commands.SetBands, commands.Watch,
        commands.Forget, commands.QueueState,
    )
}  # fmt: skip


def written(given: Event | Command) -> msgspec.Raw:
    """What went into a round, as its line holds it."""
    match given:
        case events.AccountSnapshot() | events.AccountChanged():
            kind = _Snapshot if isinstance(given, events.AccountSnapshot) else _Changed
            fields = {name: getattr(given, name) for name in kind.__struct_fields__}
            found: Any = kind(**{**fields, "state": to_dict(given.state)})
        case events.Told():
            found = given
        case commands.SetBands(account, bands):
            found = _Order("SetBands", {"account": account, "bands": bands_written(bands)})
        case commands.RecallMarks(venue, hourly):
            marks = {symbol: list(found) for symbol, found in hourly.items()}
            found = _Order("RecallMarks", {"venue": venue, "hourly": marks})
        case _:
            found = _Order(type(given).__name__, msgspec.to_builtins(given))
    return msgspec.Raw(msgspec.json.encode(found))


def given(line: msgspec.Raw) -> Event | Command:
    """What went into a round.

    Raises:
        ValueError: it is nothing that this version knows.
    """
    try:
        found = _GIVEN.decode(line)
        match found:
            case _Snapshot() | _Changed():
                kind = (
                    events.AccountSnapshot if isinstance(found, _Snapshot)
                    else events.AccountChanged
                )  # fmt: skip
                fields = {name: getattr(found, name) for name in found.__struct_fields__}
                return kind(**{**fields, "state": from_dict(found.state)})
            case _Order("SetBands", fields):
                return commands.SetBands(fields["account"], bands_read(fields["bands"]))
            case _Order("RecallMarks", fields):
                marks = msgspec.convert(fields["hourly"], dict[str, list[tuple[int, float]]])
                hourly = {symbol: HourlyMarks(found) for symbol, found in marks.items()}
                return commands.RecallMarks(msgspec.convert(fields["venue"], str), hourly)
            case _Order(name, fields):
                order: Command = _command(name, fields)
                return order
            case _:
                event: Event = found
                return event
    except (msgspec.ValidationError, msgspec.DecodeError, InputError, LookupError) as wrong:
        raise ValueError(f"cannot be taken in by this version: {wrong}") from None


def _command(name: str, fields: dict[str, Any]) -> Any:  # Any: a command of that name
    return msgspec.convert(fields, _ORDERS[name])


# -- settings ------------------------------------------------------------------------------------

_BANDS = [each.name for each in dataclasses.fields(Bands) if each.init]
_PLAIN = [each for each in dataclasses.fields(MonitorSettings) if "bands" not in each.name]


def bands_written(bands: Bands) -> dict[str, Any]:
    """Bands as a head holds them."""
    found = {name: getattr(bands, name) for name in _BANDS}
    return {name: str(v) if not isinstance(v, int) else v for name, v in found.items()}


def bands_read(fields: dict[str, Any]) -> Bands:
    """Bands of a head. Raises InputError, msgspec.ValidationError."""
    types = {each.name: each.type for each in dataclasses.fields(Bands)}
    kinds = {name: int if types[name] == "int" else Decimal for name in _BANDS}
    found: dict[str, Any] = {n: msgspec.convert(fields[n], kinds[n]) for n in _BANDS}
    return Bands(**found)


def settings_written(settings: MonitorSettings) -> dict[str, Any]:
    """Settings as a head holds them; own bands stand in the head itself."""
    found = {each.name: getattr(settings, each.name) for each in _PLAIN}
    plain = {name: v if isinstance(v, int) else str(v) for name, v in found.items()}
    return plain | {"bands": bands_written(settings.bands)}


def settings_read(fields: dict[str, Any]) -> MonitorSettings:
    """Settings of a head. Raises InputError, msgspec.ValidationError, KeyError."""
    kinds = {each.name: int if each.type == "int" else Decimal for each in _PLAIN}
    plain: dict[str, Any] = {n: msgspec.convert(fields[n], kind) for n, kind in kinds.items()}
    return MonitorSettings(**plain, bands=bands_read(fields["bands"]))


def told_again(told: Iterable[Event]) -> list[msgspec.Raw]:
    """Events that say what was known, for the head of a later part."""
    return [written(each) for each in told]
