"""Raw venue answers in, an account out: `read`, `apply`; files are `read_files`' (`files`).

Each venue folder with a module `payloads.reader` has a reader. The module gives

- `KINDS`: by venue, the kinds of answer it reads;
- `read(request)`: the account that the answers of a `Request` make;
- `TEXTS` (optional): kinds whose text may be a table instead of JSON, with what parses it;
- `sniff(path, value)`: which venue and kind an answer belongs to, by the address it was fetched
  from (where that is known) and by its shape.

What no reader knows is never guessed at: it is a `PayloadError` that names file, field, value and
remedy. Numbers are read from their text; a JSON text of more than 64 MiB, nested too deep or with
a key given twice is refused.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType, ModuleType
from typing import Protocol

from marginline.core.account.account import Account
from marginline.core.account.file import parse_json, read_text
from marginline.core.document._kinds import Place, check_depth
from marginline.core.document._scalars import Refused, moment_of, preview, text_of
from marginline.core.findings import Code, Finding
from marginline.core.nouns import dataclass
from marginline.core.numbers import exactly
from marginline.errors import DocumentError, PayloadError, Problem, nearest, shown
from marginline.venues import folders, has_part, part_of
from marginline.venues.reader import mark_events
from marginline.venues.reader.forms import values
from marginline.venues.reader.frames import Framed
from marginline.venues.reader.notes import noted
from marginline.venues.reader.wrappers import has_floats, unwrapped

Given = object
"""A raw answer: parsed JSON, JSON text (str or bytes), or the path of a file that holds it."""


_AFRESH = "leave the mode out, or fetch them afresh"


@dataclass(frozen=True, slots=True)
class Answer:
    """One raw answer, parsed: what it is called in messages, and its value."""

    source: str
    value: object


@dataclass(frozen=True, slots=True)
class Request:
    """What a venue's reader is asked: answers by kind, and what the caller knows beside them."""

    venue: str
    answers: Mapping[str, Answer]
    as_of: datetime | None = None
    mode: str | None = None
    name: str | None = None
    onto: Account | None = None

    def moment(self, *told: datetime | None) -> datetime:
        """As the caller says, else the newest of the moments that the answers told.

        Raises:
            PayloadError: nobody tells the moment.
        """
        return newest_of(told) if self.as_of is None else self.as_of

    def agreed_mode(self, told: str | None, remedy: str = _AFRESH) -> str | None:
        """The mode that the answers tell, else the one that the caller gives.

        Raises:
            PayloadError: they contradict each other.
        """
        if self.mode is not None and told is not None and self.mode != told:
            raise _wrong("mode", self.mode, f"the answers say {told}", remedy)
        return self.mode or told

    def refuse_mode(self) -> None:
        """Raises PayloadError where the caller names a mode of a venue that has none."""
        if self.mode is not None:
            raise _wrong("mode", self.mode, f"{self.venue} has no modes", "leave it out")

    @property
    def sources(self) -> str:
        """What the answers are called in messages, each once."""
        named = [answer.source for answer in self.answers.values() if answer.source]
        return ", ".join(dict.fromkeys(named))


def newest_of(told: Iterable[datetime | None]) -> datetime:
    """The newest of the moments that answers told.

    Raises:
        PayloadError: none of them tells one.
    """
    moments = [moment for moment in told if moment is not None]
    if not moments:
        remedy = "give as_of, when the answers were fetched"
        raise _wrong("as_of", "", "no answer tells the moment it describes", remedy)
    return max(moments)


class Described(Protocol):
    """A kind of answer, as far as it is listed."""

    @property
    def about(self) -> str:
        """The line about it."""


class Reader(Protocol):
    """What a venue's `payloads` module offers."""

    KINDS: Mapping[str, Mapping[str, Described]]

    def read(self, request: Request) -> Account:
        """The account that the answers make."""

    def sniff(self, path: str | None, value: object) -> Mapping[str, str]:
        """The venues, likeliest first, that give such an answer, each with its kind there."""


@exactly
def read(
    venue: str,
    *,
    as_of: datetime | str | None = None,
    mode: str | None = None,
    name: str | None = None,
    account_onto: Account | None = None,
    **answers: Given,
) -> Account:
    """The account that a venue's raw answers describe.

    `answers` by kind, see `kinds(venue)`; each is parsed JSON, JSON text or bytes, or a path. What
    the answers do not tell stays unknown and is noted under `extra.notes`; fields that the reader
    does not know are kept under `extra.unknown`. `as_of` defaults to the newest moment that the
    answers carry; `account_onto` is an account that the answers bring up to date.

    Raises:
        PayloadError: an answer that no reader knows, or that contradicts itself or the call.
        RulebookError: nothing is built for the venue.
    """
    reader, known = reader_of(venue), kinds(venue)
    given = {kind: answer for kind, answer in answers.items() if answer is not None}
    for kind in given:
        if kind not in known:
            raise _unknown_kind(venue, kind, known)
    if account_onto is not None and account_onto.venue != venue:
        raise _wrong("account_onto", account_onto.venue, f"is not an account of {venue}")
    texts = getattr(reader, "TEXTS", {})
    parsed = {kind: _parsed(kind, answer, texts.get(kind)) for kind, answer in given.items()}
    return read_request(Request(venue, parsed, moment_given(as_of), mode, name, account_onto))


def read_request(request: Request) -> Account:
    """The account that parsed answers make; that numbers came as floats is noted."""
    if request.name is not None:
        _check_name(request.name)
    answers = {
        kind: Answer(answer.source, unwrapped(answer.value, answer.source))
        for kind, answer in request.answers.items()
    }
    account = reader_of(request.venue).read(replace(request, answers=answers))
    if not any(has_floats(answer.value) for answer in answers.values()):
        return account
    text = "numbers came as floats: each is read by the shortest text that names it"
    return noted(account, Finding(Code.APPROXIMATE, "answers", text))


def kinds(venue: str) -> Mapping[str, str]:
    """The kinds of answer that the reader of a venue knows, each with a line about it.

    Raises:
        PayloadError: no reader is built for the venue.
    """
    own = reader_of(venue).KINDS[venue]
    return MappingProxyType({kind: spec.about for kind, spec in own.items()})


def readable_venues() -> tuple[str, ...]:
    """The venues that have a reader."""
    return tuple(venue for venue in folders() if has_reader(venue))


@exactly
def apply(account: Account, event: Given) -> Account:
    """The account after one event of its venue's private stream, or one of marks.

    The same event twice makes the same account. Marks are Binance's `markPriceUpdate` and Bybit's
    `tickers`, of instruments that the account holds.

    Raises:
        PayloadError: no reader knows the event, or it contradicts the account.
    """
    value = _parsed("event", event).value
    if (marked := mark_events.laid(account, value)) is not None:
        return marked
    if not has_part(account.venue, "payloads.events"):
        raise _wrong("venue", account.venue, "no reader of stream events is built for this venue")
    module = part_of(account.venue, "payloads.events")
    changed = module.apply(account, value)
    assert isinstance(changed, Account)
    return changed


# -- the readers there are ---------------------------------------------------------------------


def has_reader(venue: str) -> bool:
    """Whether raw answers of a venue are read."""
    return has_part(venue, "payloads.reader")


def reader_of(venue: str) -> Reader:
    """The reader of a venue. Raises PayloadError where none is built."""
    if has_reader(venue):
        module: ModuleType = part_of(venue, "payloads.reader")
        return module
    part_of(venue, "rulebooks")  # says so itself where nothing is built for the venue
    names = ", ".join(readable_venues())
    raise _wrong(
        "venue", venue, "no reader of raw answers is built for this venue", f"there is: {names}"
    )


def _unknown_kind(venue: str, kind: str, known: Mapping[str, str]) -> PayloadError:
    near = nearest(kind, known)
    guess = f"did you mean {near}? " if near else ""
    return _wrong(
        kind, "", f"{venue} has no such kind of answer", f"{guess}there is: {', '.join(known)}"
    )


def _wrong(path: str, value: str, message: str, remedy: str = "") -> PayloadError:
    return PayloadError([Problem(path, shown(value), message, remedy)])


def _check_name(name: str) -> None:
    try:
        text_of(name)
    except Refused as refused:
        raise _wrong("name", preview(name), refused.message, refused.remedy) from None


# -- from what was given to a value ------------------------------------------------------------


def moment_given(given: datetime | str | None) -> datetime | None:
    """The moment that a caller names. Raises PayloadError where it is none."""
    if given is None:
        return None
    try:
        return moment_of(given)
    except Refused as refused:
        raise _wrong("as_of", preview(given), refused.message, refused.remedy) from None


Parse = Callable[[str], object]


def _parsed(kind: str, given: Given, parse: Parse | None = None) -> Answer:
    """Parsed JSON as it is; text that looks like JSON parsed; any other text is a path.

    `parse` reads text that is no JSON (a table: it has line breaks, a path has none).
    """
    if parse is not None and (table := _table(kind, given, parse)) is not None:
        return table
    if isinstance(given, (Mapping, list, tuple)):
        checked(given, kind)
        return Answer("", given)
    if isinstance(given, bytes):
        return Answer("", _framed(text_in(io.BytesIO(given), kind), kind).value)
    if isinstance(given, str) and _is_body(given):
        return Answer("", _framed(text_in(io.StringIO(given), kind), kind).value)
    if isinstance(given, (str, os.PathLike)):
        _refuse_missing(kind, given)
        name = shown(os.fsdecode(given), 200)
        return Answer(name, _framed(text_in(given, name), name).value)
    raise _wrong(kind, preview(given), "is no answer", _GIVE)


_GIVE = "give parsed JSON, JSON text or bytes, or a path"
_SCALAR = re.compile(r"""null|true|false|"[^"]*"|-?[0-9.]+([eE][+-]?[0-9]+)?""")


def _is_body(given: str) -> bool:
    """Whether a text is an answer itself, and no path: only a path is opened."""
    text = given.lstrip("\ufeff \t\r\n")
    if text[:1] in ("{", "[") or "\n" in given or len(given) > _PATH_MOST:
        return True
    return _SCALAR.fullmatch(text.rstrip()) is not None


_PATH_MOST = 4096


def _refuse_missing(kind: str, given: str | os.PathLike[str]) -> None:
    """Refuse a text that is neither JSON nor a path of something: it is never opened."""
    if not os.path.exists(given):  # noqa: PTH110 - a null byte is no path, and no error here
        text = "is neither JSON nor the path of a file that is there"
        raise _wrong(kind, os.fsdecode(given), text, _GIVE)


def _table(kind: str, given: Given, parse: Parse) -> Answer | None:
    """What a table says; None where it is JSON, or no text."""
    if isinstance(given, bytes):
        name, text = "", text_in(io.BytesIO(given), kind)
    elif isinstance(given, str) and (_is_body(given) or _is_row(given)):
        name, text = "", given
    elif isinstance(given, (str, os.PathLike)):
        _refuse_missing(kind, given)
        name = shown(os.fsdecode(given), 200)
        text = text_in(given, name)
    else:
        return None
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return None
    return Answer(name, parse(text))


def _is_row(given: str) -> bool:
    """Whether a line is a table's: it has cells, and no file is called so."""
    return any(mark in given for mark in ",;\t") and not os.path.exists(given)  # noqa: PTH110


def text_in(source: object, name: str) -> str:
    """The text of a path or an open file. Raises PayloadError where it has none."""
    try:
        _, text = read_text(source)
    except DocumentError as problem:
        raise PayloadError(problem.problems, name) from None
    if not text.strip():
        raise PayloadError([Problem("answer", "", "is empty", "fetch it again")], name)
    return text


def _framed(text: str, name: str) -> Framed:
    """The value in a text, and the address it was fetched from where the text says so."""
    try:
        messages = values(text, lambda part: parse_json(part, name))
    except DocumentError as problem:
        raise PayloadError(problem.problems, name) from None
    for message in messages:
        checked(message.value, name)
    if len(messages) == 1:
        return messages[0]
    return Framed(None, [message.value for message in messages])


def parse_answer(text: str, name: str) -> object:
    """JSON text parsed exactly. Raises DocumentError."""
    return parse_json(text, name)


def checked(value: object, name: str) -> None:
    """Deep nesting is refused before anything recurses into it."""
    top = Place([], None, "")
    check_depth(value, top)
    if top.problems:
        raise PayloadError(top.problems, name)
