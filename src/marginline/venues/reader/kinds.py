"""The answers of one request as typed rows by kind: what every venue's reader asks of them.

A folder in the one form lists its kinds (`AnswerKind`) in `payloads/kinds.py`, each once, and says
how one message is opened (`Opened`): reading a request's answers, what `ml.kinds` and `rules
answers` list, and telling which kind a file is follow from that.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import datetime

from marginline.core.account.account import Account
from marginline.core.nouns import dataclass
from marginline.errors import PayloadError, Problem
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.fields import Row, Shape, kept, read_rows
from marginline.venues.reader.reading import Request

Message = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AnswerKind:
    """One kind of answer, in one place.

    `address` is where it is fetched, `says` what it tells; `also` are further addresses, `topic` a
    stream's name for it, `tells` the fields by which its rows are known ("|" between alternatives).
    `inside` names the list that holds the rows, `words` puts a stream's words into those of the
    endpoint ("theirs=ours"). `kept`: it goes to `extra` as it is, whole where its shape names no
    field; it tells of the past, so that its moment is not the account's, unless `present`.
    `timeless`: its moment is not the account's either. `called`: what messages call it, where that
    is not the address; `single`: it is one object, not a list of rows.
    """

    shape: Shape
    address: str
    says: str
    tells: str = ""
    inside: str | None = None
    topic: str = ""
    also: str = ""
    kept: bool = False
    present: bool = False
    called: str = ""
    words: str = ""
    timeless: bool = False
    single: bool = False

    @property
    def about(self) -> str:
        """The line about it."""
        return f"{self.called or self.address}: {self.says}"

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address it comes from."""
        return (self.address, *self.also.split())

    def spelled(self, row: object) -> object:
        """A stream's row in the words of the endpoint."""
        if not self.words or not isinstance(row, Mapping):
            return row
        words = dict(pair.split("=") for pair in self.words.split())
        return {words.get(str(name), name): value for name, value in row.items()}


Kinds = Mapping[str, AnswerKind]


@dataclass(frozen=True, slots=True)
class Opened:
    """One message out of its envelope: what it says, when, and under which topic of a stream.

    `body` is a row, a list of rows, or holds them under a name; None tells nothing at all.
    `category` is the part of the account it tells of, `more` says that a further page is named.
    """

    body: object
    at: datetime | None = None
    topic: str = ""
    category: str | None = None
    more: bool = False


OpenMessage = Callable[[str, Message, str], Opened | None]
"""Opens one message of a kind and source; None where it has no envelope."""


def opened(kind: str, value: object, source: str, open_message: OpenMessage) -> Iterator[Opened]:
    """The messages of an answer: one, or those of several files, each a row by itself at least."""
    messages = value if isinstance(value, (list, tuple)) else [value]
    for message in messages:
        found = open_message(kind, message, source) if isinstance(message, Mapping) else None
        yield Opened([message]) if found is None else found
    if not messages:
        yield Opened([])


def _as_it_is(value: object) -> object:
    return value


class Answers:
    """The answers of a request, read by the venue's kinds: typed rows by kind.

    Kinds that were not given have no rows; `given` tells the difference. `void` are the kinds to
    which the venue said OK and nothing more: no list is no empty list; `joined` makes the messages
    of a stream the table that they leave; `bare`: answers have no envelope, a lone object is none.
    `pushed` are those that a stream tells, `streamed` those that it tells onto an account: they
    bring it up to date. `timed` are the kinds whose messages say their moment, `cut` those that
    name a further page; `categories` the parts of the account that a kind's messages name.
    """

    def __init__(
        self,
        request: Request,
        kinds: Kinds,
        open_message: OpenMessage,
        joined: Callable[[object], object] = _as_it_is,
        *,
        bare: bool = False,
    ) -> None:
        self._request = request
        self._rows: dict[str, list[Row]] = {}
        self.void: list[str] = []
        self.pushed: set[str] = set()
        self.timed: set[str] = set()
        self.cut: set[str] = set()
        self.categories: dict[str, set[str]] = {}
        self._at: dict[str, list[datetime]] = {}
        self._kept: dict[str, object] = {}
        for kind, spec in kinds.items():
            answer = request.answers.get(kind)
            if answer is None:
                continue
            value = joined(answer.value)
            found = list(opened(kind, value, answer.source, open_message))
            if all(each.body is None for each in found):
                self.void.append(kind)
                continue
            self._note_heads(kind, found)
            rows = [spec.spelled(row) for each in found for row in within(each.body, spec.inside)]
            lone = (bare or spec.single) and not isinstance(value, (list, tuple))
            told, many = rows[0] if lone else rows, not spec.single
            self._rows[kind] = read_rows(kind, spec.shape, told, many=many, source=answer.source)
            if spec.kept:
                self._kept[kind] = _passed_on(spec.shape, rows, self._rows[kind])
            if spec.present or not (spec.kept or spec.timeless):
                stamps = [each.at for each in found] + [r.newest() for r in self._rows[kind]]
                self._at[kind] = [at for at in stamps if at is not None]
        self.streamed = self.pushed if request.onto is not None else set()

    def _note_heads(self, kind: str, found: Iterable[Opened]) -> None:
        """What the envelopes of a kind say beside their rows."""
        for each in found:
            if each.topic:
                self.pushed.add(kind)
            if each.at is not None:
                self.timed.add(kind)
            if each.more:
                self.cut.add(kind)
            if each.category is not None:
                self.categories.setdefault(kind, set()).add(each.category)

    def given(self, *kinds: str) -> bool:
        """Whether such an answer was given, be it an empty list."""
        return any(kind in self._rows for kind in kinds)

    def rows(self, *kinds: str) -> tuple[Row, ...]:
        """The rows of answers, one kind after the other."""
        return tuple(row for kind in kinds for row in self._rows.get(kind, ()))

    def first(self, kind: str) -> Row | None:
        """The answer of a kind that is a single object; of several the first."""
        return next(iter(self._rows.get(kind, ())), None)

    def last(self, kind: str) -> Row | None:
        """The answer of a kind that is a single object; of several the last."""
        return next(reversed(self._rows.get(kind, ())), None)

    def unknown(self) -> dict[str, object]:
        """Fields that no shape knows, by path."""
        rows = (row for rows in self._rows.values() for row in rows)
        return {path: value for row in rows for path, value in row.all_unknown()}

    def begin(
        self, remedies: Mapping[str, str], *moments: datetime | None, at: datetime | None = None
    ) -> Draft:
        """A draft of the newest moment told (`moments` are further ones) or `at`, to be filled.

        `remedies` names for each part of an account the answers to give.
        """
        request = self._request
        draft = Draft(request.venue, remedies, request.onto)
        draft.name = request.name or draft.name
        draft.as_of = at or request.moment(self.newest(), *moments, draft.as_of)
        draft.forget_notes(request.answers)
        draft.note_void(self.void)
        return draft

    def account(self, draft: Draft) -> Account:
        """The filled draft, with the answers that are kept and the fields that no shape knows.

        Raises:
            PayloadError: the answers contradict what an account can be.
        """
        draft.extra |= self._kept
        draft.keep_unknown(self.unknown())
        return draft.account(self._request.sources)

    def newest(self, *kinds: str) -> datetime | None:
        """The newest moment at which an answer (of some kinds) held; the past does not count."""
        stamps = (at for kind, own in self._at.items() if not kinds or kind in kinds for at in own)
        return max(stamps, default=None)


def _passed_on(shape: Shape, rows: list[object], read: list[Row]) -> list[object]:
    if shape.fields or shape.lists or shape.objects:
        return [row.plain() for row in read]
    return [kept(row) for row in rows]


def within(body: object, name: str | None = None) -> Iterator[object]:
    """The rows of a body: itself, its list, or what stands under a name in either."""
    for item in body if isinstance(body, (list, tuple)) else [] if body is None else [body]:
        if name is None or not isinstance(item, Mapping) or name not in item:
            yield item
            continue
        inner = item[name]
        if isinstance(inner, (list, tuple)):
            yield from inner
        elif isinstance(inner, Mapping):
            yield inner
        elif inner is not None:
            yield item


# -- which kind an answer is --------------------------------------------------------------------


def by_address(kinds: Kinds, place: str, place_of: Callable[[str], str] = str) -> str | None:
    """The first kind that is fetched at a place; `place_of` cuts a kind's address down to one."""
    for kind, spec in kinds.items():
        if place in map(place_of, spec.addresses):
            return kind
    return None


def by_fields(kinds: Kinds, row: Message, *, least: int = 1) -> str | None:
    """The kind whose telling fields a row has; kinds with fewer than `least` of them tell none."""
    for kind, spec in kinds.items():
        for names in map(str.split, spec.tells.split("|")):
            if len(names) >= least and row.keys() >= set(names):
                return kind
    return None


def by_topic(kinds: Kinds, topic: object) -> str | None:
    """The kind that a stream calls so."""
    told = (kind for kind, spec in kinds.items() if spec.topic and spec.topic == topic)
    return next(told, None)


def first_of(value: object) -> object:
    """The first of several messages; one by itself."""
    return value[0] if isinstance(value, (list, tuple)) and value else value


def rows_of(body: object) -> Iterator[Message]:
    """The rows in a body, also one level down."""
    for item in within(body):
        if not isinstance(item, Mapping):
            continue
        yield item
        for inner in item.values():
            yield from (row for row in within(inner) if isinstance(row, Mapping))


def refused(kind: str, code: str | None, message: str | None, source: str) -> PayloadError:
    """The venue answered a request with an error instead of figures."""
    text = f"the venue refused the request: {message or 'no message'}"
    return PayloadError([Problem(kind, code or "", text, "mend it and fetch again")], source)


def head_of(
    kind: str, shape: Shape, message: Message, source: str, *, fine: Container[str | None] = ("0",)
) -> Row:
    """The head of an answer's envelope, whose `code` says that all is fine and `msg` what is not.

    Raises:
        PayloadError: the venue refused the request.
    """
    said = {name: message[name] for name in shape.fields if name in message}
    head = read_rows(kind, shape, said, many=False, source=source)[0]
    if (code := head.text("code")) not in fine:
        raise refused(kind, code, head.text("msg"), source)
    return head
