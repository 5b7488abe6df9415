"""Venues that put every answer into an envelope: `{code, msg, data}`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from marginline.core.numbers import is_digits
from marginline.feeds.messages import typed
from marginline.feeds.wire.rest import (
    Answer,
    CallFailed,
    Failure,
    Judge,
    Reply,
    decoded,
    retry_after_ms,
)

_PAUSE_MS = 10_000


class Codes(NamedTuple):
    """A venue's codes by what can be done about them; `fine` says that all is well."""

    fine: str
    key: frozenset[str]
    clock: frozenset[str]
    busy: frozenset[str]
    ours: frozenset[str] = frozenset()


def codes(fine: str, *, key: str, clock: str, busy: str, ours: str = "") -> Codes:
    """Codes written as words."""
    named = (frozenset(words.split()) for words in (key, clock, busy, ours))
    return Codes(fine, *named)


def judge_by(known: Codes) -> Judge:
    """What is wrong with a reply, by the codes of a venue; None where it is an answer."""

    def judge(path: str, reply: Reply) -> CallFailed | None:
        value = decoded(reply.text)
        code = str(value["code"]) if isinstance(value, dict) and "code" in value else None
        if reply.status == 200 and code == known.fine and "data" in value:
            return None
        message = str(value.get("msg") or "") if isinstance(value, dict) else ""
        failure = _failure(known, reply, code)
        wait = retry_after_ms(reply.headers)
        if failure is Failure.BUSY:
            wait = wait or _PAUSE_MS
        told = message or "no answer of the venue: " + reply.text[:60]
        number = int(code) if code is not None and is_digits(code.lstrip("-")) else None
        return CallFailed(failure, path, told, status=reply.status, code=number, wait_ms=wait)

    return judge


def _failure(known: Codes, reply: Reply, code: str | None) -> Failure:
    if code in known.key:
        return Failure.KEY
    if code in known.clock:
        return Failure.CLOCK
    if code in known.busy or reply.status in (418, 429):
        return Failure.BUSY
    if code in known.ours or reply.status >= 500:
        return Failure.VENUE
    if code is None or code == known.fine:
        return Failure.MALFORMED if reply.status == 200 else Failure.VENUE
    return Failure.REQUEST


def data_of(answer: Answer) -> Any:  # Any: parsed JSON
    """What stands in the envelope."""
    return answer.keyed().get("data")


def time_at(*path: str | int) -> Callable[[Answer], int | None]:
    """Reads the venue's time (ms) at a place of the answer; None where there is none."""

    def read(answer: Answer) -> int | None:
        value = answer.value()
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        text = str(value)
        return int(text) if is_digits(text) and 0 < len(text) < 16 else None

    return read


def lists(answer: Answer) -> list[Any]:  # Any: rows of parsed JSON
    """The rows in the envelope.

    Raises:
        CallFailed: it holds no list.
    """
    rows = data_of(answer)
    if not isinstance(rows, list):
        raise answer.malformed("lists nothing")
    return rows


def rows_in(answers: Iterable[Answer], *inside: str) -> list[Mapping[str, Any]]:
    """The rows of envelopes, or of the lists of these names in them; a null list has none."""
    found: list[Mapping[str, Any]] = []
    for answer in answers:
        body = data_of(answer)
        if isinstance(body, dict):
            body = next((body[name] for name in inside if body.get(name) is not None), [])
        found += [row for row in body or () if isinstance(row, dict)]
    return found


class _Named(msgspec.Struct, frozen=True):
    symbol: str = ""
    instId: str = ""  # noqa: N815 - the venue's word


def only(answers: Sequence[Answer], symbols: Collection[str], *inside: str) -> str:
    """The answers with the rows of these symbols alone, as the venue wrote them."""
    texts = []
    for answer in answers:
        whole = typed(answer.path, answer.text, dict[str, msgspec.Raw])
        whole["data"] = _chosen(answer, whole["data"], symbols, inside)
        texts.append(msgspec.json.encode(whole).decode())
    return texts[0] if len(texts) == 1 else f"[{','.join(texts)}]"


def _chosen(
    answer: Answer, body: msgspec.Raw, symbols: Collection[str], inside: Sequence[str]
) -> msgspec.Raw:
    if bytes(body)[:1] == b"{" and inside:
        parts = typed(answer.path, bytes(body), dict[str, msgspec.Raw])
        for name in inside:
            if name in parts:
                parts[name] = _chosen(answer, parts[name], symbols, ())
        return msgspec.Raw(msgspec.json.encode(parts))
    if bytes(body)[:1] != b"[":
        return body
    rows = typed(answer.path, bytes(body), list[msgspec.Raw])
    kept = [row for row in rows if _name(bytes(row)) in symbols]
    return msgspec.Raw(msgspec.json.encode(kept))


def _name(row: bytes) -> str:
    named = typed("row", row, _Named)
    return named.symbol or named.instId
