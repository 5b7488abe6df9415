"""What the fault script makes of one REST answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from marginline.sandbox.faults.script import (
    Blank,
    Cut,
    Delay,
    FaultScript,
    Hang,
    OnAnswers,
    Rename,
    Running,
    Status,
    matches,
)

A = TypeVar("A", bound=OnAnswers)
_PAGE = (
    "<!DOCTYPE html><html><head><title>{status}</title></head>"
    "<body><h1>{status}</h1><p>The request could not be satisfied.</p></body></html>"
)
_BODIES = {"text": "upstream connect error", "empty": "", "null": "null", "object": "{}",
           "list": "[]"}  # fmt: skip
_HANG_S = 3_600.0


@dataclass(slots=True)
class Answer:
    """An answer before it leaves: its JSON value, or its text where it is no JSON."""

    status: int = 200
    value: object = None
    text: str | None = None
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def hits(
    script: FaultScript, kind: type[A], venue: str, path: str, account: str | None
) -> Iterator[tuple[Running, A]]:
    """The faults of a kind that hit this answer, each counted once."""
    for row, fault in script.active(kind, venue):
        named = fault.account == "*" or (account and matches(fault.account, account))
        if named and matches(fault.path, path) and row.hits():
            yield row, fault


async def hold(script: FaultScript, venue: str, path: str, account: str | None) -> None:
    """Wait as long as a fault has the answer wait."""
    for _ in hits(script, Hang, venue, path, account):
        await asyncio.sleep(_HANG_S)
    for _, delay in hits(script, Delay, venue, path, account):
        await asyncio.sleep(delay.ms / 1_000)


def replaced(
    script: FaultScript, venue: str, path: str, account: str | None, error: object
) -> Answer | None:
    """The answer that a fault gives instead of the true one; None where none does.

    `error` makes the venue's own error body: called with the fault.
    """
    for _, fault in hits(script, Status, venue, path, account):
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        if fault.body == "json":
            assert callable(error)
            return Answer(fault.status, error(fault), headers=headers)
        if fault.body == "html":
            page = _PAGE.format(status=fault.status)
            return Answer(fault.status, text=page, content_type="text/html", headers=headers)
        kind = "text/plain" if fault.body == "text" else "application/json"
        return Answer(fault.status, text=_BODIES[fault.body], content_type=kind, headers=headers)
    return None


def mangled(
    script: FaultScript, venue: str, path: str, account: str | None, value: object
) -> object:
    """The value with fields renamed and blanked."""
    for _, rename in hits(script, Rename, venue, path, account):
        value = _walked(value, rename.field, rename)
    for _, blank in hits(script, Blank, venue, path, account):
        value = _walked(value, blank.field, blank)
    return value


def cut(script: FaultScript, venue: str, path: str, account: str | None, text: str) -> str:
    """The text, or as much of it as arrives."""
    for _, fault in hits(script, Cut, venue, path, account):
        return text[: int(len(text) * fault.share)]
    return text


def _walked(value: object, name: str, fault: Rename | Blank) -> object:
    if isinstance(value, list):
        return [_walked(each, name, fault) for each in value]
    if not isinstance(value, dict):
        return value
    made: dict[object, object] = {}
    for key, each in value.items():
        if key != name:
            made[key] = _walked(each, name, fault)
        elif isinstance(fault, Rename):
            made[fault.to] = each
        elif fault.value != "missing":
            made[key] = None if fault.value == "null" else ""
    return made
