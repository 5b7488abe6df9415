"""One suite over every rulebook there is: rules complete, measures all there, nulls with a reason,
missing input never safe, every number explained by what made it.

A rulebook is taken in as soon as it exists; its venue needs a sample account in `samples/`.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import marginline as ml
from marginline.core.account.moments import moment_text
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.assessment_schema import assessment_schema
from marginline.core.assessment.rules import AnyRule, Evidence
from marginline.core.findings import Code, Status
from marginline.core.measures import (
    POOL_MEASURES,
    POSITION_MEASURES,
    REQUIREMENT_MEASURES,
    Measure,
)
from marginline.venues import all_rulebooks, at
from marginline.venues.rulebook import Rulebook
from tests.venues.documents import Doc, assessed

SAMPLES = Path(__file__).parent / "samples"
BOOKS = [pytest.param(book, id=book.code) for book in all_rulebooks()]
GAPS = (Code.MISSING_DATA, Code.UNSUPPORTED, Code.NOT_APPLICABLE)
every_book = pytest.mark.parametrize("book", BOOKS)


# -- samples -------------------------------------------------------------------------------------


@cache
def samples(venue: str) -> dict[str, Doc]:
    path = SAMPLES / f"{venue}.json"
    assert path.is_file(), f"{venue} has no sample account: write {path.name} beside the others"
    found: dict[str, Doc] = json.loads(path.read_text(encoding="utf-8"))
    return found


def sample(book: Rulebook) -> Doc:
    """The venue's sample in the book's mode, at a moment that the book covers."""
    found = samples(book.venue)
    mode = book.mode or ""
    assert mode in found, f"samples/{book.venue}.json has no account in mode {mode!r}"
    document = copy.deepcopy(found[mode])
    if not book.covers(datetime.fromisoformat(document["as_of"])):
        first = datetime.combine(book.effective_from, time(12))
        document["as_of"] = first.isoformat() + "Z"
    return document


WHOLE: dict[str, Assessment] = {}
BROKEN: dict[str, list[tuple[str, Assessment]]] = {}


def whole(book: Rulebook) -> Assessment:
    """The assessment of the book's sample: made once, asked by many tests."""
    if book.code not in WHOLE:
        WHOLE[book.code] = assessed(sample(book))
    return WHOLE[book.code]


def broken(book: Rulebook) -> list[tuple[str, Assessment]]:
    """The assessments of the sample without one thing or another."""
    if book.code not in BROKEN:
        rows = breakages(sample(book))
        BROKEN[book.code] = [(lacking, assessed(document)) for lacking, document in rows]
    return BROKEN[book.code]


def opened(document: Doc) -> list[Doc]:
    return [row for row in document.get("positions", []) if float(row["size"])]


# -- rules ---------------------------------------------------------------------------------------


def rules_of(book: Rulebook) -> Iterator[AnyRule]:
    yield from book.pool_rules
    yield from book.position_rules


@every_book
def test_each_rule_is_complete(book: Rulebook) -> None:
    for rule in rules_of(book):
        assert rule.code == rule.code.upper().strip(), rule
        assert rule.citation.title, rule.code
        assert isinstance(rule.evidence, Evidence), rule.code
        assert rule.measure in Measure, rule.code
        if rule.compute is None:
            assert rule.gap is not None, f"{rule.code} computes nothing and gives no reason"
            assert rule.gap.code in GAPS, rule.code
            assert len(rule.gap.message) > 10, rule.code
        else:
            assert rule.formula, f"{rule.code} has no formula in words"
            assert rule.gap is None, rule.code
        if rule.caveat is not None:
            assert len(rule.caveat[1]) > 10, rule.code


@every_book
def test_each_code_stands_once(book: Rulebook) -> None:
    counted = Counter(rule.code for rule in rules_of(book))
    assert not [code for code, times in counted.items() if times > 1]


def test_a_code_names_one_measure_in_every_book() -> None:
    """Its arithmetic may change from one day to another; what it is about may not."""
    measures: dict[str, set[str]] = {}
    for book in all_rulebooks():
        for rule in rules_of(book):
            measures.setdefault(rule.code, set()).add(rule.measure.value)
    assert not {code: found for code, found in measures.items() if len(found) > 1}


@every_book
def test_book_has_a_title_a_span_and_a_digest(book: Rulebook) -> None:
    assert book.title
    assert book.effective_until is None or book.effective_from < book.effective_until
    assert len(book.digest) == 64
    assert book.reference.to_dict()["effective_from"] == book.effective_from.isoformat()


def test_codes_and_digests_tell_the_books_apart() -> None:
    books = all_rulebooks()
    assert len({book.code for book in books}) == len(books)
    assert len({book.digest for book in books}) == len(books)


def test_spans_of_one_mode_follow_each_other_without_overlap() -> None:
    modes: dict[tuple[str, str | None], list[Rulebook]] = {}
    for book in all_rulebooks():
        modes.setdefault((book.venue, book.mode), []).append(book)
    for books in modes.values():
        inorder = sorted(books, key=lambda book: book.effective_from)
        for earlier, later in pairwise(inorder):
            assert earlier.effective_until == later.effective_from, (earlier.code, later.code)


@every_book
def test_the_first_day_belongs_to_the_book(book: Rulebook) -> None:
    first = datetime.fromisoformat(f"{book.effective_from}T00:00:00+00:00")
    assert at(book.venue, book.mode, first) is book


# -- the sample assessed -------------------------------------------------------------------------


@every_book
def test_sample_is_assessed_by_its_book_and_known(book: Rulebook) -> None:
    assessment = whole(book)
    assert assessment.rulebook.code == book.code
    assert assessment.pools
    why = {f.code: f.message for p in assessment.pools for f in p.findings if f.measure is None}
    if assessment.status is Status.UNKNOWN:  # only where the venue itself does not say
        assert Code.UNSUPPORTED in why, why
        assert Code.MISSING_DATA not in why, why


@every_book
def test_every_measure_of_the_menu_is_present(book: Rulebook) -> None:
    assessment = whole(book)
    for pool in assessment.pools:
        unit = pool.kind == "risk_unit"
        assert set(REQUIREMENT_MEASURES if unit else POOL_MEASURES) <= set(pool.measures), pool.id
        assert (pool.status is None) == unit
        for position in pool.positions:
            assert set(POSITION_MEASURES) <= set(position.measures), position.key
    assert Measure.EQUITY in assessment.measures


@every_book
def test_every_null_has_a_finding_at_its_place(book: Rulebook) -> None:
    for assessment in (whole(book), *(each for _, each in broken(book))):
        told = {(f.where, f.measure) for f in assessment.findings}
        for measure, value in assessment.measures.items():
            assert value is not None or ("account", measure) in told, measure
        for pool in assessment.pools:
            nulls_are_told(pool)


def nulls_are_told(pool: PoolAssessment) -> None:
    told = {(f.where, f.measure) for f in pool.findings if f.code in GAPS}
    for measure, value in pool.measures.items():
        assert value is not None or (pool.id, measure) in told, f"{pool.id} {measure.value}"
    for position in pool.positions:
        for measure, value in position.measures.items():
            assert value is not None or (position.key, measure) in told, position.key
    for asset in pool.assets:
        for measure, value in asset.measures.items():
            assert value is not None or (pool.id, measure) in told, f"{pool.id} {asset.asset}"


def unfolded(schema: Doc) -> Doc:
    """The same schema with every definition where it is named: to look them up is half the time."""
    definitions = schema["$defs"]

    def within(part: Any) -> Any:
        if isinstance(part, list):
            return [within(each) for each in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            assert part.keys() <= {"$ref", "description"}  # beside it stands nothing that judges
            return within(definitions[part["$ref"].removeprefix("#/$defs/")])
        return {key: within(value) for key, value in part.items()}

    whole: Doc = within({key: value for key, value in schema.items() if key != "$defs"})
    return whole


@every_book
def test_document_fits_the_schema(book: Rulebook) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(unfolded(assessment_schema()))
    for assessment in (whole(book), *(each for _, each in broken(book))):
        document = json.loads(json.dumps(assessment.to_dict()))
        assert not [f"{e.json_path}: {e.message}" for e in validator.iter_errors(document)]


@every_book
def test_pools_count_every_open_position_once(book: Rulebook) -> None:
    pools = [pool for pool in whole(book).pools if pool.kind != "risk_unit"]
    assert len({pool.id for pool in pools}) == len(pools)
    found = Counter(position.key for pool in pools for position in pool.positions)
    assert set(found.values()) <= {1}
    assert sum(found.values()) == len(opened(sample(book)))


@every_book
def test_a_requirement_is_never_negative_and_a_ratio_never_below_0(book: Rulebook) -> None:
    assessment = whole(book)
    for pool in assessment.pools:
        for measure, value in pool.measures.items():
            if measure.meaning.sign.value == "never negative" and value is not None:
                assert value >= 0, f"{pool.id} {measure.value}"
        for position in pool.positions:
            for measure, value in position.measures.items():
                if measure.meaning.sign.value == "never negative" and value is not None:
                    assert value >= 0, f"{position.key} {measure.value}"


# -- missing input -------------------------------------------------------------------------------


def breakages(document: Doc) -> Iterator[tuple[str, Doc]]:
    """The account without each mark, wallet, entry price; without wallets, marks, parameters."""
    for symbol in sorted({row["instrument"] for row in opened(document)}):
        broken = copy.deepcopy(document)
        broken["market"]["mark"].pop(symbol, None)
        yield f"the mark of {symbol}", broken
    for number, wallet in enumerate(document["wallets"]):
        broken = copy.deepcopy(document)
        del broken["wallets"][number]["balance"]
        yield f"the balance of {wallet['asset']}", broken
    for number, row in enumerate(document["positions"]):
        broken = copy.deepcopy(document)
        broken["positions"][number].pop("entry_price")
        yield f"the entry price of {row['instrument']}", broken
    yield "every wallet", document | {"wallets": []}
    yield "the market", {k: v for k, v in document.items() if k != "market"}
    yield "the parameters", {k: v for k, v in document.items() if k != "parameters"}


@every_book
def test_missing_input_is_never_safe(book: Rulebook) -> None:
    """UNKNOWN, or still worse; parameters may be the venue's packaged ones, which is then said."""
    for lacking, assessment in broken(book):
        packaged = any(f.code is Code.PACKAGED_PARAMETER for f in assessment.all_findings())
        if lacking == "the parameters" and packaged:
            continue
        gravest = assessment.status.rank >= Status.UNKNOWN.rank
        assert gravest, f"without {lacking} the status is {assessment.status}"
        told = {f.code for f in assessment.all_findings()}
        assert Code.MISSING_DATA in told, f"nothing says that {lacking} is missing"


# -- explanations --------------------------------------------------------------------------------


@every_book
def test_every_number_is_explained_by_what_made_it(book: Rulebook) -> None:
    assessment = whole(book)
    for where, measure, value in numbers(assessment):
        tree = ml.explain(assessment, where, measure)
        assert tree.value == value, f"{where} {measure.value}"
        assert tree.measure == measure.value
        assert tree.rule or tree.reason, f"{where} {measure.value}"
        assert value is not None or tree.reason, f"{where} {measure.value}"
        assert json.dumps(tree.to_dict())
        assert str(tree).startswith(f"{tree.where} {measure.value} = ")


@every_book
def test_what_is_missing_is_explained_too(book: Rulebook) -> None:
    for _, assessment in broken(book):
        for where, measure, value in numbers(assessment):
            tree = ml.explain(assessment, where, measure)
            assert tree.value == value, f"{where} {measure.value}"


def numbers(assessment: Assessment) -> Iterator[tuple[str, Measure, object]]:
    for measure, value in assessment.measures.items():
        yield "account", measure, value
    for pool in assessment.pools:
        for measure, value in pool.measures.items():
            yield pool.id, measure, value
        for position in pool.positions:
            for measure, value in position.measures.items():
                yield position.key, measure, value


@every_book
def test_moment_and_mode_come_back_as_they_were_given(book: Rulebook) -> None:
    document = sample(book)
    assessment = assessed(document)
    given = datetime.fromisoformat(document["as_of"])
    assert moment_text(assessment.as_of) == moment_text(given)
    assert (assessment.venue, assessment.mode) == (book.venue, book.mode)
