"""A plan is a conversation: it yields what to ask, is sent what came, and ends with an account.

Whoever carries it has the way to the venue: a ccxt client of the user's (`feeds.clients`), or our
own signed requests (`feeds.wire`). A plan never waits, never signs and never sees a key.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from marginline.core.account.account import Account
from marginline.core.findings import Code, Finding
from marginline.feeds.timing import moment_of
from marginline.feeds.wire.rest import Answer, CallFailed, Endpoint
from marginline.venues.reader.notes import noted
from marginline.venues.reader.reading import read

Reply = Answer | CallFailed


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `kind`: as our reader calls the answer; "" where it is not for the reader.

    `lost`: what is not known without it, in words; where it is not empty the account can be read
    without the answer, and says so. `check` raises `CallFailed` on an answer that is none.
    """

    kind: str
    endpoint: Endpoint
    params: Mapping[str, object] = field(default_factory=dict)
    lost: str = ""
    check: Callable[[Answer], object] | None = None


@dataclass(slots=True)
class Gathered:
    """What was answered so far: texts by kind, as the reader takes them, and what is missing."""

    venue: str
    mode: str | None = None
    at: int | None = None
    texts: dict[str, str] = field(default_factory=dict)
    missing: list[Finding] = field(default_factory=list)

    def account(self, name: str | None = None) -> Account:
        """The account, as of the venue's time before anything of it was asked for.

        Raises:
            InputError: the answers contradict each other, or are of no shape that is known.
        """
        as_of: datetime | None = None if self.at is None else moment_of(self.at)
        texts: dict[str, Any] = dict(self.texts)  # Any: as `read` takes answers
        account = read(self.venue, as_of=as_of, mode=self.mode, name=name, **texts)
        for finding in self.missing:
            account = noted(account, finding)
        return account


Steps = Generator[Sequence[Ask], Sequence[Reply], Gathered]
Plan = Callable[[frozenset[str]], Steps]
"""A plan for the symbols that are wanted beside those in use."""


def ask(
    gathered: Gathered, asks: Iterable[Ask]
) -> Generator[Sequence[Ask], Sequence[Reply], dict[str, list[Answer]]]:
    """The answers to a batch by kind; what may be missing and is, is noted.

    Raises:
        CallFailed: an answer that is needed could not be had.
    """
    batch = tuple(asks)
    found: dict[str, list[Answer]] = {each.kind: [] for each in batch}
    if not batch:
        return found
    replies = yield batch
    for each, reply in zip(batch, replies, strict=True):
        try:
            answer = _answer(each, reply)
        except CallFailed as failed:
            if not each.lost:
                raise
            text = f"{failed.path} could not be had ({failed.message}): {each.lost}"
            gathered.missing.append(Finding(Code.APPROXIMATE, each.kind, text))
        else:
            found[each.kind].append(answer)
    return found


def _answer(asked: Ask, reply: Reply) -> Answer:
    if isinstance(reply, CallFailed):
        raise reply
    if asked.check is not None:
        asked.check(reply)
    return reply


def pages(
    gathered: Gathered,
    asked: Ask,
    following: Callable[[Answer], Mapping[str, object]],
    most: int = 50,
) -> Generator[Sequence[Ask], Sequence[Reply], list[Answer]]:
    """Every page of a list; `following`: what asks for the page after this one, empty at the end.

    Raises:
        CallFailed: a page could not be had, or there is no last one.
    """
    found: list[Answer] = []
    more: Mapping[str, object] = {}
    for _ in range(most):
        one = Ask(asked.kind, asked.endpoint, {**asked.params, **more}, asked.lost, asked.check)
        page = (yield from ask(gathered, [one]))[asked.kind]
        found += page
        more = following(page[0]) if page else {}
        if not more:
            return found
    raise found[-1].malformed("has no last page")


def several(answers: Sequence[Answer]) -> str:
    """Several answers of one kind as the reader takes them: one as it is, more as a list."""
    texts = [answer.text for answer in answers]
    return texts[0] if len(texts) == 1 else f"[{','.join(texts)}]"


def told(gathered: Gathered, answers: Mapping[str, Sequence[Answer]]) -> None:
    """Keep answers for the reader, those of a kind together."""
    for kind, found in answers.items():
        if kind and found:
            gathered.texts[kind] = several(found)
