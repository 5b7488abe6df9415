"""Rules are dated and cited: every packaged number has a unit, a first day and a source."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from marginline.core.rules import Evidence, Rule
from marginline.core.standard import POOL_RULES, POSITION_RULES
from marginline.formulas import FORMULAS
from marginline.venues import all_rulebooks, folders

ROOT = Path(__file__).resolve().parents[2]
VENUES = ROOT / "src" / "marginline" / "venues"
FILES = sorted(VENUES.glob("*/parameters/*.toml"))
CODE = re.compile(r"[A-Z]{3,5}(-[A-Z0-9]+)+")
FOLDERS = sorted(set(folders().values()))


def entries(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every dated entry of a parameter file with the place that an editor finds."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    for venue, table in document.items():
        for key, rows in table.items():
            for number, row in enumerate(rows if isinstance(rows, list) else ()):
                yield f"{path.relative_to(VENUES)} {venue}.{key}[{number}]", row


def test_there_are_parameter_files_to_judge() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(VENUES)))
def test_every_packaged_row_has_its_first_day_and_its_source(path: Path) -> None:
    for place, row in entries(path):
        assert isinstance(row.get("effective_from"), date), f"{place} has no effective_from"
        until = row.get("effective_until")
        assert until is None or until > row["effective_from"], place
        source = row.get("source", "")
        assert len(source) > 20, f"{place} has no source"
        assert re.search(r"\b20\d\d\b", source), f"{place}: of when is its source?"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(VENUES)))
def test_every_parameter_file_says_in_which_unit_its_numbers_are(path: Path) -> None:
    """In its head, or in the rows themselves."""
    text = path.read_text(encoding="utf-8")
    head = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
    said = re.search(
        r"\b(unit|fraction|rates?|worth|contract size|in US|USDT|USD|coin)", head, re.IGNORECASE
    )
    assert said, f"{path.name} does not say the unit of its numbers"
    if path.name == "instruments.toml":
        assert "http" in head, f"{path.name}: its instruments have no source"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(VENUES)))
def test_packaged_numbers_are_text(path: Path) -> None:
    """A TOML float would pass through binary before it is a Decimal."""
    assert not re.search(r"=\s*-?\d+\.\d+\s*[,}\n]", path.read_text(encoding="utf-8")), path.name


RULES = {
    rule.code: rule for book in all_rulebooks() for rule in (*book.pool_rules, *book.position_rules)
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_every_rule_cites_where_it_was_read(rule: Rule) -> None:
    assert CODE.fullmatch(rule.code), rule.code
    assert rule.citation.title
    assert rule.evidence is not Evidence.DEFINITION, f"{rule.code}: how well is it known?"
    if rule.citation.url.startswith("http"):
        assert rule.citation.read, f"{rule.code}: when was {rule.citation.url} read?"


def test_standard_measures_are_defined_in_the_glossary() -> None:
    for rule in (*POOL_RULES, *POSITION_RULES):
        assert rule.code.startswith("CORE-")
        assert rule.evidence is Evidence.DEFINITION
        assert rule.citation.title == "marginline glossary"


def test_every_formula_names_its_source() -> None:
    for name, function in FORMULAS.items():
        note = function.__dict__["marginline_formula"]
        assert note.unit, name
        assert note.source.startswith("glossary:"), name


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_venue_folder_has_a_readme_that_names_its_rules(folder: str) -> None:
    """By code, or by the family of a code ("BNUM-LIQ")."""
    path = VENUES / folder / "README.md"
    assert path.is_file(), f"venues/{folder} has no README.md: its rules in the venue's own order"
    text = path.read_text(encoding="utf-8")
    venues = [venue for venue, found in folders().items() if found == folder]
    books = [book for book in BOOKS if book.venue in venues]
    own = {rule.code for book in books for rule in (*book.pool_rules, *book.position_rules)}
    missing = sorted(c for c in own if c not in text and c.rpartition("-")[0] not in text)
    assert not missing, f"README.md of {folder} leaves out {', '.join(missing)}"
