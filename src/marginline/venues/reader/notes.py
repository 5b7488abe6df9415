"""What a reader of payloads has to say of an account, carried in `extra.notes` of the account.

A note is a finding in its document form. `assess` repeats it among its findings; a note that
something needed is missing or contradictory makes the account's status UNKNOWN, because what the
answers leave out must not read as absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.account.moments import moment_text, span_text
from marginline.core.assessment.assessment import Assessment, PoolAssessment, with_more
from marginline.core.findings import Code, Finding, Status, ranked
from marginline.core.measures import Measure
from marginline.core.pool.pool import Kind

NOTES = "notes"
BLINDING = (Code.MISSING_DATA, Code.CONTRADICTION, Code.STALE, Code.UNSUPPORTED)
"""Notes of these codes say that the account is not wholly known."""

_MS = timedelta(milliseconds=1)
AHEAD = timedelta(minutes=5)
"""How far a venue's clock may run before ours; a later moment contradicts itself."""

_CODES = {code.value[0]: code for code in Code}


def notes_of(account: Account) -> tuple[Finding, ...]:
    """The notes that an account carries; whatever else stands there is left aside."""
    found = account.extra.get(NOTES)
    rows = found if isinstance(found, (list, tuple)) else ()
    return tuple(note for note in map(_note, rows) if note is not None)


def _note(row: object) -> Finding | None:
    if not isinstance(row, Mapping):
        return None
    code, where, message = _CODES.get(str(row.get("code"))), row.get("where"), row.get("message")
    if code is None or not isinstance(where, str) or not isinstance(message, str):
        return None
    return Finding(code, where, message)


def noted(account: Account, note: Finding) -> Account:
    """The account with one note more."""
    found = documents([*notes_of(account), note])
    return replace(account, extra={**account.extra, NOTES: found})


def documents(notes: Iterable[Finding]) -> list[dict[str, str]]:
    """Notes as the account carries them, each once, most important first."""
    return [note.to_dict() for note in ranked(notes)]


def aged(account: Account, at: datetime, max_age: timedelta | None) -> Account:
    """The account with a note where it is older than `max_age`, or of a moment still to come."""
    passed = at - account.as_of
    if passed < -AHEAD:
        text = f"it describes {moment_text(account.as_of)}, which is still to come; mend the clock"
        note = Finding(Code.CONTRADICTION, "as_of", text)
    elif max_age is not None and passed > max_age:
        limit, over = (span_text(x // _MS) for x in (max_age, passed - max_age))
        text = f"it is older than the {limit} that are allowed, by {over}; fetch it again"
        note = Finding(Code.STALE, "as_of", text)
    else:
        return account
    return replace(account, extra={**account.extra, NOTES: documents((*notes_of(account), note))})


def untold(notes: Iterable[Finding]) -> set[str]:
    """The parts of an account that nobody told."""
    return {note.where for note in notes if note.code is Code.MISSING_DATA}


def with_notes(
    assessment: Assessment, account: Account, more: Iterable[Finding] = ()
) -> Assessment:
    """The assessment with the account's notes among its findings, its statuses no better known."""
    notes = (*notes_of(account), *more)
    if not notes:
        return assessment
    told = assessment.notes.then(lambda found: ranked((*notes, *found)))
    if not any(note.code in BLINDING for note in notes):
        return replace(assessment, notes=told)
    parts = untold(notes)
    pools = tuple(_not_known(pool, "wallets" in parts) for pool in assessment.pools)
    statuses = [pool.status for pool in pools if pool.status is not None]
    found = replace(
        assessment,
        notes=told,
        status=Status.worst((*statuses, Status.UNKNOWN)),
        pools=pools,
    )
    return _without_needed(found) if "positions" in parts else found


def _not_known(pool: PoolAssessment, wallets_untold: bool) -> PoolAssessment:  # noqa: FBT001
    """Not safe; and where the balances are not wholly told, not liquidated either."""
    if pool.status is None:
        return pool
    if wallets_untold and pool.kind != Kind.ISOLATED.value:
        return replace(pool, status=Status.UNKNOWN)
    return replace(pool, status=Status.worst((pool.status, Status.UNKNOWN)))


_OF_POSITIONS = frozenset(
    {
        Measure.UNREALIZED_PNL,
        Measure.POSITION_INITIAL_MARGIN,
        Measure.INITIAL_MARGIN,
        Measure.MAINTENANCE_MARGIN,
        Measure.MARGIN_RATIO,
        Measure.INITIAL_MARGIN_RATIO,
        Measure.VENUE_RATIO,
        Measure.BUFFER,
        Measure.AVAILABLE_BALANCE,
        Measure.WITHDRAWABLE_BALANCE,
        Measure.EXCESS_BALANCE,
        Measure.EFFECTIVE_LEVERAGE,
        Measure.GROSS_NOTIONAL,
        Measure.NET_NOTIONAL,
    }
)
"""What a position that is not told would change: without it they would read as zero, or as free."""


def _without_needed(found: Assessment) -> Assessment:
    """What is needed, and what is left beyond it, is not known while the positions are not."""

    def none(measures: Mapping[Measure, Decimal | None], where: str) -> list[Finding]:
        text = "which positions are open is not told, and it depends on them"
        return [
            Finding(Code.MISSING_DATA, where, text, measure)
            for measure, value in measures.items()
            if value is not None and measure in _OF_POSITIONS
        ]

    def blank(measures: Mapping[Measure, Decimal | None]) -> dict[Measure, Decimal | None]:
        return {m: None if m in _OF_POSITIONS else value for m, value in measures.items()}

    pools = tuple(
        replace(
            pool,
            measures=blank(pool.measures),
            notes=with_more(pool.notes, *none(pool.measures, pool.id)),
        )
        if pool.kind != Kind.ISOLATED.value
        else pool
        for pool in found.pools
    )
    notes = none(found.measures, "account")
    return replace(
        found,
        pools=pools,
        measures=blank(found.measures),
        notes=with_more(found.notes, *notes),
    )
