"""The assessment's published schema: packaged as generated, from the menu of measures."""

from __future__ import annotations

import copy
import importlib.resources
import json

import pytest

from marginline.core.account.file import from_dict
from marginline.core.assessment.assessment import AssessmentDocument
from marginline.core.assessment.assessment_schema import assessment_schema, schema_text
from marginline.core.measures import Measure
from marginline.venues.assessing import assess
from tests.core.account_samples import minimal

DOCUMENT = minimal() | {"wallets": [{"asset": "USDT", "balance": "100"}]}


def test_the_packaged_schema_is_the_generated_one() -> None:
    packaged = importlib.resources.files("marginline.core") / "schemas" / "assessment-1.json"
    assert packaged.read_text(encoding="utf-8") == schema_text(), (
        "write core.assessment.assessment_schema.schema_text() to core/schemas/assessment-1.json"
    )


def test_every_measure_of_the_menu_is_described() -> None:
    definitions = assessment_schema()["$defs"]
    assert isinstance(definitions, dict)
    described = {name for name in definitions if name.startswith("measure_")}
    assert described == {f"measure_{m.value}" for m in Measure if m is not Measure.SUPPORT}


def document() -> AssessmentDocument:
    return assess(from_dict(copy.deepcopy(DOCUMENT))).to_dict()


def test_an_assessment_fits() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(assessment_schema())
    validator.check_schema(assessment_schema())
    assert not [f"{e.json_path}: {e.message}" for e in validator.iter_errors(document())]


@pytest.mark.parametrize(
    "spoiled",
    [
        pytest.param({"status": "fine"}, id="unknown status"),
        pytest.param({"measures": {}}, id="no equity"),
        pytest.param({"measures": {"equity": 1}}, id="a number that is no text"),
        pytest.param({"measures": {"equity": "1e3"}}, id="an exponent"),
        pytest.param({"measures": {"equity": "0.50"}}, id="trailing zeros"),
        pytest.param({"more": "1"}, id="unknown field"),
    ],
)
def test_what_is_no_assessment_does_not_fit(spoiled: dict[str, object]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(assessment_schema())
    assert not validator.is_valid({**document(), **spoiled})


def test_a_risk_unit_has_requirements_and_no_status() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(assessment_schema())
    whole = document()
    unit = {
        "id": "BTC",
        "kind": "risk_unit",
        "asset": "USD",
        "measures": dict.fromkeys(("position_initial_margin", "initial_margin"), "1")
        | {"maintenance_margin": None},
        "positions": [],
        "findings": [],
    }
    assert validator.is_valid(whole | {"pools": [*whole["pools"], unit]})
    judged = json.loads(json.dumps(unit)) | {"status": "healthy"}
    assert not validator.is_valid(whole | {"pools": [judged]})
