"""Live, in Chromium: from a mark to the rows that are looked at, and what a repaint costs there.

A repaint is timed from the store's own mark until all that it set off is in the DOM (a microtask
after the page's), and until that is styled and laid out. A row counts as shown when it is in view
and laid out with the figures of the burst.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import statistics
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

from benchmarks.live_desk import cpu_seconds
from benchmarks.live_latency import AIMS, STATIC, Arrivals, Desk, bursts, latency_rows
from benchmarks.measuring import Row

REPAINT_MS = 8.0
FOLDED_OVER = 30  # beyond it the page folds what is healthy into one button
FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
WATCH = """
globalThis.seen = []; globalThis.took = [];
const supports = new Map(), fresh = new Set();
const parse = JSON.parse;
let began = 0;
JSON.parse = (text, ...rest) => {
  const message = parse(text, ...rest);
  if (message?.type === 'change' || message?.type === 'snapshot')
    for (const row of [...message.accounts, ...(message.moved ?? [])])
      if (supports.get(row.name) !== row.support) {
        supports.set(row.name, row.support);
        fresh.add(row.name);
      }
  return message;
};
// the box of the whole account: asking within one out of view would lay out what the page skips
globalThis.inView = () => [...document.querySelectorAll('[data-row]')].filter((row) => {
  const box = (row.closest('tbody') ?? row).getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight;
}).map((row) => row.dataset.row);
const drawn = () => {
  const done = performance.now();
  void document.body?.offsetHeight;
  const laid = performance.now();
  globalThis.took.push([done - began, laid - began]);
  for (const name of globalThis.inView())
    if (fresh.has(name)) globalThis.seen.push([name, (performance.timeOrigin + laid) / 1000]);
  fresh.clear();
};
// the page draws in a microtask that its signals queue, and what that sets off in the next ones
const after = (turns) => queueMicrotask(turns ? () => after(turns - 1) : drawn);
const mark = performance.mark.bind(performance);
performance.mark = (name, ...rest) => {
  if (name === 'repaint') { began = performance.now(); after(4); }
  return mark(name, ...rest);
};
"""


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Any]:
    """A browser, or None where there is none."""
    path = shutil.which("chromium")
    if path is None or importlib.util.find_spec("playwright") is None or not STATIC.is_dir():
        print("live: no chromium, no playwright or no built page: no DOM", file=sys.stderr)
        yield None
        return
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, chromium_sandbox=False, args=FLAGS
        )
        yield browser
        await browser.close()


async def script_seconds(session: Any) -> float:
    """Processor time that the page's thread has spent in script: others' load is not in it."""
    found = await session.send("Performance.getMetrics")
    named = {each["name"]: float(each["value"]) for each in found["metrics"]}
    return named["ScriptDuration"]


async def to_dom(one: Desk, browser: Any, accounts: int, seconds: float, echo: float) -> list[Row]:
    """Marks to a row in view that is laid out, repaints, and who used the processors meanwhile."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    await page.add_init_script(WATCH)
    await page.goto(one.urls["url"] + "/")
    await page.locator("main h1").first.wait_for(state="attached", timeout=60_000)
    if accounts > FOLDED_OVER:
        await page.get_by_role("button", name=f"{accounts} healthy").click(timeout=60_000)
    await page.locator("[data-row]").first.wait_for(timeout=60_000)
    await page.locator("[data-row]").first.hover()  # the order stands still
    shown = len(await page.evaluate("globalThis.inView()"))

    async def arrived() -> Arrivals:
        taken: Arrivals = await page.evaluate("globalThis.seen.splice(0)")
        return taken

    await arrived()
    await page.evaluate("void globalThis.took.splice(0)")
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    script_before = await script_seconds(session)
    monitor, every, began = one.process.pid, cpu_seconds(os.getpid()), time.monotonic()
    own = cpu_seconds(monitor)
    found = await bursts(one, arrived, shown, seconds)
    took, lasted = await page.evaluate("globalThis.took"), time.monotonic() - began
    script_s = await script_seconds(session) - script_before
    of_monitor = (cpu_seconds(monitor) - own) / lasted
    of_others = (cpu_seconds(os.getpid()) - every) / lasted - of_monitor
    await page.close()
    name = f"{accounts:,} accounts (drawn)"
    rows = latency_rows(f"{name}, mark to DOM", found, echo, AIMS.get(accounts))
    rows.append(
        Row(f"live: {name}, CPU of the monitor", of_monitor, "cores", "browser, bench", of_others)
    )
    if accounts == 100 and took:
        script, laid = (statistics.median(each[n] for each in took) for n in (0, 1))
        thread = script_s / len(took) * 1e3
        rows += [
            Row("live: repaint, processor time of all script", thread, "ms", "elapsed", script),
            Row("live: repaint of 100 accounts, script and DOM", script, "ms", most=REPAINT_MS),
            Row("live: repaint, styled and laid out", laid, "ms", "script and DOM alone", script),
        ]
    return rows
