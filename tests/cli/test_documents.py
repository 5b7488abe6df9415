"""The types of the documents name the fields of the published schemas, no more and no fewer."""

from __future__ import annotations

from typing import NotRequired, get_origin, get_type_hints

import pytest

from marginline.cli.commands.rules.tier_diff import TiersDocument
from marginline.cli.commands.schema import schema
from marginline.core.assessment.assessment import (
    AssessmentDocument,
    AssetDocument,
    PoolDocument,
    PositionDocument,
)
from marginline.core.assessment.explanation import ExplanationDocument
from marginline.risk.moves.joint import JointMoveDocument
from marginline.risk.moves.liquidation import AloneMoveDocument, LiquidationDocument
from marginline.risk.reconcile.reconcile import LineDocument, ReconciliationDocument
from marginline.risk.sizing.reducing import ReductionDocument, RemedyDocument
from marginline.risk.sizing.sizing import SizingDocument
from marginline.risk.what_if.what_if import WhatIfDocument


@pytest.mark.parametrize(
    ("document", "name", "part"),
    [
        (AssessmentDocument, "assessment", ""),
        (PoolDocument, "assessment", "pool"),
        (PositionDocument, "assessment", "position"),
        (AssetDocument, "assessment", "asset"),
        (ExplanationDocument, "explanation", "node"),
        (LiquidationDocument, "liquidation", ""),
        (AloneMoveDocument, "liquidation", "alone"),
        (JointMoveDocument, "liquidation", "joint"),
        (WhatIfDocument, "what-if", ""),
        (SizingDocument, "sizing", ""),
        (ReductionDocument, "reduction", ""),
        (RemedyDocument, "reduction", "remedy"),
        (ReconciliationDocument, "reconciliation", ""),
        (LineDocument, "reconciliation", "line"),
    ],
)
def test_a_document_has_the_fields_of_its_schema(document: type, name: str, part: str) -> None:
    described = schema(name)["$defs"][part] if part else schema(name)
    hints = get_type_hints(document, include_extras=True)
    optional = {field for field, hint in hints.items() if get_origin(hint) is NotRequired}
    required = set(described["required"]) | set(described.get("else", {}).get("required", ()))
    may_lack = {"status", "distance"} if document is PoolDocument else set()  # a risk unit has none
    added = (
        set() if part or document is AssessmentDocument else {"name", "source"}
    )  # by the command
    added |= {"by_chance", "kelly", "modes"} if document is SizingDocument else set()
    assert set(hints) | added == set(described["properties"])
    assert set(hints) - optional == required - may_lack


def test_the_difference_of_tiers_lacks_only_what_the_command_adds() -> None:
    added = {"schema", "old", "new", "account"}
    assert set(get_type_hints(TiersDocument)) == set(schema("tiers-diff")["properties"]) - added
