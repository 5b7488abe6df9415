"""An account file that changes while it is watched."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from marginline.core.findings import Code
from marginline.feeds import AccountSnapshot, Event, EventQueue, Life, Refused, StreamState
from marginline.feeds.files import FileFeed
from marginline.venues.reader.notes import notes_of

FILE = """{"schema": "marginline/account/1", "venue": "textbook", "name": "mine",
 "as_of": "2026-09-01T12:00:00Z", "wallets": [{"asset": "USDT", "balance": "%s"}]}"""
E = TypeVar("E", bound=Event)


class Told:
    """Events one by one: those that are passed over are gone, those behind are not."""

    def __init__(self) -> None:
        self.queue = EventQueue()
        self._behind: list[Event] = []

    async def next(self, kind: type[E], condition: Callable[[E], bool] = lambda _: True) -> E:
        async with asyncio.timeout(20):
            while True:
                while self._behind:
                    event = self._behind.pop(0)
                    if isinstance(event, kind) and condition(event):
                        return event
                self._behind += await self.queue.get_batch(50)


Story = Callable[[Path, Told], Awaitable[None]]


async def _watched(path: Path, story: Story, **options: Any) -> None:
    told = Told()
    task = asyncio.create_task(FileFeed(path, told.queue, poll_ms=5, **options).run())
    try:
        await story(path, told)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def run(path: Path, story: Story, **options: Any) -> None:
    asyncio.run(_watched(path, story, **options))


def balance(event: AccountSnapshot) -> str:
    return str(event.state.wallets[0].balance)


def test_every_change_of_the_file_is_a_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(FILE % "5")

    async def story(path: Path, told: Told) -> None:
        first = await told.next(AccountSnapshot)
        path.write_text(FILE % "7")
        second = await told.next(AccountSnapshot)
        assert (balance(first), balance(second)) == ("5", "7")
        assert (second.account, second.venue) == ("mine", "textbook")

    run(path, story)


def test_a_change_that_leaves_time_and_size_alone_in_content_is_no_event(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(FILE % "5")

    async def story(path: Path, told: Told) -> None:
        await told.next(AccountSnapshot)
        path.write_text(FILE % "5")
        await asyncio.sleep(0.1)
        assert not [e for e in told.queue.take() if isinstance(e, AccountSnapshot)]

    run(path, story)


def test_a_file_that_cannot_be_an_account_is_refused_by_field_value_and_remedy(
    tmp_path: Path,
) -> None:
    path = tmp_path / "one.json"
    path.write_text(FILE % "NaN")

    async def story(path: Path, told: Told) -> None:
        refused = await told.next(Refused)
        assert "balance" in refused.field
        assert "NaN" in refused.value
        assert refused.reason
        path.write_text(FILE % "6")
        assert balance(await told.next(AccountSnapshot)) == "6"

    run(path, story)


def test_half_a_file_and_no_file_are_gaps_that_the_next_good_one_heals(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(FILE % "5")

    async def story(path: Path, told: Told) -> None:
        await told.next(AccountSnapshot)
        for spoil in (lambda: path.write_text((FILE % "6")[:60]), path.unlink):
            spoil()
            await told.next(Refused)
            path.write_text(FILE % "5")
            assert balance(await told.next(AccountSnapshot)) == "5"
            await told.next(StreamState, lambda state: state.state is Life.HEALED)

    run(path, story)


def test_a_file_that_is_not_there_yet_is_told_and_taken_when_it_comes(tmp_path: Path) -> None:
    async def story(path: Path, told: Told) -> None:
        refused = await told.next(Refused)
        assert refused.remedy
        path.write_text(FILE % "5")
        assert balance(await told.next(AccountSnapshot)) == "5"

    run(tmp_path / "late.json", story)


def test_an_account_that_grows_too_old_is_told_again_as_too_old(tmp_path: Path) -> None:
    """[judging] max_age; a monitor judged a file of any age as if it were of now."""
    path = tmp_path / "one.json"
    now = datetime.now(UTC)
    path.write_text((FILE % "5").replace("2026-09-01T12:00:00Z", f"{now:%Y-%m-%dT%H:%M:%SZ}"))

    async def story(_: Path, told: Told) -> None:
        seen = [await told.next(AccountSnapshot) for _ in range(2)]
        found = [{note.code for note in notes_of(event.state)} for event in seen]
        assert [Code.STALE in codes for codes in found] == [False, True]

    run(path, story, max_age=timedelta(seconds=2))


def test_an_account_of_a_moment_to_come_is_told_as_a_contradiction(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text((FILE % "5").replace("2026-09", "2226-09"))

    async def story(_: Path, told: Told) -> None:
        state = (await told.next(AccountSnapshot)).state
        assert Code.CONTRADICTION in {note.code for note in notes_of(state)}

    run(path, story)


@pytest.mark.skipif(sys.platform == "win32", reason="has no pipes in folders")
def test_a_pipe_in_its_place_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """It was waited for without end: the account stayed as it was, and the command too."""
    path = tmp_path / "one.json"
    path.write_text(FILE % "5")

    async def story(path: Path, told: Told) -> None:
        await told.next(AccountSnapshot)
        path.unlink()
        os.mkfifo(path)
        assert "is no file" in str((await told.next(Refused)).reason)
        path.unlink()
        path.write_text(FILE % "7")
        assert balance(await told.next(AccountSnapshot)) == "7"

    run(path, story)


def test_a_fault_of_ours_in_reading_a_file_is_told_and_the_file_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ended the feed, and with it the monitor of every other account."""
    path = tmp_path / "mine.json"
    path.write_text(FILE % "1")
    at_fault: list[None] = []

    async def story(path: Path, told: Told) -> None:
        await told.next(AccountSnapshot)
        with monkeypatch.context() as broken:
            broken.setattr("marginline.feeds.files.load", lambda _: at_fault[0])
            path.write_text(FILE % "20")
            await told.next(StreamState, lambda state: state.state is Life.GAP)
        assert balance(await told.next(AccountSnapshot)) == "20"

    run(path, story)
