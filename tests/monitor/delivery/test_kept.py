"""The outbox in a store: what a kill leaves, what a restart goes on with."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from marginline.cli.live.sentences import said
from marginline.feeds.event_queue import EventQueue
from marginline.monitor.delivery.dispatch import Dispatch
from marginline.monitor.delivery.kept import SILENCES, StoreOutbox
from marginline.monitor.delivery.outbox import Change
from marginline.monitor.delivery.parcels import Message, Parcel
from marginline.monitor.run import Monitor, system_clock
from marginline.monitor.state import Silence, Slot
from marginline.monitor.taking.commands import Hush
from marginline.store.opening import open_store
from marginline.store.rows import AlertRow, DeliveryRow, Row
from tests.monitor.delivery.receivers import Receiver
from tests.monitor.delivery.test_live import alert

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import asyncio, sys
from tests.monitor.delivery.test_live import QUICK, alert
from marginline.cli.live.sentences import said
from marginline.monitor.delivery.dispatch import Dispatch
from marginline.monitor.delivery.kept import StoreOutbox
from marginline.monitor.delivery.parcels import Place
from marginline.monitor.delivery.sending import AppriseSender, Target
from marginline.monitor.run import system_clock
from marginline.store.opening import open_store

async def main(url, sink, first, count):
    with open_store(url) as store:
        sender = AppriseSender([Target("hook", sink)], timeout_s=2, private=True)
        made = Dispatch(sender, [Place("hook", "json")], said, clock=system_clock, manner=QUICK,
                        outbox=StoreOutbox(lambda: store))
        await made.load()
        print("ready", flush=True)
        task = asyncio.create_task(made.run())
        for number in range(first, first + count):
            await made.keep([alert(number)], {}, system_clock())
            print("kept", number, flush=True)
            await asyncio.sleep(0.01)
        while any(p.is_open for of in made.post.parcels.values() for p in of.values()):
            await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        print("done", flush=True)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
"""


def test_what_was_kept_is_read_back_as_it_stood(tmp_path: Path) -> None:
    async def story() -> None:
        with open_store(f"sqlite:///{tmp_path}/h.db") as store:
            box = StoreOutbox(lambda: store)
            told = alert(1)
            slot = Slot(armed=False, since=5, fired=7, alert="a1")
            sent = Message(key="k", alert="a1", level="act", at=told.told or 0, title="t", body="b")
            parcel = Parcel(key="k", target="hook", state="waiting", at=1, due=2, step=1)
            await box.keep(Change(1, [(told, slot)], [sent], [parcel]))
            later = Parcel(key="k", target="hook", state="sent", at=3, step=2, tries=1)
            await box.keep(Change(3, [], [], [later]))
        with open_store(f"sqlite:///{tmp_path}/h.db") as store:
            kept = await StoreOutbox(lambda: store).load()
        assert kept.alerts == {"a1": told}
        assert kept.slots == {("one", "act"): slot}
        assert list(kept.messages) == [sent]
        assert list(kept.parcels) == [later]

    asyncio.run(story())


def test_a_row_that_this_program_reads_no_more_is_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One row of another version ended the monitor at every start."""

    async def story() -> None:
        url = f"sqlite:///{tmp_path}/h.db"
        sent = Message(key="k", alert="a1", level="act", at=1, title="t", body="b")
        parcel = Parcel(key="k", target="hook", state="waiting", at=1, due=2, step=1)
        with open_store(url) as store:
            box = StoreOutbox(lambda: store)
            await box.keep(Change(1, [(alert(1), Slot())], [sent], [parcel]))
            rows: list[Row] = [
                AlertRow(id="a2", change=1, at=2, account="one", kind="band", level="act",
                         state="firing", since=2, document=b'{"alert":{"of":"another form"}}'),
                AlertRow(id=SILENCES, change=1, at=2, account=None, kind=SILENCES, level="",
                         state="set", since=2, document=b"[1]"),
                DeliveryRow(message="m", channel="", step=0, at=2, state="told", document=b"{}"),
                DeliveryRow(message="k", channel="mail", step=1, at=2, state="x", document=b"{"),
            ]  # fmt: skip
            await asyncio.wrap_future(store.write(rows))
        with open_store(url) as store:
            made = Dispatch(None, [], said, clock=system_clock, outbox=StoreOutbox(lambda: store))
            kept = await made.load()
        assert set(kept.alerts) == {"a1"}
        assert list(kept.messages) == [sent]
        assert list(kept.parcels) == [parcel]
        assert kept.silences == ()

    asyncio.run(story())
    assert caplog.text.count("cannot be read") == 4


def test_silences_outlive_a_restart_and_their_end_does_too(tmp_path: Path) -> None:
    async def story() -> None:
        url = f"sqlite:///{tmp_path}/h.db"
        whole, one = Silence(None, "funding", None), Silence("one", "band", 9_000)
        with open_store(url) as store:
            box = StoreOutbox(lambda: store)
            await box.keep(Change(1, silences=(whole,)))
            await box.keep(Change(2, [(alert(1), Slot())]))
            await box.keep(Change(3, silences=(whole, one)))
        with open_store(url) as store:
            box = StoreOutbox(lambda: store)
            kept = await box.load()
            assert kept.silences == (whole, one)
            assert list(kept.alerts) == ["a1"]
            await box.keep(Change(4, silences=(one,)))
        with open_store(url) as store:
            monitor = Monitor(EventQueue())
            monitor.restore(await StoreOutbox(lambda: store).load())
            assert monitor.state.silences == (one,)

    asyncio.run(story())


def test_a_mute_by_kind_is_kept_before_it_is_acknowledged(tmp_path: Path) -> None:
    async def story() -> None:
        with open_store(f"sqlite:///{tmp_path}/h.db") as store:
            box = StoreOutbox(lambda: store)
            made = Dispatch(None, [], said, clock=system_clock, outbox=box)
            monitor = Monitor(EventQueue(), delivery=made)
            asked = asyncio.ensure_future(monitor.ask(Hush(Silence(None, "adl", None))))
            await asyncio.sleep(0)
            await monitor.step()
            await asked
            kept = await StoreOutbox(lambda: store).load()
            assert kept.silences == (Silence(None, "adl", None),)

    asyncio.run(story())


def started(folder: Path, sink: str, first: int, count: int) -> subprocess.Popen[str]:
    arguments = [f"sqlite:///{folder}/h.db", sink, str(first), str(count)]
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"},
    )


def test_killed_at_any_moment_no_alert_is_lost_and_none_is_sent_twice_unsaid(
    tmp_path: Path,
) -> None:
    random = Random(11)
    kept: list[int] = []
    with Receiver(lambda n: ("ok", "500", "ok", "cut", "ok")[n % 5]) as receiver:
        for round_ in range(2):
            process = started(tmp_path, receiver.url(), round_ * 100, 40)
            lines, most = 0, random.randrange(3, 25)
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("kept"):
                    kept.append(int(line.split()[1]))
                    lines += 1
                if lines >= most:
                    process.send_signal(signal.SIGKILL)
                    break
            rest = process.stdout.read()
            kept += [int(each) for each in re.findall(r"kept (\d+)", rest)]
            process.stdout.close()
            process.wait()
        receiver.fault = lambda _: "ok"
        with started(tmp_path, receiver.url(), 900, 0) as last:
            assert last.stdout is not None
            assert "done" in last.stdout.read()
    told = Counter(receiver.bodies)
    plain = Counter(re.findall(r"number (\d+)\.$", "\n".join(receiver.bodies), re.MULTILINE))
    assert all(count == 1 for count in plain.values()), "sent twice, unsaid"
    arrived = {int(n) for body in told for n in re.findall(r"number (\d+)", body)}
    assert set(kept) <= arrived, "an alert that was acknowledged is lost"
