"""What the page weighs on the wire."""

from __future__ import annotations

import gzip

import pytest

from tests.browser.conftest import BUILT

LIMIT = 250_000


def test_the_whole_page_is_below_a_quarter_megabyte_compressed() -> None:
    if not BUILT.is_file():
        pytest.skip("the page is not built; make page builds it")
    sizes = {
        path.name: len(gzip.compress(path.read_bytes(), 9))
        for path in BUILT.parent.rglob("*")
        if path.suffix in {".html", ".js", ".css", ".svg", ".woff2"}
    }
    assert sum(sizes.values()) < LIMIT, sizes
