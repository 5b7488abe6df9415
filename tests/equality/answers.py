"""What a venue's reader makes of raw answers, before and after a change, compared byte for byte.

    python -m tests.equality.answers gather VENUE CORPUS
    python -m tests.equality.answers record CORPUS OUT [MUTATIONS [SEED]]
    python -m tests.equality.recorder compare OUT_BEFORE OUT_AFTER

`gather` runs the tests of the venue's folder (bitget, bybit, ...) and of the captured cases and
keeps every request that reached its reader, every message of a stream and every answer it was asked
to know. `record` writes a line for each and for MUTATIONS copies of it, one value of which is cut,
doubled, or another: the account, assessment and reconciliation, or the refusal, as canonical JSON.
Lines for the folder's kinds of answer and its rules come first.
"""

from __future__ import annotations

import copy
import json
import pickle
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest

import marginline as ml
from marginline.core.account.account import Account
from marginline.core.assessment.rules import Rule
from marginline.core.numbers import exactly
from marginline.errors import InputError
from marginline.venues import all_rulebooks, folders, has_part, part_of
from marginline.venues.compare.comparing import words_of
from marginline.venues.reader.reading import Answer, Request, kinds
from tests.conftest import ROOT
from tests.equality.recorder import without_digest
from tests.fuzz.mutating import at, places

Doc = dict[str, Any]
VALUES: tuple[object, ...] = (
    None, "", "NaN", "0", "-1", "1e999", "1e-999", "1" * 40, "-0.5", [], {}, [None], [{}], [[]],
    True, 0, "both", "\x00", "USDT", {"list": None}, {"result": {}}, {"data": None},
)  # fmt: skip
TESTS = (
    "tests/venues/{}",
    "tests/venues/cases",
    "tests/venues/test_reading.py",
    "tests/venues/test_forms.py",
    "tests/risk/test_reconcile.py",
)
_IMPORTED = "ignore::pytest.PytestAssertRewriteWarning"  # what this module imports itself
MUTATIONS, SEED = 4, 1


@dataclass(frozen=True)
class Asked:
    """One question to a reader: "read" a request, "apply" an event, "sniff" a path and a value.

    `copy` 0 is the question as it was asked; another number names a mutation of it.
    """

    folder: str
    what: str
    given: Any
    number: int
    copy: int = 0
    seed: int = SEED

    @property
    def name(self) -> str:
        """A name for the line."""
        return f"{self.what} {self.number}" + (f" ~{self.copy}" if self.copy else "")


# -- gathering ------------------------------------------------------------------------------------


class Gathering:
    """Stands before a folder's reader while its tests run, and keeps what it is asked."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.asked: dict[bytes, tuple[str, Any]] = {}
        venue = venue_of(folder)
        self._stand(part_of(venue, "payloads.reader"), "read", lambda request: request)
        self._stand(part_of(venue, "payloads.reader"), "sniff", lambda *both: both)
        if has_part(venue, "payloads.events"):
            self._stand(part_of(venue, "payloads.events"), "apply", lambda *both: both)

    def _stand(self, module: ModuleType, name: str, given_of: Callable[..., Any]) -> None:
        real = getattr(module, name)

        def standing(*given: Any) -> Any:
            told = given_of(*given)
            try:
                key = pickle.dumps((name, told))
            except (pickle.PicklingError, TypeError, AttributeError, RecursionError):
                return real(*given)
            self.asked.setdefault(key, (name, copy.deepcopy(told)))
            return real(*given)

        setattr(module, name, standing)


def venue_of(folder: str) -> str:
    """The first venue of a folder."""
    return next(venue for venue, name in folders().items() if name == folder)


def gather(folder: str) -> list[tuple[str, Any]]:
    """What the tests ask the folder's reader, each question once."""
    gathering = Gathering(folder)
    paths = [str(ROOT / path.format(folder)) for path in TESTS]
    pytest.main(["-q", "-p", "no:cacheprovider", "-W", _IMPORTED, *paths])
    return list(gathering.asked.values())


# -- recording ------------------------------------------------------------------------------------


def lines(folder: str, asked: list[tuple[str, Any]], mutations: int, seed: int) -> Iterator[str]:
    """Every line of a record."""
    yield from (json.dumps(row, default=str, sort_keys=True) for row in _facts(folder))
    every = [
        Asked(folder, what, given, number, copy_, seed)
        for number, (what, given) in enumerate(asked)
        for copy_ in range(1 if what == "sniff" else 1 + mutations)
    ]
    with ProcessPoolExecutor(2) as workers:
        yield from workers.map(recorded, every, chunksize=64)


def _facts(folder: str) -> Iterator[Doc]:
    """What the folder says of itself: kinds of answer, rules, the words of its page."""
    own = [venue for venue, name in folders().items() if name == folder]
    for venue in own:
        yield {"name": f"kinds {venue}", "kinds": dict(kinds(venue))}
    for book in all_rulebooks():
        if book.venue not in own:
            continue
        rules = [
            {each.name: getattr(rule, each.name) for each in fields(Rule)}
            for rule in (*book.pool_rules, *book.position_rules)
        ]
        for rule in rules:
            rule["kinds"] = sorted(map(str, rule["kinds"]))
            for arithmetic in ("compute", "facts"):
                rule[arithmetic] = getattr(
                    rule[arithmetic], "__name__", str(rule[arithmetic] is None)
                )
        yield {"name": f"book {book.code}", "notes": book.notes, "rules": rules}
    yield {"name": "words", "offers": words_of(own[0]) is not None}


@exactly
def recorded(asked: Asked) -> str:
    """One question's answer as one line of JSON."""
    given = asked.given if not asked.copy else _mutated(asked)
    made: Doc = {"name": asked.name}
    reader = part_of(venue_of(asked.folder), "payloads.reader")
    try:
        if asked.what == "sniff":
            return json.dumps(made | {"sniffed": dict(reader.sniff(*given))})
        ask = reader.read if asked.what == "read" else partial(_apply, asked.folder)
        account = ask(given)
        made["account"] = ml.to_dict(account)
        made["assessment"] = without_digest(ml.assess(account).to_dict())
        made["reconcile"] = without_digest(ml.reconcile(account).to_dict())
    except InputError as refused:
        made["refused"] = str(refused)
    except Exception as fault:  # noqa: BLE001 - a fault before must be the same fault after
        made["fault"] = repr(fault)
    return json.dumps(made, default=str, sort_keys=True)


def _apply(folder: str, given: tuple[Account, object]) -> Account:
    found: Account = part_of(venue_of(folder), "payloads.events").apply(*given)
    return found


# -- mutating -------------------------------------------------------------------------------------


def _mutated(asked: Asked) -> Any:
    """The question with one value of its answers cut, doubled or another."""
    chance = Random(f"{asked.what} {asked.number} {asked.copy} {asked.seed}")
    if asked.what == "apply":
        account, event = asked.given
        holder = {"event": copy.deepcopy(event)}
        _change(holder, chance)
        return account, holder.get("event")
    request: Request = asked.given
    answers = {kind: copy.deepcopy(answer.value) for kind, answer in request.answers.items()}
    _change(answers, chance)
    told = {
        kind: replace(answer, value=answers[kind])
        for kind, answer in request.answers.items()
        if kind in answers
    }
    assert all(isinstance(answer, Answer) for answer in told.values())
    return replace(request, answers=told)


def _change(value: dict[str, Any], chance: Random) -> None:
    paths = [path for path in places(value) if len(path) < 20]
    if not paths:
        return
    path = chance.choice(paths)
    last: Any = path[-1]
    parent = at(value, path[:-1])
    kind = chance.randrange(4)
    if kind == 0:
        del parent[last]
    elif kind == 1 and isinstance(parent, list):
        parent.append(copy.deepcopy(parent[last]))
    elif kind == 2 and isinstance(parent[last], str):
        parent[last] = _beside(parent[last], chance)
    else:
        parent[last] = copy.deepcopy(chance.choice(VALUES))


def _beside(text: str, chance: Random) -> str:
    """Another number or word in the same form."""
    try:
        float(text)
    except ValueError:
        return chance.choice((text.upper(), text.lower(), text + "x", text[1:]))
    turned = text[1:] if text.startswith("-") else "-" + text
    return chance.choice((turned, "1" + text, text.replace("1", "2"), text + "7"))


def main(arguments: list[str]) -> int:
    """See the head of this file."""
    match arguments:
        case ["gather", folder, out]:
            asked = gather(folder)
            Path(out).write_bytes(pickle.dumps((folder, asked)))
            sys.stdout.write(f"{len(asked)} questions\n")
        case ["record", given, out, *numbers]:
            folder, asked = pickle.loads(Path(given).read_bytes())
            mutations, seed = (*map(int, numbers), *(MUTATIONS, SEED)[len(numbers) :])
            with Path(out).open("w", encoding="utf-8") as file:
                file.writelines(line + "\n" for line in lines(folder, asked, mutations, seed))
        case _:
            sys.stdout.write(__doc__ or "")
            return 64
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
