"""What a repaint costs the browser at a hundred accounts, counted; the time is for the bench."""

from __future__ import annotations

from typing import Any

import pytest

from marginline.monitor.settings import MonitorSettings
from tests.browser.accounts import crowd
from tests.browser.conftest import Opener
from tests.browser.desk import Desk

PAINTED = "performance.getEntriesByName('repaint').length"
SYMBOLS = {"ETHUSDT": "3000", "SOLUSDT": "150", "XRPUSDT": "2", "BNBUSDT": "600"}
IN_VIEW = 24
"""Rows that stand in a window of 900 pixels and a little beyond it."""
IN_TURN = 7
"""Rows out of view that a repaint brings up to date: one in sixteen."""
CHANGES_A_ROW = 12
"""Texts and attributes of a row all of whose figures are new."""
WATCH = """
globalThis.work = { made: 0, changes: 0, rows: new Set() };
const rowOf = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest('tbody');
new MutationObserver((list) => {
  for (const change of list) {
    globalThis.work.changes += 1;
    for (const node of change.addedNodes) if (node.nodeType === 1) globalThis.work.made += 1;
    const row = rowOf(change.target)?.querySelector('[data-row]');
    if (row) globalThis.work.rows.add(row.dataset.row);
  }
}).observe(document.querySelector('.accounts'),
  { subtree: true, childList: true, characterData: true, attributes: true });
"""
TAKEN = """() => {
  const { made, changes, rows } = globalThis.work;
  Object.assign(globalThis.work, { made: 0, changes: 0, rows: new Set() });
  return { made, changes, rows: rows.size };
}"""


@pytest.mark.slow
def test_a_repaint_writes_only_what_is_looked_at_and_reads_otherwise_than_before(
    look: Opener,
) -> None:
    """All hundred accounts change at each burst; what is written is counted, not timed."""
    hour = 3_600_000
    lasting = MonitorSettings(marks_ms=hour, account_ms=hour)  # nothing is late on a busy machine
    with Desk(crowd(100), settings=lasting) as many:
        seen = look(many)
        page = seen.open("/")
        page.locator("tr[data-row]").first.wait_for()
        page.get_by_role("button", name=" healthy").click()
        page.locator("tr[data-row]").nth(99).wait_for(state="attached")
        page.locator("tr[data-row]").first.hover()  # the order stands still
        page.evaluate(WATCH)
        page.wait_for_timeout(1_500)  # documents of the first moment are made
        done: list[dict[str, Any]] = []
        for step in range(6):
            page.evaluate(TAKEN)
            before = page.evaluate(PAINTED)
            moved = many.mark("BTCUSDT", str(60000 + 7 * step))
            many.put(moved, *(many.mark(symbol, price) for symbol, price in SYMBOLS.items()))
            while page.evaluate(PAINTED) == before:
                page.wait_for_timeout(20)
            page.wait_for_timeout(400)  # what follows the first repaint of a burst
            found = page.evaluate(TAKEN)
            done.append({**found, "paints": page.evaluate(PAINTED) - before})
        for each in done:
            assert each["rows"] <= IN_VIEW + IN_TURN * each["paints"], done
            assert each["changes"] <= CHANGES_A_ROW * (IN_VIEW + IN_TURN) * each["paints"], done
        # texts are written in place: whole elements come only where a plan or a word comes
        assert sum(each["made"] for each in done) < len(done) * IN_VIEW, done
        seen.page.goto("about:blank")
