"""Rules: what is in force, what each rulebook computes, what changed between two days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

import marginline as ml
from marginline.api.answers import RuleRow, Rules
from marginline.api.openapi import answers
from marginline.api.routes.replies import in_thread, monitor_of, reply
from marginline.errors import InputError, Problem, RulebookError, shown
from marginline.monitor.run import Monitor
from marginline.venues.differences import difference_document, mode_differences, parameter_changes
from marginline.venues.documents import matrix_document, rulebook_document

router = APIRouter(tags=["rules"], default_response_class=Response)

Day = Annotated[str | None, Query(max_length=20)]
Venue = Annotated[str, Query(max_length=40)]


@router.get("/rules", responses=answers(Rules, "Every rulebook"))
async def rules(request: Request) -> Response:
    """Every rulebook there is, and those that judge an account now."""
    monitor = monitor_of(request)
    return reply(await in_thread(request, lambda: rules_of(monitor)))


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def rules_of(monitor: Monitor) -> Rules:
    """Every rulebook, and those in force on the accounts watched."""
    rows = [
        RuleRow(
            code=book.code,
            venue=book.venue,
            mode=book.mode,
            effective_from=book.effective_from.isoformat(),
            effective_until=_day(book.effective_until),
            digest=book.digest,
        )
        for book in ml.all_rulebooks()
    ]
    judged = [watched.judged for watched in monitor.state.accounts.values()]
    codes = {each.assessment.rulebook.code for each in judged if each is not None}
    return Rules(rulebooks=rows, in_force=sorted(codes))


@router.get(
    "/rules/matrix",
    responses=answers(dict[str, object], "The document marginline/rules-matrix/1"),
)
async def matrix(request: Request, venue: Day = None) -> Response:
    """What each rulebook computes, asked of the rulebooks themselves."""

    def ask() -> dict[str, object]:
        return matrix_document(ml.all_rulebooks() if venue is None else ml.rulebooks(venue))

    return reply(await in_thread(request, ask))


@router.get(
    "/rules/changes",
    responses=answers(dict[str, object], "The document marginline/rules-diff/1"),
)
async def changes(
    request: Request,
    venue: Venue,
    since: Annotated[str, Query(alias="from", max_length=20)],
    until: Annotated[str, Query(alias="to", max_length=20)],
) -> Response:
    """What changed at a venue between two days (dates, `2026-09-01`)."""
    first, second = _moment("from", since), _moment("to", until)

    def ask() -> dict[str, object]:
        modes = list(mode_differences(venue, first, second))
        parameters = list(parameter_changes(venue, first, second))
        return difference_document(venue, (since, until), modes, parameters)

    return reply(await in_thread(request, ask))


@router.get(
    "/rules/{venue}",
    responses=answers(list[dict[str, object]], "Documents marginline/rulebook/1, one a mode"),
)
async def rulebook(request: Request, venue: str, mode: Day = None, day: Day = None) -> Response:
    """The rulebooks of a venue in force on a day (today where none is named), with sources."""
    monitor = monitor_of(request)
    moment = datetime.fromtimestamp(monitor.now() / 1000, UTC)
    moment = moment if day is None else _moment("day", day)

    def ask() -> list[dict[str, object]]:
        every = ml.rulebooks(venue)
        books = [book for book in every if mode is None or book.mode == mode]
        if not books:
            there = ", ".join(dict.fromkeys(str(book.mode) for book in every))
            text = f"{venue} has no such mode"
            raise RulebookError([Problem("mode", shown(mode), text, f"one of: {there}")])
        found = [book for book in books if book.covers(moment)]
        if not found and day is None:  # a venue that has closed: its last
            found = books[-1:]
        if not found:
            spans = "; ".join(f"{book.code} {book.span}" for book in books) or "none"
            text = f"no rulebook of {venue} is in force then"
            raise RulebookError([Problem("day", day or "", text, f"there is: {spans}")])
        return [rulebook_document(book) for book in found]

    return reply(await in_thread(request, ask))


def _moment(field: str, day: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC)
    except ValueError:
        raise InputError([Problem(field, day[:40], "is no date", "write 2026-09-01")]) from None
