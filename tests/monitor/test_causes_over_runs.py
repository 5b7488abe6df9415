"""Why an account moved, over a restart of the monitor: from the store; gaps are told."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from marginline.core.account.moments import from_milliseconds
from marginline.feeds.events import LedgerEvent
from marginline.ledger.read import read_ledger
from marginline.monitor.answers import Causes
from marginline.monitor.judging.volatility import HOUR_MS
from marginline.monitor.why.bare import entry_of
from marginline.monitor.why.kept import Kept
from marginline.monitor.why.recorded import Recorded
from marginline.store.opening import open_store, reading_store
from marginline.store.rows import AssessmentRow, LedgerRow, MarkRow, SourceRow
from tests.monitor.test_keeping import Run, opener
from tests.monitor.worlds import START, VENUE, account, moved

MINUTE = 60_000


class Told:
    """An account whose mark and balance are told to a run at its moment."""

    def __init__(self) -> None:
        self.state = account()

    async def snapshot(self, run: Run, mark: str, *, balance: str | None = None) -> None:
        if balance is not None:
            self.state = moved(self.state, balance)
        market = replace(self.state.market, mark={"BTCUSDT": Decimal(mark)})
        self.state = replace(self.state, market=market, as_of=from_milliseconds(run.now))
        await run.step(run.feed.snapshot(run.now, self.state), run.feed.mark(run.now, mark))

    async def booked(self, run: Run, amount: str, number: int) -> None:
        row = {"incomeType": "FUNDING_FEE", "income": amount, "asset": "USDT", "time": run.now,
               "tranId": number, "symbol": "BTCUSDT", "info": ""}  # fmt: skip
        event = LedgerEvent(
            venue=VENUE, at=run.now, received=run.now, sequence=number, account="one",
            kind="FUNDING_FEE", asset="USDT", amount=Decimal(amount), id=f"FUNDING_FEE:{number}",
            text="BTCUSDT", row=json.dumps(row),
        )  # fmt: skip
        await run.step(event)


async def two_runs(folder: Path, told: Told) -> Run:
    """An hour watched, two hours not watched in which 4 USDT vanish, and a second run."""
    first = Run(opener(folder))
    await first.open()
    await told.snapshot(first, "60000")
    for _ in range(6):
        first.now += 10 * MINUTE
        await told.snapshot(first, "59000")
    await told.booked(first, "-6", 1)
    first.now += 1_000
    await told.snapshot(first, "59000", balance="9994")
    await first.keeper.flush()
    first.keeper.close()
    second = Run(opener(folder), first.now + 120 * MINUTE)
    await second.open()
    await told.snapshot(second, "59500", balance="9990")
    await second.keeper.flush()
    return second


def parts(found: Causes) -> dict[str, str]:
    return {part.title: part.margin_balance for part in found.parts}


def test_after_a_restart_causes_begin_where_the_record_begins(tmp_path: Path) -> None:
    async def main() -> tuple[Causes, Causes, Causes]:
        second = await two_runs(tmp_path, Told())
        every = [second.monitor.causes("one", s) for s in (None, 24 * HOUR_MS, 10 * MINUTE)]
        second.keeper.close()
        return every[0], every[1], every[2]

    whole, day, short = asyncio.run(main())
    assert parts(whole) == parts(day) == {
        "BTCUSDT long": "-500", "funding": "-6", "unexplained": "-4",
    }  # fmt: skip
    assert whole.unexplained == "-4"
    (gap,) = whole.gaps
    assert gap.reason == "the monitor did not run"
    assert gap.start < gap.end == whole.end
    assert whole.over_time[-1].margin_balance["funding"] == "-6"
    assert short.parts == [], "within its own ten minutes there is one document alone"


def test_rows_documents_and_runs_are_found_in_the_store(tmp_path: Path) -> None:
    async def main() -> None:
        second = await two_runs(tmp_path, Told())
        second.keeper.close()

    asyncio.run(main())
    with open_store(f"sqlite:///{tmp_path / 'history.db'}") as store:
        (row,) = store.read.rows(SourceRow)
        assert json.loads(row.data)["income"] == "-6"
        marks = store.read.rows(MarkRow)
        assert [str(each.mark) for each in marks] == ["60000.0", "59000.0", "59500.0"]
        standings = store.read.documents("one")
        assert len(standings) == len(
            [each for each in store.read.rows(AssessmentRow) if each.document is not None]
        )
        assert store.read.first_document("one") == standings[0]
        assert len(store.read.runs("one", since=0, until=2**60)) == 2


def test_hourly_marks_outlive_a_restart_and_are_kept_once(tmp_path: Path) -> None:
    async def main() -> dict[str, int]:
        second = await two_runs(tmp_path, Told())
        found = second.monitor.hourly("one")["BTCUSDT"]
        second.keeper.close()
        return {str(mark): hour for hour, mark in found}

    hours = asyncio.run(main())
    assert list(hours) == ["60000.0", "59000.0", "59500.0"]
    first = START // HOUR_MS
    assert list(hours.values()) == [first, first + 1, first + 3]


def test_while_only_prices_move_a_document_is_kept_every_quarter_of_an_hour(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        run = Run(opener(tmp_path))
        await run.open()
        await run.step(run.feed.snapshot(run.now, account()))
        for minute in range(1, 46):
            await run.step(run.feed.mark(run.now + MINUTE, str(60_000 - minute)), after=MINUTE)
        await run.keeper.flush()
        run.keeper.close()

    asyncio.run(main())
    with open_store(f"sqlite:///{tmp_path / 'history.db'}") as store:
        moments = [each.at for each in store.read.documents("one")]
    assert [(at - START) // MINUTE for at in moments] == [0, 15, 30, 45]


def row(number: int, kind: str, amount: str, **more: str) -> LedgerRow:
    """A row as an older revision kept it: without the venue's fields."""
    at = START + number * MINUTE
    of = {"id": f"{kind}:{number}:USDT", "text": f"BTCUSDT {kind}", "venue": VENUE, **more}
    return LedgerRow(
        account="one", at=at, received=at, kind=kind, asset="USDT", amount=Decimal(amount), **of
    )


def test_rows_kept_without_their_fields_are_booked_by_kind_and_amount() -> None:
    found = entry_of(row(1, "FUNDING_FEE", "-6"))
    assert found is not None
    told = {"incomeType": "FUNDING_FEE", "income": "-6", "asset": "USDT", "tranId": 1,
            "time": START + MINUTE, "symbol": "BTCUSDT"}  # fmt: skip
    assert found == read_ledger([told], venue="binance").entries[0], "named as the reader names it"


@pytest.mark.parametrize(
    ("venue", "kind", "text", "name", "booked"),
    [
        ("binance_coinm", "TRANSFER", "TRANSFER", "TRANSFER:7:USDT", ("transfer", None)),
        ("binance_pm", "COMMISSION", "BTCUSDT 1", "um:COMMISSION:7:USDT", ("fee", "BTCUSDT")),
        ("bybit_unified", "SETTLEMENT", "BTCUSDT t", "7", ("funding", "BTCUSDT")),
        ("bybit_unified", "INTEREST", "", "7", ("interest", None)),
        ("bitget_futures", "contract_settle_fee", "BTCUSDT", "7", ("funding", "BTCUSDT")),
        ("bingx_perpetual", "FUNDING_FEE", "BTC-USDT x", "FUNDING_FEE:7::BTC-USDT:USDT:1",
         ("funding", "BTC-USDT")),
        ("okx", "1/11", "", "7", ("transfer", None)),
        ("bybit_unified", "SETTLEMENT", "BTCPERP t", "7", None),
        ("bybit_unified", "TRADE", "BTCUSDT t", "7", None),
        ("bitget_futures", "close_long", "BTCUSDT", "7", None),
        ("okx", "8/173", "BTC-USDT-SWAP", "7", None),
        ("okx", "2/1", "BTC-USDT-SWAP", "7", None),
        ("binance_usdm", "NEW_WORD", "", "NEW_WORD:7:USDT", None),
        ("deribit", "trade", "", "7", None),
    ],
)  # fmt: skip
def test_what_is_one_flow_is_booked_and_what_is_several_is_not(
    venue: str, kind: str, text: str, name: str, booked: tuple[str, str | None] | None
) -> None:
    found = entry_of(row(1, kind, "-6", venue=venue, text=text, id=name))
    assert booked == (None if found is None else (found.kind, found.instrument))


def test_an_old_row_of_several_flows_is_told_with_its_remedy_and_a_log_fills_it(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'history.db'}"
    old = [row(1, "SETTLEMENT", "-6", venue="bybit_unified", id="f", text="BTCUSDT"),
           row(2, "TRADE", "8.5", venue="bybit_unified", id="t", text="BTCUSDT x1")]  # fmt: skip
    with open_store(url) as store:
        store.write(old).result(10)
    trade = {"id": "t", "type": "TRADE", "tradeId": "x1", "currency": "USDT", "symbol": "BTCUSDT",
             "transactionTime": str(START + 2 * MINUTE), "change": "8.5", "cashFlow": "9",
             "fee": "0.5", "funding": "0"}  # fmt: skip
    other = {**trade, "id": "u", "tradeId": "x2"}
    with reading_store(url) as reader:
        recorded = Recorded(reader, "one")
        assert [str(e.amount) for e in recorded.entries(START, None)] == ["-6"]
        kept = Kept(older=recorded)
        (note,) = kept.notes()
        assert note.startswith("1 row of the venue's ledger, kept by an older version")
        assert "--since SPAN --log FILE" in note
        kept.beside(read_ledger([trade, other], venue="bybit").entries)
        assert kept.notes() == ()
        assert [f"{e.kind} {e.amount}" for e in kept.log] == ["fill 9", "fee -0.5"]
