"""Each place, in both themes and three sizes: readable by everybody, and inside its frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from marginline.core.account.file import load
from tests.browser.accounts import account
from tests.browser.conftest import AXE, Opener
from tests.browser.desk import Desk

SAMPLES = Path(__file__).resolve().parents[2] / "src" / "marginline" / "cli" / "samples"
PLACES = {
    "overview": "/",
    "account": "/accounts/strained",
    "what if": "/what-if?account=strained&all=-0.3",
    "alerts": "/alerts?account=strained",
    "rules": "/rules",
    "connections": "/connections",
    "an unknown account": "/accounts/late",
}
SIZES = [(1440, 900), (1920, 1080), (390, 844)]
CUT_OFF = """
() => [...document.querySelectorAll('main td, main th, main dd, main h1, main h2, main .btn')]
  .filter((el) => el.offsetParent !== null && !el.closest('.unseen, thead.unseen'))
  .filter((el) => el.scrollWidth > el.clientWidth + 1 && getComputedStyle(el).display !== 'inline')
  .map((el) => `${el.tagName}.${el.className}: ${el.textContent.slice(0, 60)}`)
"""


@pytest.fixture(scope="module")
def samples() -> Iterator[Desk]:
    from dataclasses import replace

    made = [replace(load(path), name=path.stem) for path in sorted(SAMPLES.glob("*.json"))]
    files = frozenset(each.name or "" for each in made)
    with Desk([*made, account("late")], files) as running:
        running.jump(60)  # what is fed by streams is late now
        yield running


@pytest.fixture(autouse=True)
def fresh(samples: Desk) -> None:
    """Files are read again, as their feed does; the account on streams stays late."""
    samples.put(*(samples.snapshot(name) for name in samples.accounts if name != "late"))


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("place", PLACES)
def test_a_place_has_no_accessibility_finding_and_no_sideways_scroll(
    samples: Desk, look: Opener, place: str, size: tuple[int, int], theme: str
) -> None:
    page = look(samples, *size, theme=theme).open(PLACES[place])
    page.wait_for_timeout(900)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate(CUT_OFF) == []
    assert findings(page) == []


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_an_explanation_has_no_accessibility_finding(
    samples: Desk, look: Opener, size: tuple[int, int]
) -> None:
    page = look(samples, *size).open("/accounts/strained")
    page.locator(".five .fig").nth(2).click()
    page.locator("dialog .tree li").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert findings(page) == []


def findings(page: Any) -> list[str]:
    """What axe finds against WCAG 2.2 AA and best practice."""
    if not AXE.is_file():
        pytest.skip("axe-core is not fetched; make browser fetches it")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
