"""Nothing acknowledged is lost, nothing half is seen, no damage passes for data."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection

from marginline.errors import StoreError
from marginline.store.opening import open_store, reading_store
from marginline.store.rows import LedgerRow, RollupRow
from tests.store.durability import cut, flipped, places, written
from tests.store.rows import ledger, rollup

ROOT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")
EVENTS = 60


@pytest.fixture(scope="module")
def store_of_sixty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    folder = tmp_path_factory.mktemp("sixty")
    return folder, written(folder, EVENTS)


def child(*words: str, seconds: float = 400) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=seconds,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@posix
def test_fifty_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    said = child("-m", "tests.store.killing", "50", str(tmp_path), str(random.randrange(10**6)))
    assert "0 lost, 0 half" in said


def test_a_log_cut_anywhere_opens_to_a_prefix_of_what_was_acknowledged(
    store_of_sixty: tuple[Path, list[int]],
) -> None:
    folder, ends = store_of_sixty
    size = (folder / "copy" / "h-booked.db-wal").stat().st_size
    assert size > 200_000
    near = {end + by for end in ends for by in (-1, 0, 1)}
    some = set(random.Random(1).sample(range(size), 150))
    assert cut(folder, ends, sorted(near | some | {0, 1, 31, 32, 33})) > 300


def test_a_log_that_lost_its_end_is_told_at_the_next_start(
    store_of_sixty: tuple[Path, list[int]], tmp_path: Path
) -> None:
    import shutil

    from marginline.store.checking import lost

    folder, ends = store_of_sixty
    shutil.copytree(folder / "copy", tmp_path / "c")
    log = tmp_path / "c" / "h-booked.db-wal"
    log.write_bytes(log.read_bytes()[: ends[-2]])
    with open_store(f"sqlite:///{tmp_path / 'c' / 'h.db'}") as store:
        (damage,) = lost(store.read)
    assert "were acknowledged and are gone" in damage.text


def test_a_flipped_byte_is_told_or_changes_nothing_that_is_read(
    store_of_sixty: tuple[Path, list[int]],
) -> None:
    folder, _ = store_of_sixty
    every = list(places(folder))
    sample = random.Random(2).sample(every, 60)
    told, harmless = flipped(folder, EVENTS, sample)
    assert told + harmless == 60
    assert told > 10


@pytest.mark.parametrize("name", ["h.db", "h-booked.db"])
def test_names_of_tables_that_cannot_be_read_are_told_as_damage(tmp_path: Path, name: str) -> None:
    """SQLite quotes them in its own word, which is no text then."""
    url = f"sqlite:///{tmp_path / 'h.db'}"
    open_store(url).close()
    file = tmp_path / name
    file.write_bytes(file.read_bytes().replace(b"CREATE TABLE", b"CREATE T\xbeBLE", 1))
    with pytest.raises(StoreError, match="cannot be read"), reading_store(url):
        pass
    with pytest.raises(StoreError, match="cannot be read"):
        open_store(url)


@posix
def test_a_full_disk_is_told_and_what_is_given_again_is_written(tmp_path: Path) -> None:
    """The size of a file is limited, which the system tells as it tells a full disk."""
    program = """
        import resource, sys
        from marginline.errors import StoreError
        from marginline.store.opening import open_store
        from marginline.store.rows import LedgerRow
        from tests.store.rows import ledger

        with open_store(sys.argv[1]) as store:
            hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
            number, failed = 0, None
            while failed is None:
                rows = [ledger(number + n) for n in range(100)]
                try:
                    store.write(rows).result(20)
                    number += 100
                except StoreError as problem:
                    failed = problem
                    assert store.trouble is problem
            assert len(store.read.rows(LedgerRow)) == number, "what failed is not there"
            print(failed.where, failed.reason, failed.remedy, sep="|")
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
            store.write(rows).result(20)
            assert store.trouble is None
            assert len(store.read.rows(LedgerRow)) == number + 100
    """
    path = tmp_path / "h.db"
    where, reason, remedy = child("-c", textwrap.dedent(program), f"sqlite:///{path}").split("|")
    assert where == str(path)
    assert "disk" in reason
    assert "space" in remedy


@pytest.mark.slow
def test_readers_do_not_wait_for_the_writer(tmp_path: Path) -> None:
    """A reader in a process of its own, beside a writer at full speed."""
    url = f"sqlite:///{tmp_path / 'h.db'}"
    program = """
        import sys, time
        from marginline.store.opening import reading_store
        from marginline.store.rows import LedgerRow, RollupRow

        times = []
        with reading_store(sys.argv[1]) as reader:
            reader.rows(RollupRow, account="main", step=1000, newest=100)
            ends = time.monotonic() + 10
            while len(times) < 100 and time.monotonic() < ends:
                begun = time.perf_counter()
                rows = reader.rows(RollupRow, account="main", step=1000, newest=100)
                reader.rows(LedgerRow, account="main", newest=20)
                times.append(time.perf_counter() - begun)
                assert [r.slot for r in rows] == sorted(r.slot for r in rows)
                time.sleep(0.002)
        times.sort()
        print(times[len(times) // 2])
    """
    ending = threading.Event()
    with open_store(url) as store:
        store.write([ledger(0), rollup(0, 0, "0.5")]).result(20)

        def hammer() -> None:
            number = 1
            while not ending.is_set():
                rows = [rollup((number + n) * 1000, 0, "0.5") for n in range(200)]
                store.write([*rows, *(ledger(number + n) for n in range(50))]).result(60)
                number += 200

        thread = threading.Thread(target=hammer)
        thread.start()
        try:
            usual = float(child("-c", textwrap.dedent(program), url))
        finally:
            ending.set()
            thread.join()
        assert store.trouble is None
    # the median: single ones may meet a machine that is busy otherwise, a lock would hold them all
    assert usual < 0.1


def test_a_reader_answers_while_a_transaction_is_being_written(tmp_path: Path) -> None:
    """Held open until the reader has answered: one that waited would wait for ever."""
    url = f"sqlite:///{tmp_path / 'h.db'}"
    with open_store(url) as store:
        store.write([ledger(0)]).result(20)
        begun, answered = threading.Event(), threading.Event()

        def hold(connection: Connection) -> bool:
            connection.exec_driver_sql("UPDATE ledger SET text = 'half'")
            begun.set()
            return answered.wait(60)

        held = store._writer.run("booked", hold)
        assert begun.wait(20)
        assert store.read.rows(LedgerRow) == [ledger(0)], "and sees nothing half"
        assert not held.done()
        answered.set()
        assert held.result(20)


def test_two_writers_of_one_file_do_not_lose_each_others_rows(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'h.db'}"
    with open_store(url) as one, open_store(url) as two:
        waiting = []
        for number in range(0, 60, 2):
            waiting.append(one.write([ledger(number)]))
            waiting.append(two.write([ledger(number + 1)]))
            time.sleep(0.002)
        for each in waiting:
            each.result(30)
        assert {row.id for row in one.read.rows(LedgerRow)} == {f"f{n}" for n in range(60)}
    with reading_store(url) as reader:
        from marginline.store.checking import check

        assert check(reader).damages == ()
        assert reader.rows(RollupRow) == []
