"""Rules are dated and cited: every packaged number has a unit, a first day and a source."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from marginline.core.assessment.rules import AnyRule, Evidence
from marginline.core.assessment.standard import POOL_RULES, POSITION_RULES
from marginline.formulas import FORMULAS
from marginline.venues import all_rulebooks, folders
from marginline.venues.rulebook import Rulebook

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


YEAR = re.compile(r"\b20\d\d\b")
UNIT = re.compile(r"\b(units?|fractions?|rates?|worth|contracts?|coins?|USD)", re.IGNORECASE)
every_file = pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(VENUES)))


@every_file
def test_every_packaged_row_has_its_first_day_and_its_source(path: Path) -> None:
    for place, row in entries(path):
        assert isinstance(row.get("effective_from"), date), f"{place} has no effective_from"
        until = row.get("effective_until")
        assert until is None or until > row["effective_from"], place
        source = row.get("source", "")
        assert len(source) > 20, f"{place} has no source"
        ours = "marginline's reading" in source
        assert ours or YEAR.search(source), f"{place}: of when is its source?"


@every_file
def test_every_parameter_file_says_in_which_unit_its_numbers_are(path: Path) -> None:
    """In its head; instruments, which are not dated row by row, name their source there too."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = " ".join(line for line in lines if line.startswith("#"))
    assert UNIT.search(head), f"{path.name} does not say the unit of its numbers"
    if path.name == "instruments.toml":
        assert re.search("source|sample", head, re.IGNORECASE), f"{path.name} has no source"
        assert YEAR.search(head), f"{path.name}: of when is its source?"


@every_file
def test_packaged_numbers_are_text(path: Path) -> None:
    """A TOML float would pass through binary before it is a Decimal."""
    assert not re.search(r"=\s*-?\d+\.\d+\s*[,}\n]", path.read_text(encoding="utf-8")), path.name


BOOKS = all_rulebooks()


def own_rules(book: Rulebook) -> tuple[AnyRule, ...]:
    return (*book.pool_rules, *book.position_rules)


RULES = {rule.code: rule for book in BOOKS for rule in own_rules(book)}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_every_rule_cites_where_it_was_read(rule: AnyRule) -> None:
    assert CODE.fullmatch(rule.code), rule.code
    assert rule.citation.title
    assert rule.evidence is not Evidence.DEFINITION, f"{rule.code}: how well is it known?"
    if rule.citation.url.startswith("http"):
        assert rule.citation.read, f"{rule.code}: when was {rule.citation.url} read?"


def test_standard_measures_are_defined_in_the_glossary() -> None:
    rules: tuple[AnyRule, ...] = (*POOL_RULES, *POSITION_RULES)
    for rule in rules:
        assert rule.code.startswith("CORE-")
        assert rule.evidence is Evidence.DEFINITION
        assert rule.citation.title == "marginline glossary"


def test_every_formula_names_its_source() -> None:
    for name, function in FORMULAS.items():
        note = function.__dict__["marginline_formula"]
        assert note.unit, name
        assert note.source.startswith("glossary:"), name


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_venue_folder_has_a_readme_in_the_venues_own_order(folder: str) -> None:
    path = VENUES / folder / "README.md"
    assert path.is_file(), f"venues/{folder} has no README.md"


@pytest.mark.parametrize("folder", ["binance", "textbook"])
def test_readme_names_every_rule_by_its_code(folder: str) -> None:
    """The other folders group theirs; a folder whose README names all of them joins the list."""
    text = (VENUES / folder / "README.md").read_text(encoding="utf-8")
    books = [book for book in BOOKS if folders()[book.venue] == folder]
    own = {rule.code for book in books for rule in own_rules(book)}
    missing = sorted(code for code in own | {book.code for book in books} if code not in text)
    assert not missing, f"README.md of {folder} leaves out {', '.join(missing)}"
