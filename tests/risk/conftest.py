"""Tests of this folder reckon at 34 digits, as the package does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from marginline.core.numbers import exact


@pytest.fixture(autouse=True, scope="module")
def _exact() -> Iterator[None]:
    with exact():
        yield
