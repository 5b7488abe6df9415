"""A row of each kind, for tests to vary."""

from __future__ import annotations

from decimal import Decimal

from marginline.store.rows import (
    AlertRow,
    AssessmentRow,
    DeliveryRow,
    EventRow,
    GapRow,
    LedgerRow,
    MarkRow,
    ParameterRow,
    RawRow,
    RollupRow,
    Row,
    SourceRow,
)

D = Decimal


def ledger(number: int, amount: str = "-0.10", at: int | None = None) -> LedgerRow:
    return LedgerRow(
        account="main",
        id=f"f{number}",
        venue="binance_usdm",
        at=number if at is None else at,
        received=number + 5,
        kind="FUNDING_FEE",
        asset="USDT",
        amount=D(amount),
        text="funding",
    )


def rollup(slot: int, rank: int, ratio: str, step: int = 1_000) -> RollupRow:
    return RollupRow(
        account="main",
        step=step,
        slot=slot,
        rank=rank,
        weight=float(ratio),
        at=slot + 7,
        status="healthy",
        pool="USDT",
        asset="USDT",
        ratio=D(ratio),
        support=D("100.50"),
        requirement=D("50"),
        buffer=D("50.50"),
        nearest=D("-0.12"),
    )


def assessment(sequence: int, at: int = 0) -> AssessmentRow:
    return AssessmentRow(
        account="main",
        run="r1",
        sequence=sequence,
        at=at,
        cause="mark",
        status="watch",
        judged_by="rules",
        pool="USDT",
        asset="USDT",
        ratio=D("0.71234567890123456789012345678901"),
        support=D("1E+3"),
        requirement=D("712.340"),
        buffer=D("-0.00"),
        nearest=None,
        document=b'{"a": "\xc3\xa9"}',
    )


def one_of_each() -> list[Row]:
    return [
        assessment(1, at=10),
        rollup(1_000, 0, "0.5"),
        EventRow(account="main", run="r1", sequence=1, at=11, kind="fill", words="ORDER"),
        RawRow(run="r1", sequence=1, received=9, venue="binance_usdm", account=None,
               stream="marks", data=b"\x00\xff{}"),
        ParameterRow(venue="binance_usdm", kind="tiers", subject="BTCUSDT", at=5, digest="d",
                     document=b"[]"),
        GapRow(venue="binance_usdm", stream="marks", start=3, end=4),
        ledger(1),
        AlertRow(id="r1-a1", change=0, at=12, account="main", kind="band", level="act",
                 state="firing", since=12, document=b"{}"),
        DeliveryRow(message="r1-a1-0", channel="page", step=0, at=13, state="due"),
        SourceRow(account="main", id="f1", venue="binance_usdm", at=1, data=b'{"income": "-0.10"}'),
        MarkRow(venue="binance_usdm", symbol="BTCUSDT", hour=7, at=8, mark=D("60000.10")),
    ]  # fmt: skip
