"""What `--json` writes fits its published schema, and carries exact numbers as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from marginline.cli.commands.schema import FILES, schema
from marginline.cli.commands.stories import STORIES
from tests.cli.running import liquidated, run, sample, unknown, write

jsonschema = pytest.importorskip("jsonschema")
referencing = pytest.importorskip("referencing")

REGISTRY = referencing.Registry().with_resources(
    (schema(name)["$id"], referencing.Resource.from_contents(schema(name))) for name in FILES
)


def misfits(document: object, name: str) -> list[str]:
    """Where a document does not fit its schema."""
    validator = jsonschema.Draft202012Validator(schema(name), registry=REGISTRY)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def answer(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert not result.stderr, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("name", FILES)
def test_every_schema_is_one_and_names_itself(name: str) -> None:
    found = schema(name)
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["$id"] == "urn:" + found["title"].replace("/", ":")
    assert json.loads(run("schema", name).stdout) == found


def test_what_does_not_fit_is_told() -> None:
    found = misfits({"schema": "marginline/tiers-diff/1"}, "tiers-diff")
    assert "$: 'old' is a required property" in found


@pytest.mark.parametrize("story", STORIES)
def test_health(story: str, tmp_path: Path) -> None:
    assert misfits(answer("health", write(tmp_path, sample(story))), "assessment") == []


@pytest.mark.parametrize("document", [liquidated(), unknown()], ids=["liquidation", "unknown"])
def test_health_of_accounts_in_trouble(document: Any, tmp_path: Path) -> None:
    assert misfits(answer("health", write(tmp_path, document)), "assessment") == []


@pytest.mark.parametrize(
    ("where", "measure"),
    [("USDT", "margin_ratio"), ("account", "venue_ratio"), ("BTCUSDT/both", "liquidation_price")],
)
def test_explain(where: str, measure: str, tmp_path: Path) -> None:
    path = write(tmp_path, sample("one-move-away"))
    assert misfits(answer("explain", path, where, measure), "explanation") == []


def test_explain_of_a_number_that_is_not_there(tmp_path: Path) -> None:
    document = answer("explain", write(tmp_path, unknown()), "USDT", "margin_ratio")
    assert misfits(document, "explanation") == []
    assert document["value"] is None
    assert "mark price" in document["reason"]


@pytest.mark.parametrize("story", STORIES)
def test_liquidation(story: str, tmp_path: Path) -> None:
    assert misfits(answer("liquidation", write(tmp_path, sample(story))), "liquidation") == []


def test_whatif(tmp_path: Path) -> None:
    path = write(tmp_path, sample("strained"))
    changes = ("--shock", "all:-0.2%", "--order", "ETHUSDT:0.1@2900", "--withdraw", "USDT:10")
    assert misfits(answer("whatif", path, *changes), "what-if") == []


def test_size(tmp_path: Path) -> None:
    path = write(tmp_path, sample("comfortable"))
    document = answer("size", path, "BTCUSDT", "buy", "--stop", "84000", "--risk", "100")
    assert misfits(document, "sizing") == []


def test_reduce(tmp_path: Path) -> None:
    assert misfits(answer("reduce", write(tmp_path, sample("strained")), "0.5"), "reduction") == []


def test_reconcile(tmp_path: Path) -> None:
    document = sample("one-move-away")
    document["reported"] = {"pools": {"USDT": {"maintenance_margin": "282.91"}}}
    assert misfits(answer("reconcile", write(tmp_path, document)), "reconciliation") == []


def test_rules() -> None:
    assert misfits(answer("rules", "matrix", "binance_usdm"), "rules-matrix") == []
    assert misfits(answer("rules", "show", "textbook"), "rulebook") == []
    for book in answer("rules", "show", "binance_usdm"):
        assert misfits(book, "rulebook") == []
    days = ("--from", "2024-01-01", "--to", "2025-06-01")
    assert misfits(answer("rules", "diff", "binance_pm_pro", *days), "rules-diff") == []
    assert misfits(answer("rules", "diff", "binance_usdm", *days), "rules-diff") == []


def test_tiers(tmp_path: Path) -> None:
    old, new = sample("strained"), sample("strained")
    new["parameters"]["tiers"]["XRPUSDT"][0]["max_leverage"] = "50"
    del new["parameters"]["tiers"]["ETHUSDT"]
    account = write(tmp_path, old)
    files = (account, write(tmp_path, new, "new.json"))
    document = answer("rules", "diff", "--tiers", *files, "--account", account)
    assert misfits(document, "tiers-diff") == []


def test_demo() -> None:
    for document in answer("demo"):
        assert misfits(document, "assessment") == []


def test_numbers_are_text_without_exponent(tmp_path: Path) -> None:
    document = answer("health", write(tmp_path, sample("coins-as-collateral")))
    for value in measures(document):
        assert value is None or isinstance(value, str)
        assert value is None or "e" not in value.lower()


def measures(document: Any) -> Iterator[Any]:
    if isinstance(document, dict):
        yield from document.get("measures", {}).values()
        for member in document.values():
            yield from measures(member)
    elif isinstance(document, list):
        for item in document:
            yield from measures(item)


@pytest.mark.parametrize("story", STORIES)
def test_stress(story: str, tmp_path: Path) -> None:
    assert misfits(answer("stress", write(tmp_path, sample(story))), "stress") == []


@pytest.mark.parametrize("story", STORIES)
def test_contagion(story: str, tmp_path: Path) -> None:
    assert misfits(answer("contagion", write(tmp_path, sample(story))), "contagion") == []


def test_study() -> None:
    candles = Path(__file__).parents[2] / "docs/examples/candles.csv"
    assert misfits(answer("study", Path(f"BTCUSDT={candles}")), "study") == []


def test_size_by_chance(tmp_path: Path) -> None:
    candles = Path(__file__).parents[2] / "docs/examples/candles.csv"
    account = write(tmp_path, sample("one-move-away"))
    asked = ("--candles", candles, "--touch", "5%", "--edge", "1%", "--leverage", "10", "--modes")
    document = answer("size", account, "BTCUSDT", "sell", *asked)
    assert misfits(document, "sizing") == []
    assert {"by_chance", "kelly", "modes"} <= document.keys()
