"""One round of the loop: what a batch touches, what is judged, what is said."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from marginline.core.account.account import Order, Reported
from marginline.core.findings import Status
from marginline.feeds.events import AssetRate, Life, Stream, VanishedPosition
from marginline.monitor.answers import AlertChanged, Judged, MonitorRecord
from marginline.monitor.judging.judge import Assessing, Ticking
from marginline.monitor.judging.market import merged, overlay
from marginline.monitor.process import Batch, process
from marginline.monitor.settings import MonitorSettings, Watching
from marginline.monitor.state import State, start
from marginline.monitor.taking.commands import Forget, Watch
from marginline.venues.assessing import assess
from tests.monitor.worlds import START, VENUE, Feed, account, moved

ONE = Watching(name="one", venue=VENUE, source="test")
TWO = Watching(name="two", venue=VENUE, source="test")


def begun(*watching: Watching, settings: MonitorSettings | None = None) -> State:
    return start(watching or (ONE,), settings or MonitorSettings(), START)


def live(feed: Feed, mark: str = "60000", name: str = "one", **kinds: str) -> State:
    """One account that is judged."""
    state, _ = process(
        begun(), [feed.snapshot(START, account(name, **kinds)), feed.mark(START, mark)], START
    )
    return state


def judged(records: tuple[MonitorRecord, ...]) -> list[Judged]:
    return [record for record in records if isinstance(record, Judged)]


def alerts(records: tuple[MonitorRecord, ...]) -> list[AlertChanged]:
    return [record for record in records if isinstance(record, AlertChanged)]


def test_before_anything_is_told_an_account_is_unknown() -> None:
    state, records = process(begun(), [], START + 1)
    assert state.accounts["one"].status is Status.UNKNOWN
    assert not judged(records)


def test_a_snapshot_and_a_mark_make_it_judged() -> None:
    found = live(Feed()).accounts["one"]
    assert found.status is Status.HEALTHY
    assert found.judged is not None
    assert found.judged.ratio == Decimal("0.024")


def test_without_a_live_mark_the_snapshots_own_price_does_not_count() -> None:
    state, _ = process(begun(), [Feed().snapshot(START, account())], START)
    assert state.accounts["one"].status is Status.UNKNOWN
    assert "marks: BTCUSDT" in state.accounts["one"].ages.stale


def test_a_file_is_judged_by_its_own_prices() -> None:
    watching = Watching(name="one", venue=VENUE, source="one.json", kind="file")
    state, _ = process(begun(watching), [Feed().snapshot(START, account())], START)
    assert state.accounts["one"].status is Status.HEALTHY


def test_a_mark_judges_only_who_holds_its_instrument() -> None:
    feed = Feed()
    other = replace(account("two"), positions=())
    state, _ = process(
        begun(ONE, TWO),
        [feed.snapshot(START, account()), feed.snapshot(START, other), feed.mark(START, "60000")],
        START,
    )
    _, records = process(state, [feed.mark(START + 1000, "60010")], START + 1000)
    assert [record.account for record in judged(records)] == ["one"]


def test_an_assets_rate_judges_who_holds_the_asset() -> None:
    feed = Feed()
    state = live(feed)
    rate = AssetRate(venue=VENUE, received=START + 5, sequence=99, asset="USDT", rate=Decimal(1))
    _, records = process(state, [rate], START + 5)
    assert [record.cause for record in judged(records)] == ["rate"]


def test_an_older_mark_changes_nothing() -> None:
    feed = Feed()
    state = live(feed)
    late = feed.mark(START - 1000, "1")
    after, records = process(state, [late], START + 10)
    assert not judged(records)
    assert after.markets[VENUE].prices["BTCUSDT"].mark == Decimal(60000)


def test_silence_makes_unknown_within_the_limit_and_keeps_the_last_figures() -> None:
    feed = Feed()
    state = live(feed)
    state, records = process(state, [], START + 10_000)
    assert state.accounts["one"].status is Status.HEALTHY
    state, records = process(state, [], START + 10_001)
    found = state.accounts["one"]
    assert found.status is Status.UNKNOWN
    assert found.judged is not None
    assert found.judged.ratio == Decimal("0.024")
    assert judged(records)[0].ratio is None
    assert judged(records)[0].stale == ["marks: BTCUSDT"]


def test_what_a_feed_calls_silent_is_unknown_at_once_and_heals() -> None:
    feed = Feed()
    state = live(feed)
    deaf = feed.stream(START + 1, Stream.ACCOUNT, Life.GAP, "one", reason="closed by the venue")
    state, _ = process(state, [deaf], START + 1)
    assert state.accounts["one"].status is Status.UNKNOWN
    assert "closed by the venue" in state.accounts["one"].ages.reasons[0].message
    well = feed.stream(START + 2, Stream.ACCOUNT, Life.HEALED, "one")
    state, _ = process(state, [well], START + 2)
    assert state.accounts["one"].status is Status.HEALTHY


def test_a_living_account_stream_keeps_an_account_fresh_that_does_not_change() -> None:
    feed = Feed()
    state = live(feed)
    for second in range(1, 120):
        now = START + second * 1000
        batch: Batch = [
            feed.mark(now, "60000"),
            feed.stream(now, Stream.ACCOUNT, Life.LIVE, "one", age_ms=500),
        ]
        state, _ = process(state, batch, now)
        assert state.accounts["one"].status is Status.HEALTHY


def test_an_account_that_no_rulebook_covers_is_unknown_and_says_so() -> None:
    feed = Feed()
    odd = replace(account(), venue="textbook", mode="nonsense")
    state, _ = process(begun(), [feed.snapshot(START, odd), feed.mark(START, "60000")], START)
    found = state.accounts["one"]
    assert found.status is Status.UNKNOWN
    assert any("mode" in reason.message for reason in found.ages.reasons)


def test_a_crash_is_judged_and_told_in_the_same_round() -> None:
    feed = Feed()
    state, records = process(live(feed), [feed.mark(START + 1000, "50100")], START + 1000)
    assert state.accounts["one"].status is Status.LIQUIDATION
    told = alerts(records)
    assert [(each.level, each.state) for each in told] == [("line", "firing")]
    assert state.accounts["one"].plan is not None


def test_an_alerts_record_names_the_judgement_that_it_speaks_by() -> None:
    feed = Feed()
    _, records = process(live(feed), [feed.mark(START + 1000, "50100")], START + 1000)
    (alert,), (judgement,) = alerts(records), judged(records)
    assert alert.judgement == judgement.sequence
    assert judgement.rules_digest
    assert judgement.age_marks == "0"


def test_the_venues_word_counts_where_it_is_worse_and_stays_so() -> None:
    feed = Feed()
    theirs = Reported(account={"margin_balance": Decimal(300), "maintenance_margin": Decimal(240)})
    state, records = process(begun(), [], START)
    for number in range(2):
        now = START + number * 1000
        snapshot = feed.snapshot(now, replace(account(), reported=theirs))
        state, records = process(state, [snapshot, feed.mark(now, "60000")], now)
    found = state.accounts["one"].judged
    assert found is not None
    assert found.assessment.status is Status.HEALTHY
    assert (found.status, found.judged_by, found.ratio) == (Status.WATCH, "venue", Decimal("0.8"))
    assert "contradiction" in {each.kind for each in alerts(records)}


def test_the_venues_word_does_not_count_where_it_is_better() -> None:
    feed = Feed()
    theirs = Reported(account={"margin_balance": Decimal(99999)})
    state = begun()
    for number in range(3):
        now = START + number * 1000
        snapshot = feed.snapshot(now, replace(account(), reported=theirs))
        state, _ = process(state, [snapshot, feed.mark(now, "60000")], now)
    found = state.accounts["one"].judged
    assert found is not None
    assert (found.judged_by, found.ratio) == ("rules", Decimal("0.024"))


def test_a_position_that_vanishes_is_a_liquidation_until_it_is_known_better() -> None:
    feed = Feed()
    gone = VanishedPosition(
        venue=VENUE,
        at=START + 5,
        received=START + 5,
        sequence=50,
        account="one",
        key="BTCUSDT/both",
        reason="no order of ours explains it",
    )
    state, records = process(live(feed), [gone], START + 5)
    assert state.accounts["one"].liquidated_at == START + 5
    assert [each.kind for each in alerts(records)] == ["vanished"]


def test_accounts_come_and_go() -> None:
    state, _ = process(live(Feed()), [Watch(TWO)], START + 1)
    assert set(state.accounts) == {"one", "two"}
    state, _ = process(state, [Forget("one")], START + 2)
    assert set(state.accounts) == {"two"}
    assert not [key for key in state.slots if key[0] == "one"]


def walk(prices: list[int], balances: list[int]) -> list[tuple[Batch, int]]:
    """Batches of a price path with fills and silences between."""
    feed = Feed()
    steps: list[tuple[Batch, int]] = [([feed.snapshot(START, account())], START)]
    now = START
    for price, balance in zip(prices, balances, strict=False):
        now += 700
        batch: list[object] = [feed.mark(now, str(price))]
        if balance % 3 == 0:
            batch.append(feed.changed(now, moved(account(), str(balance))))
        if balance % 7 == 0:
            now += 11_000
        steps.append((batch, now))  # type: ignore[arg-type]
    return steps


PATHS = st.tuples(
    st.lists(st.integers(45_000, 75_000), min_size=1, max_size=12),
    st.lists(st.integers(1, 20_000), min_size=12, max_size=12),
)


@given(PATHS)
def test_the_same_batches_give_the_same_records_to_the_byte(
    path: tuple[list[int], list[int]],
) -> None:
    def run() -> bytes:
        state, told = begun(), b""
        for batch, now in walk(*path):
            state, records = process(state, batch, now)
            told += msgspec.json.encode(records)
        return told

    assert run() == run()


@given(PATHS)
def test_the_status_is_that_of_the_account_of_now_at_every_step(
    path: tuple[list[int], list[int]],
) -> None:
    state = begun()
    for batch, now in walk(*path):
        state, _ = process(state, batch, now)
        found = state.accounts["one"]
        if not found.known:
            assert found.status is Status.UNKNOWN
            continue
        assert found.told is not None
        now_account = merged(found.told, overlay(found.told, state.markets.get(VENUE)))
        fresh = assess(now_account)
        assert found.judged is not None
        assert found.status is fresh.status
        assert found.judged.assessment.to_dict() == fresh.to_dict()


@given(PATHS)
def test_the_state_before_a_batch_stays_as_it_was(path: tuple[list[int], list[int]]) -> None:
    state = begun()
    for batch, now in walk(*path):
        first, one = process(state, batch, now)
        second, two = process(state, batch, now)
        assert one == two
        assert first == second
        state = first


def test_every_record_says_how_to_make_it_again() -> None:
    feed = Feed()
    _, records = process(live(feed), [feed.mark(START + 1000, "59000")], START + 1000)
    (record,) = judged(records)
    assert record.rulebook == "BNUM-SINGLE-2020-08"
    assert record.rules_digest
    assert record.sequence > 0
    assert (record.age_marks, record.age_account) == ("0", "1")


def test_a_stream_is_as_old_as_its_newest_data() -> None:
    feed = Feed()
    told = feed.stream(START, Stream.MARKS, Life.LIVE)
    state, _ = process(live(feed), [told, feed.mark(START + 5000, "60000")], START + 5000)
    assert state.streams[VENUE, "", "marks"].seen == START + 5000


def test_a_file_that_could_not_be_read_says_so_and_is_judged_once_it_can() -> None:
    watching = Watching(name="one", venue="", source="one.json", kind="file")
    unread, feed = Feed("file"), Feed()
    broken = unread.stream(START, Stream.FILE, Life.GAP, "one", age_ms=None, reason="not JSON")
    state, _ = process(begun(watching), [broken], START)
    assert "not JSON" in state.accounts["one"].ages.reasons[0].message
    batch: Batch = [
        feed.snapshot(START + 1, account()),
        feed.stream(START + 1, Stream.FILE, Life.LIVE, "one"),
    ]
    state, _ = process(state, batch, START + 1)
    assert state.accounts["one"].status is Status.HEALTHY
    assert state.accounts["one"].watching.venue == VENUE


def test_the_move_with_orders_filled_is_made_anew_once_a_second_and_on_every_message() -> None:
    feed = Feed()
    rests = Order(instrument="BTCUSDT", side="buy", size=Decimal("0.1"), price=Decimal(55_000))
    held = replace(account(), orders=(rests,))
    first: Batch = [feed.snapshot(START, held), feed.mark(START, "60000")]
    state, _ = process(begun(), first, START)

    def filled() -> Decimal:
        found = state.accounts["one"].judged
        assert found is not None
        move = found.distances["USDT"].with_orders
        assert move is not None
        return move.move

    at_first = filled()
    state, _ = process(state, [feed.mark(START + 100, "59000")], START + 100)
    assert filled() == at_first
    state, _ = process(state, [feed.mark(START + 1000, "59001")], START + 1000)
    assert filled() != at_first
    at_second = filled()
    state, _ = process(state, [feed.changed(START + 1100, moved(held, "9000"))], START + 1100)
    assert filled() != at_second


def test_the_venues_figures_of_another_moment_refute_nothing() -> None:
    """Prices move on after a snapshot; its own totals are compared at its own moment alone."""
    feed = Feed()
    told = replace(account(), reported=Reported(account={"maintenance_margin": Decimal(240)}))
    state = start((Watching(name="one", venue=VENUE, source="x"),), MonitorSettings(), START)
    for judge in (Assessing(), Ticking()):
        batch = (feed.mark(START, "60000"), feed.snapshot(START, told))
        after, _ = process(state, batch, START, judge)
        after, _ = process(after, (feed.mark(START + 1, "70000"),), START + 1, judge)
        assert after.accounts["one"].status is Status.HEALTHY
        found = after.accounts["one"].judged
        assert found
        said = [each.code.value[0] for each in found.assessment.all_findings()]
        assert "CONTRADICTION" not in said
