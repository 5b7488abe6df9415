"""`marginline reduce`: how to bring a pool back to a margin ratio, by closing or by paying in."""

from __future__ import annotations

from collections.abc import Sequence

from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.changes import described
from marginline.cli.input.documents import of, write_document
from marginline.cli.input.moves import fraction
from marginline.cli.input.sources import Given, Reading, read_one
from marginline.cli.page.findings import write_findings
from marginline.cli.page.health import write_head, write_status
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Page, data
from marginline.cli.page.words import now
from marginline.risk.many.gravity import worst_pool
from marginline.risk.sizing.reducing import (
    CANCEL,
    DRAIN,
    ONE_ALONE,
    PAY,
    SHARE,
    Reduction,
    Remedy,
    reduce_to,
)
from marginline.risk.what_if.orders import Trade

_TITLES = {
    SHARE: "by closing the same share of all",
    DRAIN: "by closing what takes most",
    ONE_ALONE: "by closing one alone",
    CANCEL: "by cancelling orders",
    PAY: "by paying in",
}


def run(
    files: Sequence[str],
    pool: str | None,
    ratio: str,
    asset: str | None,
    reading: Reading,
    *,
    exact: bool,
    as_json: bool,
) -> Exit:
    """Write both ways back: 0 one of them leads there, 1 none does, 4 it cannot be said."""
    given = read_one(files, reading)
    wanted = fraction("RATIO", ratio)
    with given.named():
        found = reduce_to(given.account, pool or _fullest(given), wanted, asset=asset)
    if as_json:
        write_document(of(given.provenance(), found.to_dict()))
    else:
        _write(Page(Style(exact=exact)), given, found)
    return _exit_code(found) if given.known else Exit.UNKNOWN


def _fullest(given: Given) -> str:
    pool = worst_pool(given.assess())
    if pool is None:
        raise UsageProblem("the account has no pool to bring back")
    return pool.id


def _exit_code(found: Reduction) -> Exit:
    ways = found.ways or (found.close, found.deposit)
    if any(remedy.amount is not None for remedy in ways):
        return Exit.HEALTHY
    return Exit.UNKNOWN if found.findings else Exit.WATCH


def _write(page: Page, given: Given, found: Reduction) -> None:
    write_head(page, given.account, source=given.source, at=now())
    now_at = "unknown" if found.ratio_now is None else page.style.percent(found.ratio_now)
    wanted = page.style.percent(found.ratio)
    page.line((data(found.pool), "bold"), f"  now {now_at}, back to {wanted} of its support")
    for remedy in found.ways or (found.close,):
        page.blank()
        page.line((_title(remedy), "bold"), *_worth(page, remedy))
        _write_remedy(page, remedy)
    if found.findings:
        page.blank()
        write_findings(page, found.findings)


def _title(remedy: Remedy) -> str:
    title = _TITLES.get(remedy.kind, "nothing to do")
    if remedy.kind == ONE_ALONE and remedy.changes:
        title = f"by closing {data(described_key(remedy))} alone"
    return title


def described_key(remedy: Remedy) -> str:
    """The position that a single close is of."""
    change = remedy.changes[0]
    return change.instrument if isinstance(change, Trade) else ""


def _worth(page: Page, remedy: Remedy) -> list[str]:
    """What it costs and what it brings."""
    told = []
    if remedy.cost is not None:
        told.append(f"  costs {page.style.size(remedy.cost)}")
    if remedy.brings is not None:
        told.append(f"  brings {page.style.size(remedy.brings)} of buffer")
    if (per := remedy.frees_per_exposure) is not None:
        told.append(f"  frees {page.style.percent(per, places=2)} of the exposure given up")
    return told


def _write_remedy(page: Page, remedy: Remedy) -> None:
    closing = remedy.kind in (SHARE, DRAIN, ONE_ALONE)
    if remedy.amount is None or not remedy.changes:
        page.paragraph(data(remedy.reason, 400), indent=2)
        return
    if closing:
        of = {SHARE: "every position", DRAIN: "the position that takes most"}.get(remedy.kind, "it")
        page.line(f"{page.style.percent(remedy.amount, places=2)} of {of}:", indent=2)
    for change in remedy.changes:
        page.line(data(described(change), 300), indent=4 if closing else 2)
    if remedy.what_if is not None:
        write_status(page, remedy.what_if.after, indent=2)
