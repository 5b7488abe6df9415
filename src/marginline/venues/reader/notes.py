"""What a reader of payloads has to say of an account, carried in `extra.notes` of the account.

A note is a finding in its document form. `assess` repeats it among its findings; a note that
something needed is missing or contradictory makes the account's status UNKNOWN, because what the
answers leave out must not read as absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.findings import Code, Finding, Status, ranked

NOTES = "notes"
BLINDING = (Code.MISSING_DATA, Code.CONTRADICTION, Code.UNSUPPORTED)
"""Notes of these codes say that the account is not wholly known."""

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


def documents(notes: Iterable[Finding]) -> list[dict[str, str]]:
    """Notes as the account carries them, each once, most important first."""
    return [note.to_dict() for note in ranked(notes)]


def with_notes(assessment: Assessment, account: Account) -> Assessment:
    """The assessment with the account's notes among its findings, its statuses no better known."""
    notes = notes_of(account)
    if not notes:
        return assessment
    findings = ranked((*notes, *assessment.findings))
    if not any(note.code in BLINDING for note in notes):
        return replace(assessment, findings=findings)
    return replace(
        assessment,
        findings=findings,
        status=Status.worst((assessment.status, Status.UNKNOWN)),
        pools=tuple(_not_known(pool) for pool in assessment.pools),
    )


def _not_known(pool: PoolAssessment) -> PoolAssessment:
    if pool.status is None:
        return pool
    return replace(pool, status=Status.worst((pool.status, Status.UNKNOWN)))
