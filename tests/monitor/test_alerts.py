"""Bands: hysteresis, dwell, re-arm, cooldown; what people do with an alert; what time does."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from marginline.core.findings import Status
from marginline.errors import InputError
from marginline.monitor.alerts.trying import fired
from marginline.monitor.answers import AlertChanged
from marginline.monitor.process import process
from marginline.monitor.settings import Bands, MonitorSettings, Watching
from marginline.monitor.state import Alert, Silence, State, start
from marginline.monitor.taking.commands import Acknowledge, Hush, Mute, SetBands
from tests.monitor.worlds import START, VENUE, Feed, account

WATCHING = Watching(name="one", venue=VENUE, source="test", kind="file")
PRICES = {"0.02": "60000", "0.65": "50310", "0.72": "50280", "0.82": "50246", "1.1": "50183"}
"""Marks at which the account of the tests uses so much of its support."""


class Story:
    """One account on a clock by hand; each step a price and the seconds since the last."""

    def __init__(self, bands: Bands | None = None, **settings: int) -> None:
        self.feed = Feed()
        self.now = START
        made = MonitorSettings(bands=bands or Bands(), **settings)  # type: ignore[arg-type]
        self.state: State = start((WATCHING,), made, START)
        self.told: list[AlertChanged] = []
        self._do(self.feed.snapshot(START, account()))

    def _do(self, *batch: object) -> None:
        self.state, records = process(self.state, batch, self.now)  # type: ignore[arg-type]
        self.told += [each for each in records if isinstance(each, AlertChanged)]

    def at(self, ratio: str, seconds: float = 1) -> None:
        """The account at this ratio, so many seconds later."""
        self.now += int(seconds * 1000)
        fresh = self.feed.snapshot(self.now, account())
        self._do(fresh, self.feed.mark(self.now, PRICES[ratio]))

    def wait(self, seconds: float) -> None:
        """Nothing comes."""
        self.now += int(seconds * 1000)
        self._do()

    def ask(self, command: object) -> None:
        """A command."""
        self._do(command)

    @property
    def spoken(self) -> list[str]:
        """Levels in the order in which they fired."""
        return [each.level for each in self.told if each.state == "firing"]

    @property
    def alert(self) -> Alert:
        """The newest alert."""
        return list(self.state.alerts.values())[-1]


QUIET = Bands(cooldown_ms=0, rearm=Decimal("0.05"))


@pytest.mark.parametrize("ratio", PRICES)
def test_the_prices_of_these_tests_are_what_they_say(ratio: str) -> None:
    story = Story()
    story.at(ratio)
    judged = story.state.accounts["one"].judged
    assert judged is not None
    found = judged.ratio
    assert found is not None
    assert abs(found - Decimal(ratio)) < Decimal("0.02")


def test_an_alert_of_a_graver_band_takes_over() -> None:
    story = Story(QUIET)
    for ratio in ("0.72", "0.82", "1.1"):
        story.at(ratio)
    assert story.spoken == ["warn", "act", "line"]
    states = {alert.level: alert.state for alert in story.state.alerts.values()}
    assert states == {"warn": "over", "act": "over", "line": "firing"}


def states(story: Story) -> list[tuple[str, str]]:
    return [(alert.level, alert.state) for alert in story.state.alerts.values()]


def test_a_band_that_a_leap_passed_over_speaks_when_the_graver_alert_is_over() -> None:
    story = Story()
    for ratio in ("0.02", "1.1", "0.82"):
        story.at(ratio)
    assert story.spoken == ["line", "act"]
    assert states(story) == [("line", "over"), ("act", "firing")]


def test_a_band_that_has_spoken_stands_again_when_the_graver_alert_is_over() -> None:
    story = Story(Bands(cooldown_ms=600_000))
    for ratio in ("0.72", "0.82", "0.72"):
        story.at(ratio)
    assert story.spoken == ["warn", "act"]
    assert states(story) == [("warn", "over"), ("act", "over"), ("warn", "held")]
    assert story.alert.told is None
    story.at("0.72", 596)
    assert story.spoken == ["warn", "act"]
    story.at("0.72", 2)
    assert story.spoken == ["warn", "act", "warn"]
    story.at("0.72", 700)
    assert story.spoken == ["warn", "act", "warn"], "told once while it stands"


def test_while_a_graver_alert_stands_within_its_hysteresis_no_other_speaks() -> None:
    story = Story(Bands(cooldown_ms=0, rearm=Decimal("0.15")))
    for ratio in ("0.72", "0.82", "0.72"):
        story.at(ratio)
    assert story.spoken == ["warn", "act"]
    assert states(story) == [("warn", "over"), ("act", "firing")]


def test_bands_tried_tell_of_the_way_back_as_live_ones_do() -> None:
    bands = Bands(cooldown_ms=0)
    story, moments = Story(bands), []
    for ratio in ("0.02", "0.72", "0.82", "0.72", "0.72", "0.02"):
        story.at(ratio)
        moments.append((story.now, float(ratio)))
    assert story.spoken == ["warn", "act", "warn"]
    assert [each.level for each in fired(moments, bands)] == story.spoken


def test_a_graver_alert_that_is_held_and_would_not_speak_keeps_no_other_silent() -> None:
    """Within the hysteresis of act nobody was told of anything, however long it stayed there."""
    story = Story(Bands(cooldown_ms=600_000, rearm=Decimal("0.1")))
    for ratio in ("0.82", "0.02", "0.82"):
        story.at(ratio)
    assert (story.spoken, story.alert.state) == (["act"], "held")
    story.at("0.72")
    assert story.spoken == ["act", "warn"]
    assert states(story) == [("act", "over"), ("act", "held"), ("warn", "firing")]
    story.at("0.82", 600)
    assert story.spoken == ["act", "warn", "act"]
    assert states(story)[1:] == [("act", "firing"), ("warn", "over")]


@pytest.mark.parametrize("seed", range(12))
def test_bands_tried_tell_what_live_ones_do_whatever_the_ratio_does(seed: int) -> None:
    drawn = Random(seed)
    bands = Bands(
        rearm=Decimal(drawn.choice(["0.03", "0.1"])),
        dwell_ms=drawn.choice([0, 15_000]),
        cooldown_ms=drawn.choice([0, 60_000]),
    )
    story, moments = Story(bands, hold_ms=0), []
    ratios = [each for each in PRICES if each != "0.65"]  # there the line is near, a warning too
    for _ in range(40):
        story.at(drawn.choice(ratios), drawn.choice([1, 10, 25]))
        judged = story.state.accounts["one"].judged
        assert judged is not None
        moments.append((story.now, float(judged.ratio or "nan")))
    told = [(each.at, each.level) for each in story.told if each.state == "firing"]
    tried = [(each.at, each.level) for each in fired(moments, bands)]
    assert tried == [each for each in told if each[1] != "line"], f"{seed=}"


def test_within_the_cooldown_an_alert_stands_and_is_told_if_it_still_holds() -> None:
    story = Story(Bands(cooldown_ms=600_000, rearm=Decimal("0.1")))
    for ratio in ("0.82", "0.02", "0.82"):
        story.at(ratio)
    assert story.spoken == ["act"]
    assert states(story) == [("act", "over"), ("act", "held")]
    story.at("0.02")
    assert states(story)[-1] == ("act", "over")
    story.at("0.82")
    story.at("0.72", 600)  # within the hysteresis it stands and is not told
    assert ("act", "held") in states(story)
    assert "act" not in story.spoken[1:]
    story.at("0.82")
    assert story.spoken[-1] == "act"


FLAPS = [("0.65", "0.72"), ("0.02", "0.72"), ("0.72", "0.82"), ("0.02", "0.82"), ("0.65", "0.82")]


@pytest.mark.parametrize(("low", "high"), FLAPS)
def test_a_ratio_that_flaps_each_second_is_told_once_of_a_band_in_the_cooldown(
    low: str, high: str
) -> None:
    story = Story(Bands(cooldown_ms=60_000))
    for second in range(100):
        story.at(high if second % 2 else low)
    assert story.spoken
    assert max(map(story.spoken.count, story.spoken)) <= 2


@pytest.mark.parametrize("back", ["0.72", "0.65"])
@pytest.mark.parametrize("by_hand", [True, False])
def test_the_end_of_a_mute_tells_nothing_that_the_cooldown_holds(back: str, by_hand: bool) -> None:
    story = Story(Bands(cooldown_ms=600_000))
    for ratio in ("0.72", "0.82", "0.72"):
        story.at(ratio)
    held = story.alert
    assert (held.level, held.state) == ("warn", "held")
    story.ask(Mute(held.id, story.now + 30_000))
    story.at(back, 20)
    assert story.alert.state == "muted"
    if by_hand:
        story.ask(Mute(held.id, story.now))
    story.at(back, 11)
    assert (story.alert.id, story.alert.state, story.alert.told) == (held.id, "held", None)
    assert story.spoken == ["warn", "act"]
    story.at("0.72", 600)
    assert story.spoken == ["warn", "act", "warn"]


def test_an_alert_that_nobody_heard_for_a_silence_begins_no_cooldown() -> None:
    story = Story(Bands(cooldown_ms=600_000))
    story.ask(Hush(Silence("one", "band", story.now + 30_000)))
    story.at("0.72")
    assert (story.alert.state, story.spoken) == ("muted", [])
    story.at("0.72", 30)
    assert (story.alert.state, story.spoken) == ("firing", ["warn"])
    story.at("0.02")
    story.at("0.72", 590)
    assert (story.alert.state, story.spoken) == ("held", ["warn"])


def test_a_graver_band_that_must_last_leaves_the_other_standing_until_it_has() -> None:
    story = Story(Bands(dwell_ms=60_000))
    story.at("0.72")
    story.at("0.72", 60)
    story.at("0.82", 20)
    assert states(story) == [("warn", "firing")]
    story.at("0.82", 60)
    assert states(story) == [("warn", "over"), ("act", "firing")]


def test_back_over_a_band_within_the_hysteresis_says_nothing_new() -> None:
    story = Story(Bands(cooldown_ms=0, rearm=Decimal("0.25"), act=Decimal("0.9")))
    for _ in range(20):
        story.at("0.72")
        story.at("0.65")
    assert story.spoken == ["warn"]


def test_a_sawtooth_beyond_the_hysteresis_speaks_once_in_the_cooldown() -> None:
    story = Story(Bands(cooldown_ms=600_000, rearm=Decimal("0.03")))
    for _ in range(100):
        story.at("0.72", 5)
        story.at("0.02", 5)
    assert story.spoken.count("warn") == 2  # 1,000 seconds, at most one in 600


def test_what_does_not_last_is_not_told() -> None:
    story = Story(Bands(dwell_ms=60_000, cooldown_ms=0))
    story.at("0.82")
    story.at("0.82", 20)
    story.at("0.02", 20)
    assert not story.spoken
    story.at("0.82")
    story.at("0.82", 60)
    assert story.spoken == ["act"]


def test_the_line_waits_for_nothing() -> None:
    story = Story(Bands(dwell_ms=600_000))
    story.at("1.1")
    assert story.spoken == ["line"]


def test_an_alert_carries_the_way_back() -> None:
    story = Story()
    story.at("0.82")
    kinds = [part.kind for part in story.alert.sentence]
    assert kinds[0] == "account"
    assert "enough" in kinds
    assert story.alert.plan is not None
    assert story.alert.plan.target_ratio == "0.6"


def test_a_loss_of_data_is_held_then_told_and_over_when_it_heals() -> None:
    story = Story()
    story.at("0.02")
    story.wait(31)
    assert story.alert.state == "held"
    assert not story.spoken
    story.wait(30)
    assert story.spoken == ["unknown"]
    story.at("0.02")
    assert [each.state for each in story.told] == ["held", "firing", "over"]


def test_a_loss_that_heals_within_the_hold_is_never_told() -> None:
    story = Story()
    story.at("0.02")
    story.wait(31)
    story.at("0.02", 20)
    assert not story.spoken
    assert [each.state for each in story.told] == ["held", "over"]


def test_while_it_is_unknown_no_band_begins_or_ends() -> None:
    story = Story(QUIET)
    story.at("0.82")
    acted = story.alert
    story.wait(31)
    assert story.state.accounts["one"].status is Status.UNKNOWN
    assert story.state.alerts[acted.id].state == "firing"


def test_acknowledged_it_speaks_again_only_when_it_gets_worse() -> None:
    story = Story(Bands(remind_ms=60_000))
    story.at("0.82")
    story.ask(Acknowledge(story.alert.id))
    assert story.alert.state == "acknowledged"
    for _ in range(10):
        story.at("0.82", 20)
    assert story.spoken == ["act"]
    story.at("1.1")
    assert story.spoken == ["act", "line"]


def test_what_nobody_has_seen_is_said_again() -> None:
    story = Story(Bands(remind_ms=60_000))
    story.at("0.82")
    for _ in range(7):
        story.at("0.82", 20)
    assert story.spoken == ["act", "act", "act"]


def test_muted_it_is_quiet_until_then_and_graver_ones_come_through() -> None:
    story = Story(Bands(remind_ms=10_000))
    story.at("0.82")
    first = story.alert.id
    story.ask(Mute(first, story.now + 60_000))
    for _ in range(2):
        story.at("0.82", 20)
    assert story.spoken == ["act"]
    story.at("0.82", 30)
    assert story.spoken == ["act", "act"]
    story.ask(Mute(first, None))
    story.at("1.1", 100)
    assert story.spoken == ["act", "act", "line"]


def test_new_bands_count_from_the_next_look() -> None:
    story = Story()
    story.at("0.72")
    assert story.spoken == ["warn"]
    story.ask(SetBands("one", Bands(warn=Decimal("0.65"), act=Decimal("0.7"))))
    assert story.spoken == ["warn", "act"]


def test_alerts_over_for_a_day_are_dropped_and_their_number_is_bounded() -> None:
    story = Story(QUIET)
    for _ in range(20):
        story.at("0.72")
        story.at("0.02")
    assert len(story.state.alerts) == 20
    story.now += 86_400_000
    story.at("0.02")
    assert not [each for each in story.state.alerts.values() if each.level == "warn"]


WRONG = [
    {"warn": Decimal("0.9")},
    {"target": Decimal("0.75")},
    {"act": Decimal(80)},
    {"rearm": Decimal("-0.1")},
    {"dwell_ms": -1},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_bands_that_make_no_sense_are_refused(wrong: dict[str, Decimal]) -> None:
    with pytest.raises(InputError):
        replace(Bands(), **wrong)  # type: ignore[arg-type]


def test_bands_tried_speak_as_they_would_have_live() -> None:
    moments = [(START, 0.5), (START + 1000, 0.75), (START + 2000, 0.69), (START + 3000, 0.75)]
    moments += [(START + 4000, float("nan")), (START + 5000, 0.3), (START + 6000, 0.85)]
    bands = Bands(cooldown_ms=0)
    assert [(each.level, each.ratio) for each in fired(moments, bands)] == [
        ("warn", "0.75"),
        ("act", "0.85"),
    ]
