"""Files of raw answers in, an account out: each known by itself, by its name, or as told.

A file, a folder or an archive; JSON, JSON lines, a stream's log, or a dict as Python prints it.
Which venue and kind an answer is follows from the address it was fetched from, from its shape, and
(where it has no rows, or a venue is named) from the name of its file. What several venues give, or
nobody knows, is asked for, never guessed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from marginline.core.account.account import Account
from marginline.core.nouns import dataclass
from marginline.core.numbers import exactly
from marginline.errors import PayloadError, Problem, shown
from marginline.venues import folders
from marginline.venues.reader.forms import contents, is_container, text_file, values
from marginline.venues.reader.frames import Framed
from marginline.venues.reader.reading import (
    Answer,
    Request,
    checked,
    has_reader,
    kinds,
    moment_given,
    parse_answer,
    read_request,
    readable_venues,
    reader_of,
    text_in,
)
from marginline.venues.reader.wrappers import not_built, unwrapped

_UNTOLD = ""  # the venue is known, the kind is not: an answer without rows


@dataclass(frozen=True, slots=True)
class _Sighted:
    """An answer, the venues that give such ones with its kind there, and where it lies.

    `told` is what the caller says it is, and `by` the name (of file or line) it is said of.
    """

    answer: Answer
    kinds: Mapping[str, str]
    stem: str
    line: int | None
    told: str = ""
    by: str = ""


@exactly
def read_files(
    paths: Iterable[str | os.PathLike[str]],
    venue: str | None = None,
    *,
    kind: Iterable[str] = (),
    as_of: datetime | str | None = None,
    mode: str | None = None,
    name: str | None = None,
    account_onto: Account | None = None,
) -> Account:
    """The account that files of raw answers describe.

    A path names a file, a folder or an archive (tar, zip). `kind` says what files are: "KIND" of
    those that are not recognised by themselves, "FILE=KIND" of one, "FILE:LINE=KIND" of one line.

    Raises:
        PayloadError: a file is not recognised, the files do not belong to one venue, or a kind is
            said of what is not among them.
    """
    said = dict(_told(each) for each in kind)
    sighted = [each for path in paths for each in _of_path(os.fspath(path), venue, said)]
    if not sighted:
        problem = Problem("paths", "", "no file is named", "name the files that hold the answers")
        raise PayloadError([problem])
    _check_said(said, sighted)
    chosen = venue or _one_venue(sighted)
    answers: dict[str, Answer] = {}
    for file in sighted:
        found = _kind_of(file, chosen)
        old = answers.get(found)
        answers[found] = file.answer if old is None else _joined(old, file.answer)
    return read_request(Request(chosen, answers, moment_given(as_of), mode, name, account_onto))


def _told(given: str) -> tuple[str, str]:
    """The file a kind is told of ("": those not recognised), and the kind."""
    file, sign, kind = given.rpartition("=")
    if not kind:
        remedy = "--kind KIND, --kind FILE=KIND, or --kind FILE:LINE=KIND for one line"
        raise PayloadError([Problem("kind", given, "names no kind", remedy)])
    return (file, kind) if sign else ("", given)


def _said_of(said: Mapping[str, str], path: str, line: int | None) -> str:
    """The name under which a kind is told of a file's answer: its line's, else its file's."""
    names = (path, Path(path).name, Path(path).stem)
    lines = () if line is None else tuple(f"{name}:{line}" for name in names)
    return next((name for name in (*lines, *names) if name in said), "")


def _check_said(said: Mapping[str, str], sighted: Sequence[_Sighted]) -> None:
    """A kind that is said of nothing that was read was meant for something: it is refused."""
    unused = [name for name in said if name and all(name != file.by for file in sighted)]
    if unused:
        there = dict.fromkeys(file.stem for file in sighted)
        text = "is said of no file, or line of one, that was read"
        remedy = f"there is: {shown(', '.join(there), 200)}; one line is FILE:LINE"
        raise PayloadError([Problem("kind", f"{unused[0]}={said[unused[0]]}", text, remedy)])


# -- what a path holds -------------------------------------------------------------------------


def _of_path(path: str, venue: str | None, said: Mapping[str, str]) -> Iterator[_Sighted]:
    if not is_container(path):
        yield from _of_text(text_in(Path(path), shown(path, 200)), path, venue, said)
        return
    for name, content in contents(path):
        shown_name = shown(name, 200)
        yield from _of_text(text_in(text_file(content, name), shown_name), name, venue, said)


def _of_text(
    text: str, path: str, venue: str | None, said: Mapping[str, str]
) -> Iterator[_Sighted]:
    name, stem = shown(path, 200), Path(path).name
    for framed in values(text, lambda part: parse_answer(part, name)):
        where = name if framed.line is None else f"{name}:{framed.line}"
        checked(framed.value, where)
        value = unwrapped(framed.value, where)
        by = _said_of(said, path, framed.line)
        kinds_there = _sniffed(Framed(framed.path, value))
        found = _Sighted(
            Answer(name, value), kinds_there, stem, framed.line, said[by] if by else "", by
        )
        yield _placed(found, venue, said.get("", ""))


def _sniffed(framed: Framed) -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in dict.fromkeys(folders().values()):
        first = next(v for v, f in folders().items() if f == folder)
        if has_reader(first):
            found |= reader_of(first).sniff(framed.path, framed.value)
    return found


def _placed(file: _Sighted, venue: str | None, otherwise: str) -> _Sighted:
    """The answer with what the caller says of it; what nobody knows is refused."""
    if venue is not None:
        reader_of(venue)
        if venue in file.kinds:
            return replace(file, kinds={venue: file.kinds[venue]})
        if file.kinds and not file.told and not otherwise:
            raise _not_known(file, venue)
        return replace(file, kinds={}, told=file.told or otherwise)
    if file.kinds:
        return file
    if (other := not_built(file.answer.value)) is not None:
        built = ", ".join(readable_venues())
        text = f"is an answer of {other}, of which no reader is built"
        raise PayloadError([Problem("file", "", text, f"built are: {built}")], file.answer.source)
    if file.told or otherwise or not _has_rows(file.answer.value):
        return replace(file, told=file.told or otherwise)
    raise _not_known(file, None)


def _has_rows(value: object) -> bool:
    return bool(value)


def _not_known(file: _Sighted, venue: str | None) -> PayloadError:
    whose = f"an answer of {venue}" if venue else "an answer that a reader knows"
    seen = f" (it looks like one of {', '.join(file.kinds)})" if file.kinds else ""
    one = "KIND" if file.line is None else f"{file.stem}:{file.line}=KIND"
    remedy = f"name its venue and kind: --venue VENUE --kind {one}, read(VENUE, KIND=...)"
    if venue is not None:
        remedy = f"name its kind: --kind {one}, one of: {', '.join(kinds(venue))}"
    text = f"is not recognised as {whose}{seen}"
    source = file.answer.source + ("" if file.line is None else f":{file.line}")
    return PayloadError([Problem("file", "", text, remedy)], source)


# -- which kind, which venue -------------------------------------------------------------------


def _kind_of(file: _Sighted, venue: str) -> str:
    known = kinds(venue)
    found = file.told or file.kinds.get(venue) or _by_name(file.stem, known)
    if not found:
        raise _not_known(replace(file, kinds={}), venue)
    if found not in known:
        text = f"{venue} has no such kind of answer"
        raise PayloadError([Problem("kind", found, text, f"there is: {', '.join(known)}")])
    return found


def _by_name(stem: str, known: Mapping[str, str]) -> str:
    """The kind that a file is named after: the longest name of one in its own."""
    words = re.sub(r"[^a-z0-9]+", "_", stem.lower())
    return max((kind for kind in known if kind in words), key=len, default="")


def _one_venue(sighted: Sequence[_Sighted]) -> str:
    telling = [file for file in sighted if file.kinds]
    whose = "; ".join(f"{file.answer.source}: {', '.join(file.kinds)}" for file in telling)
    if not telling:
        text = "no file tells whose answer it is"
        raise PayloadError([Problem("venue", "", text, "name it: --venue VENUE")])
    common = [v for v in telling[0].kinds if all(v in file.kinds for file in telling)]
    if not common:
        text = f"the files are not of one venue ({whose})"
        raise PayloadError([Problem("paths", "", text, "read them one by one")])
    if len({folders()[venue] for venue in common}) > 1:
        text = f"several venues give such answers: {', '.join(common)}"
        raise PayloadError([Problem("venue", "", text, "name it: --venue VENUE")])
    return common[0]


def _joined(old: Answer, new: Answer) -> Answer:
    """Two files of one kind: their rows together (brackets or events come one file a symbol)."""
    rows = [*_as_rows(old.value), *_as_rows(new.value)]
    sources = dict.fromkeys((*old.source.split(", "), new.source))
    return Answer(", ".join(sources), rows)


def _as_rows(value: object) -> Sequence[object]:
    return value if isinstance(value, (list, tuple)) else [value]
