"""What else is told: changed terms, the queue, lost positions, funding that drains, old data."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from marginline.cli.live.sentences import said
from marginline.core.account.account import Account, Reported
from marginline.core.account.market import Funding
from marginline.core.account.moments import from_milliseconds
from marginline.core.account.tables import FeeRates, Fees, TierRow, TierTable
from marginline.feeds.events import LedgerEvent, VanishedPosition
from marginline.monitor.alerts.noticing import ranks
from marginline.monitor.alerts.parts import share
from marginline.monitor.answers import AlertChanged
from marginline.monitor.process import process
from marginline.monitor.settings import Bands, MonitorSettings, Watching
from marginline.monitor.state import State, start
from tests.monitor.worlds import START, VENUE, Feed, account

WATCHING = Watching(name="one", venue=VENUE, source="test", kind="file")
D = Decimal
BANDS = Bands(target=D("0.02"), warn=D("0.03"), act=D("0.05"), rearm=D("0.005"))
"""Low, so that an account far from its line has bands to be taken over."""


class Story:
    """One account on a clock by hand."""

    def __init__(self) -> None:
        self.feed, self.now, self.numbers = Feed(), START, 10_000
        self.state: State = start((WATCHING,), MonitorSettings(bands=BANDS), START)
        self.records: list[AlertChanged] = []

    def do(self, *batch: object, after: float = 1) -> None:
        """A batch, so many seconds later."""
        self.now += int(after * 1000)
        self.state, records = process(self.state, batch, self.now)  # type: ignore[arg-type]
        self.records += [each for each in records if isinstance(each, AlertChanged)]

    def told(self, state: Account, after: float = 1) -> None:
        """The whole account."""
        self.do(self.feed.snapshot(self.now, state), after=after)

    def vanishes(self, key: str = "BTCUSDT/both", after: float = 1) -> None:
        """A position is gone."""
        self.numbers += 1
        event = VanishedPosition(
            venue=VENUE,
            received=self.now,
            sequence=self.numbers,
            account="one",
            key=key,
            reason="no order",
        )
        self.do(event, after=after)

    @property
    def spoken(self) -> list[str]:
        """Kinds in the order in which they fired."""
        return [each.kind for each in self.records if each.state == "firing"]

    @property
    def sentence(self) -> str:
        """The newest alert, as the command line says it."""
        return re.sub(r"\s%", "%", said(self.records[-1].sentence))


def with_tiers(rate: str) -> Account:
    found = account()
    table = TierTable(rows=(TierRow(floor=D(0), rate=D(rate), max_leverage=D(125)),))
    return replace(found, parameters=replace(found.parameters, tiers={"BTCUSDT": table}))


def test_a_share_that_must_suffice_is_rounded_up() -> None:
    assert [said([share(each)]) for each in ("0.20460194", "0.00004")] == ["20.47 %", "0.01 %"]


def test_new_tiers_of_a_held_position_are_told_with_their_effect() -> None:
    story = Story()
    story.told(with_tiers("0.004"))
    story.told(with_tiers("0.01"))
    assert story.spoken == ["tiers"]
    assert story.sentence == (
        "one is judged by new terms: the tiers of BTCUSDT changed; the requirement goes from"
        " 240.00 USDT to 600.00 USDT, use from 2.4% to 6.0%. Back to 2.0%: pay in 20,000.00 USDT,"
        " or sell 0.667 BTCUSDT, or close 66.61% of BTCUSDT."
    )
    story.told(with_tiers("0.01"))
    assert story.spoken == ["tiers"]


def test_tiers_that_change_again_are_told_again_after_a_minute_and_none_is_lost() -> None:
    story = Story()
    for rate in ("0.004", "0.01", "0.02"):
        story.told(with_tiers(rate))
    assert story.spoken == ["tiers"]
    story.told(with_tiers("0.02"), after=29)
    story.told(with_tiers("0.02"), after=29)
    story.told(with_tiers("0.02"), after=3)
    assert [each for each in story.spoken if each == "tiers"] == ["tiers", "tiers"]
    assert "from 600.00 USDT to 1,200.00 USDT" in story.sentence


def test_tiers_of_what_is_not_held_are_no_news() -> None:
    story = Story()
    story.told(account())
    other = replace(account(), positions=())
    table = TierTable(rows=(TierRow(floor=D(0), rate=D("0.5")),))
    story.told(replace(other, parameters=replace(other.parameters, tiers={"BTCUSDT": table})))
    assert not story.spoken


def with_fees(taker: str | None) -> Account:
    found = account()
    fees = Fees(by_instrument={"BTCUSDT": FeeRates(taker=None if taker is None else D(taker))})
    return replace(found, parameters=replace(found.parameters, fees=fees))


def test_other_fees_and_steps_of_what_is_held_are_told_with_what_they_change() -> None:
    story = Story()
    story.told(with_fees("0.0005"))
    story.told(with_fees("0.0004"))
    assert story.spoken == ["tiers"]
    assert story.sentence.startswith(
        "one is judged by new terms: the fees changed; the requirement stays at 240.00 USDT."
    )
    other = account()
    steps = replace(other.instruments["BTCUSDT"], size_step=D("0.01"), contract_size=D(2))
    story = Story()
    story.told(other)
    story.told(replace(other, instruments={"BTCUSDT": steps}))
    assert story.sentence.startswith(
        "one is judged by new terms: the steps or terms of BTCUSDT changed; the requirement goes"
        " from 240.00 USDT to 480.00 USDT"
    )


def test_fees_that_were_not_told_before_are_no_change() -> None:
    story = Story()
    story.told(account())
    story.told(with_fees("0.0005"))
    assert not story.spoken


def ranked(rank: int | None) -> Account:
    row = {} if rank is None else {"adl": str(rank - 1)}
    return replace(account(), reported=Reported(raw={"position_risk": {"BTCUSDT/both": row}}))


def test_the_worst_place_in_the_queue_is_told_once_while_it_sways() -> None:
    story = Story()
    for rank in (2, 4, 5, 4, 5, 4, None, 5):
        story.told(ranked(rank))
    assert story.spoken == ["adl", "adl"]  # where the venue says nothing any more it is over
    assert story.sentence == (
        "one is next in the venue's deleveraging queue with long 1 BTCUSDT, rank 5 of 5: its profit"
        " may be closed at a price not its own."
    )


def test_a_place_in_the_queue_is_on_one_scale_whatever_the_venue_counts_by() -> None:
    (position,) = account().positions
    for shown, rank in (("0", 0), ("1", 1), ("5", 5)):
        told = replace(position, extra={"adlRankIndicator": shown})
        assert ranks(replace(account(), positions=(told,))) == {"BTCUSDT/both": rank}
    assert ranks(ranked(1)) == {"BTCUSDT/both": 1}
    assert ranks(account()) == {}


def test_a_position_that_vanishes_is_told_with_what_it_was() -> None:
    story = Story()
    story.told(account())
    story.vanishes()
    assert story.spoken == ["vanished"]
    assert story.sentence == (
        "one lost long 1 BTCUSDT without an order of its own: liquidated, deleveraged, or closed"
        " unseen; its ledger will say which."
    )
    story.vanishes("ETHUSDT/both", after=2)
    story.do(after=61)
    assert story.spoken == ["vanished", "vanished"]
    assert "lost long 1 BTCUSDT, ETHUSDT without" in story.sentence


def test_a_liquidation_in_many_rows_is_told_once() -> None:
    story = Story()
    story.told(account())
    for number in range(5):
        row = LedgerEvent(
            venue=VENUE,
            received=story.now,
            sequence=500 + number,
            account="one",
            kind="LIQUIDATION_FEE",
            asset="USDT",
            amount=D(-1),
            id=str(number),
            text="",
        )
        story.do(row, after=0.1)
    assert story.spoken == ["liquidated"]


def funded(rate: str | None, *, hours: int = 3) -> Account:
    """It uses 240 of 10,000 at a mark of 60,000; a rate of 0.02 pays 1,200 each 8 hours."""
    if rate is None:
        return account()
    terms = Funding(
        rate=D(rate),
        next_at=from_milliseconds(START) + timedelta(hours=hours),
        interval_hours=D(8),
    )
    return replace(account(), market=replace(account().market, funding={"BTCUSDT": terms}))


def test_funding_that_will_drain_a_band_is_told_before_it_does() -> None:
    story = Story()
    story.told(funded("0.0001"))
    assert not story.spoken
    story.told(funded("0.02"))  # 8,800 are left, then 7,600: 240 of them are 3.2 %
    assert story.spoken == ["funding"]
    assert story.sentence == (
        "one will be taken over its warn line by funding at 22:06:40: it pays 2,400.00 USDT until"
        " then at the rates of now; then it uses 3.2% of its support, warn from 3.0%."
        " Pay in 400.00 USDT before, and it stays below."
    )


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(funded(None), id="funding that is not told drains nothing"),
        pytest.param(funded("-0.02"), id="what is received drains nothing"),
        pytest.param(funded("0.02", hours=30), id="beyond a day"),
    ],
)
def test_funding_that_drains_nothing_within_a_day_says_nothing(state: Account) -> None:
    story = Story()
    story.told(state)
    assert not story.spoken


def test_funding_that_eats_everything_says_so() -> None:
    story = Story()
    story.told(funded("0.2"))
    assert "then nothing is left of its support, warn from 3.0%" in story.sentence


def test_the_funding_that_was_told_is_over_when_the_rate_falls() -> None:
    story = Story()
    story.told(funded("0.02"))
    story.told(funded("0.0000001"))
    assert [each.state for each in story.records] == ["firing", "over"]


def test_old_data_and_what_cannot_be_judged_are_two_kinds() -> None:
    story = Story()
    story.told(account())
    story.do(after=31)
    story.do(after=31)
    assert [(each.kind, each.state) for each in story.records] == [
        ("stale", "held"),
        ("stale", "firing"),
    ]
    bare = replace(account(), parameters=replace(account().parameters, tiers={}))
    broken = replace(bare, market=replace(bare.market, mark={}))
    other = Story()
    other.told(broken)
    other.told(broken, after=29)
    other.told(broken, after=2)
    assert [each.kind for each in other.records][-1] == "unknown"
