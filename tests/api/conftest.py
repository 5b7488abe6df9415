"""One app over the sample accounts for a module of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.served import Served


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """The sample accounts, judged once, on a clock by hand."""
    found = Served()
    yield found
    found.close()
