"""A word of a venue has one home, its page: rules, reports, claims and README come of it."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from marginline.venues import folders, part_of
from marginline.venues.reader.fields import Shape
from tests.venues.pages import VENUES, in_the_form, readme, rewritten, tables

PAGES = [pytest.param(folder, page, id=folder) for folder, page in in_the_form().items()]
_TEXT = re.compile(r'"([^"\n]*)"')
every_page = pytest.mark.parametrize(("folder", "page"), PAGES)


@every_page
def test_the_readme_has_the_tables_of_the_page(folder: str, page: ModuleType) -> None:
    text = readme(folder).read_text("utf-8")
    for book, _ in tables(page):
        assert f"<!-- page {book} -->" in text, book
    assert rewritten(text, page) == text, "run: python -m tests.venues.pages"


@every_page
def test_every_printed_word_is_typed_in_an_answer_as_a_number(
    folder: str, page: ModuleType
) -> None:
    venue = next(venue for venue, name in folders().items() if name == folder)
    kinds = part_of(venue, "payloads.kinds").KINDS
    typed = {n for own in kinds.values() for spec in own.values() for n in numbers(spec.shape)}
    words = {word for line in page.WORDS for word in (line.word, line.older) if word}
    assert not words - typed


def numbers(shape: Shape, kinds: tuple[str, ...] = ("number", "positive")) -> set[str]:
    below = [*shape.lists.values(), *shape.objects.values()]
    own = {name for name, kind in shape.fields.items() if kind in kinds}
    return own.union(*(numbers(each, kinds) for each in below))


@every_page
def test_every_number_of_an_answer_is_on_the_page_or_read_or_declared_as_passed_on(
    folder: str, page: ModuleType
) -> None:
    venue = next(venue for venue, name in folders().items() if name == folder)
    kinds = part_of(venue, "payloads.kinds").KINDS
    told = [spec.shape for own in kinds.values() for spec in own.values() if not spec.kept]
    words = {word for line in page.WORDS for word in (line.word, line.older) if word}
    files = [path for path in (VENUES / folder).rglob("*.py") if path.name != "kinds.py"]
    texts = (text for path in files for text in _TEXT.findall(path.read_text("utf-8")))
    used = words.union(*map(str.split, texts))
    typed = set().union(*(numbers(shape, ("number",)) for shape in told))
    passed = set().union(*(numbers(shape, ("passed",)) for shape in told))
    assert not typed - used, "declare it as passed"
    assert not passed & words


@every_page
def test_every_answer_kind_says_where_it_comes_from(folder: str, page: ModuleType) -> None:
    venue = next(venue for venue, name in folders().items() if name == folder)
    for own in part_of(venue, "payloads.kinds").KINDS.values():
        for kind, spec in own.items():
            assert spec.address, kind
            assert spec.says, kind
    assert page.NAME
