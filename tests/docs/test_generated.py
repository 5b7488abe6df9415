"""The documentation's generated pages can be made; `make docs` alone would tell it late."""

from __future__ import annotations

import importlib.util

from tests.conftest import ROOT


def test_every_generated_page_says_something() -> None:
    spec = importlib.util.spec_from_file_location("generated", ROOT / "docs" / "generated.py")
    assert spec is not None
    assert spec.loader is not None
    generated = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generated)
    pages = generated.pages()
    assert "venues/binance-rules.md" in pages
    assert all(text.startswith("# ") and len(text.splitlines()) > 5 for text in pages.values())
