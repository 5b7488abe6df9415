"""Rulebooks as JSON-able data: one whole, and what each of them computes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from marginline.core.assessment.rules import AnyRule
from marginline.core.assessment.standard import POOL_RULES, POSITION_RULES
from marginline.venues.rulebook import Rulebook
from marginline.venues.support import Support, support

RULEBOOK_SCHEMA = "marginline/rulebook/1"
MATRIX_SCHEMA = "marginline/rules-matrix/1"


def rulebook_document(book: Rulebook) -> dict[str, object]:
    """A rulebook as JSON-able data: its own rules in the venue's order, then the standard ones."""
    return {
        "schema": RULEBOOK_SCHEMA,
        **head_document(book),
        "digest": book.digest,
        "notes": list(book.notes),
        "rules": [_rule_document(scope, rule, own=own) for scope, rule, own in rules_of(book)],
    }


def head_document(book: Rulebook) -> dict[str, object]:
    """Which rulebook it is and when it is in force, as JSON-able data."""
    return {
        "code": book.code,
        "venue": book.venue,
        "mode": book.mode,
        "title": book.title,
        "effective_from": book.effective_from.isoformat(),
        "effective_until": book.effective_until and book.effective_until.isoformat(),
        "historical": book.historical,
    }


def rules_of(book: Rulebook) -> Iterator[tuple[str, AnyRule, bool]]:
    """Scope, rule, and whether it is the venue's own; standard rules not replaced come last."""
    for scope, own, standard in (
        ("pool", book.pool_rules, POOL_RULES),
        ("position", book.position_rules, POSITION_RULES),
    ):
        yield from ((scope, rule, True) for rule in own)
        replaced = {rule.measure for rule in own if not rule.kinds}
        yield from ((scope, rule, False) for rule in standard if rule.measure not in replaced)


def _rule_document(scope: str, rule: AnyRule, *, own: bool) -> dict[str, object]:
    return {
        "scope": scope,
        "kinds": sorted(kind.value for kind in rule.kinds),
        "own": own,
        **rule_document(rule),
    }


def rule_document(rule: AnyRule) -> dict[str, object]:
    """What a rule says, as JSON-able data; null where there is nothing to say."""
    citation, gap = rule.citation, rule.gap
    return {
        "code": rule.code,
        "measure": rule.measure.value,
        "formula": rule.formula or None,
        "label": rule.label or None,
        "evidence": rule.evidence.value,
        "citation": {"title": citation.title, "url": citation.url, "read": citation.read},
        "caveat": rule.caveat and {"code": rule.caveat[0].name, "message": rule.caveat[1]},
        "gap": None if gap is None else {"code": gap.code.name, "message": gap.message},
    }


def matrix_document(books: Sequence[Rulebook]) -> dict[str, object]:
    """The matrix as JSON-able data."""
    return {"schema": MATRIX_SCHEMA, "rulebooks": [_book_document(book) for book in books]}


def _book_document(book: Rulebook) -> dict[str, object]:
    return {
        **head_document(book),
        "support": [_support_document(row) for row in support(book)],
    }


def _support_document(row: Support) -> dict[str, object]:
    return {
        "measure": row.measure.value,
        "scope": row.scope,
        "state": row.state,
        "evidence": row.evidence and row.evidence.value,
        "rule": row.code,
        "label": row.label,
        "why": row.why,
    }
