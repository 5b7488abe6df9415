"""An assessed account as a person wants to read it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from marginline.cli.page.comfort import write_comfort
from marginline.cli.page.findings import write_findings, write_legend
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.page.pool import FIGURES, empty, write_pool
from marginline.cli.page.positions import PRICES, write_positions
from marginline.cli.page.reasons import (
    NONE,
    away_text,
    move_words,
    ratio_text,
    reason,
    told_by_venue,
)
from marginline.cli.page.words import STATUS_STYLE, age, moment_words, status_word
from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.findings import Status
from marginline.core.measures import Measure
from marginline.risk.many.gravity import gravity, worst_pool

SHOWN = {*FIGURES, *PRICES}  # measures that have a place of their own on the page


def write_account(
    page: Page,
    account: Account,
    assessment: Assessment,
    *,
    source: str,
    at: datetime,
    everything: bool = False,
    venue_words: bool = False,
) -> None:
    """Head, status with its reason, every pool with its positions, findings."""
    write_head(page, account, source=source, at=at)
    write_status(page, assessment)
    write_comfort(page, account, assessment)
    _write_total(page, assessment)
    open_pools = [pool for pool in assessment.pools if not empty(pool)]
    for pool in open_pools:
        page.blank()
        write_pool(page, pool, venue_words=venue_words)
        write_positions(page, pool)
    venues = any(p.reported or any(row.reported for row in p.positions) for p in open_pools)
    write_legend(page, [f for p in open_pools for f in p.findings], SHOWN, venues=venues)
    _write_empty(page, [pool for pool in assessment.pools if empty(pool)])
    if assessment.all_findings():
        page.blank()
        write_findings(page, assessment.all_findings(), everything=everything)


def write_head(page: Page, account: Account, *, source: str, at: datetime) -> None:
    """Whose account, by which rules, as of when."""
    from marginline.venues import at as rulebook_at

    title = rulebook_at(account.venue, account.mode, account.as_of).title
    name = data(account.name or source)
    page.line((name, "bold"), "  ", title)
    page.line(f"as of {moment_words(account.as_of)}, {age(account.as_of, at)}")


def write_status(page: Page, assessment: Assessment, *, indent: int = 0) -> None:
    """The status, and why it is that."""
    word = (status_word(assessment.status), STATUS_STYLE[assessment.status])
    page.paragraph(word, "  ", reason(assessment, page.style), indent=indent)


def _write_total(page: Page, assessment: Assessment) -> None:
    """What all pools are worth together, where there are several."""
    equity = assessment.measures.get(Measure.EQUITY)
    if set(assessment.measures) == {Measure.EQUITY} and equity is not None:
        asset = data(assessment.asset)
        page.line(f"equity of all pools: {page.style.amount(equity, assessment.asset)} {asset}")


def _write_empty(page: Page, pools: list[PoolAssessment]) -> None:
    """Pools that hold money alone, one line each."""
    if not pools:
        return
    page.blank()
    told = all(pool.measures.get(Measure.MAINTENANCE_MARGIN) is not None for pool in pools)
    resting = any(pool.figures.pool.orders for pool in pools)
    nothing = "no position open, orders rest" if resting else "nothing open"
    page.line((nothing if told else "no position is told", "bold"))
    page.table([_empty_row(page, pool) for pool in pools])


def _empty_row(page: Page, pool: PoolAssessment) -> tuple[Cell, ...]:
    cells = []
    for measure, name in (
        (Measure.WALLET_BALANCE, "wallet balance"),
        (Measure.WITHDRAWABLE_BALANCE, "withdrawable"),
    ):
        value = pool.measures.get(measure)
        rounding = "ROUND_FLOOR"
        cells += [
            left(name),
            Cell("?" if value is None else page.style.amount(value, pool.asset, rounding)),
        ]
    status = left("")
    if pool.status is not None:
        status = left(status_word(pool.status), STATUS_STYLE[pool.status])
    return (left(data(pool.id), "bold"), *cells, left(data(pool.asset)), status)


def write_summary(page: Page, rows: list[tuple[str, Assessment]]) -> None:
    """Several accounts at a glance, gravest first."""
    page.line(("all accounts", "bold"))
    ordered = sorted(rows, key=lambda row: _gravity(row[1]), reverse=True)
    page.table([_summary_row(page, name, assessment) for name, assessment in ordered])


def _gravity(assessment: Assessment) -> tuple[Decimal, ...]:
    pool = worst_pool(assessment)
    of_pool = () if pool is None else gravity(pool)[1:]
    return Decimal(assessment.status.rank), *of_pool


def _summary_row(page: Page, name: str, assessment: Assessment) -> tuple[Cell, ...]:
    pool = worst_pool(assessment)
    fullest = "" if pool is None else f"{data(pool.id)} {ratio_text(pool, page.style)}"
    away = "" if pool is None else away_text(pool, page.style)
    word = left(status_word(assessment.status), STATUS_STYLE[assessment.status])
    return (word, left(data(name)), left(fullest), left(away))


def write_brief(page: Page, name: str, assessment: Assessment) -> None:
    """An account in one line: status, name, nearest, ratio, buffer."""
    word = (status_word(assessment.status), STATUS_STYLE[assessment.status])
    page.line(word, "  ", (data(name), "bold"), *(f"  {told}" for told in _brief(page, assessment)))


def _brief(page: Page, assessment: Assessment) -> list[str]:
    pool = worst_pool(assessment)
    if pool is None or assessment.status is Status.UNKNOWN:
        return [reason(assessment, page.style)]
    if told := told_by_venue(pool):
        return [told]
    move, buffer = pool.distance.nearest, pool.measures.get(Measure.BUFFER)
    near = NONE if move is None or move.move is None else move_words(pool, move, page.style)
    asset = data(pool.asset)
    left_over = NONE if buffer is None else f"{page.style.amount(buffer, pool.asset)} {asset}"
    return [
        f"nearest {near}",
        f"{data(pool.id)} {ratio_text(pool, page.style)}",
        f"buffer {left_over}",
    ]
