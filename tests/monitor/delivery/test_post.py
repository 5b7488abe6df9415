"""What is sent when and to whom, on a clock by hand; over many seeds against targets at fault."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from marginline.monitor.delivery.parcels import Attempted, Manner, Message, Parcel, Place
from marginline.monitor.delivery.post import Post
from marginline.monitor.delivery.quiet import QuietHours
from marginline.monitor.wire import AlertLevel

START = 1_795_000_000_000
FIRST, BESIDE, SECOND = Place("phone", "x"), Place("mail", "x"), Place("desk", "x", group=2)
OK, NO = Attempted("arrived"), Attempted("refused", "it answered 500")
UNSURE = Attempted("unsure", "it did not answer in time")


def message(key: str = "k", level: AlertLevel = "act", at: int = START) -> Message:
    return Message(key=key, alert=f"a-{key}", level=level, at=at, title="t", body="b")


def states(post: Post, key: str = "k") -> dict[str, str]:
    return {name: parcel.state for name, parcel in post.parcels[key].items()}


def attempt(post: Post, outcome: Attempted, now: int) -> list[str]:
    """Every attempt that begins now ends so; their targets."""
    begun = post.begin(now)
    for parcel in begun:
        post.done(parcel.key, parcel.target, outcome, now)
    return [parcel.target for parcel in begun]


def test_every_target_of_the_first_group_gets_it_once() -> None:
    post = Post([FIRST, BESIDE, SECOND], Manner())
    post.take(message(), START)
    assert attempt(post, OK, START) == ["mail", "phone"]
    assert states(post) == {"phone": "sent", "mail": "sent"}
    assert post.take(message(), START + 1) == []
    assert attempt(post, OK, START + 10**7) == []


def test_retries_wait_twice_as_long_each_time_up_to_five_minutes() -> None:
    post, now, waits = Post([FIRST], Manner()), START, []
    post.take(message(), now)
    for _ in range(12):
        attempt(post, NO, now)
        due = post.next_due()
        assert due is not None
        waits.append((due - now) / 1000)
        now = due
    usual = [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]
    assert all(0.75 * u <= w <= 1.25 * u for w, u in zip(waits, usual, strict=True))
    assert len({w / u for w, u in zip(waits, usual, strict=True)}) > 6  # by chance, not in step


def test_a_service_that_asks_to_be_left_alone_is() -> None:
    post = Post([FIRST], Manner())
    post.take(message(), START)
    attempt(post, Attempted("refused", "it answered 429", 90_000), START)
    assert post.next_due() == START + 90_000


def test_the_second_group_is_asked_when_the_first_has_failed_twice() -> None:
    post, now = Post([FIRST, SECOND], Manner()), START
    post.take(message(), now)
    attempt(post, NO, now)
    assert states(post) == {"phone": "waiting"}
    now += 3_000
    attempt(post, NO, now)
    assert attempt(post, OK, now) == ["desk"]
    assert states(post) == {"phone": "waiting", "desk": "sent"}
    attempt(post, OK, now + 10_000)
    assert states(post) == {"phone": "sent", "desk": "sent"}


def test_the_second_group_rests_while_one_of_the_first_works() -> None:
    post, now = Post([FIRST, BESIDE, SECOND], Manner()), START
    post.take(message(), now)
    begun = {parcel.target for parcel in post.begin(now)}
    assert begun == {"phone", "mail"}
    post.done("k", "phone", OK, now)
    for _ in range(5):
        now += 400_000
        post.done("k", "mail", NO, now)
        post.begin(now + 400_000)
    assert "desk" not in states(post)


def test_what_may_have_arrived_is_not_sent_again_where_another_got_it() -> None:
    post = Post([FIRST, SECOND], Manner())
    post.take(message(), START)
    attempt(post, UNSURE, START)
    assert attempt(post, OK, START) == ["desk"]
    assert attempt(post, OK, START + 10**7) == []
    assert states(post) == {"phone": "unsure", "desk": "sent"}


def test_what_nobody_is_known_to_have_got_is_sent_again_and_says_so() -> None:
    post = Post([FIRST], Manner())
    post.take(message(), START)
    attempt(post, UNSURE, START)
    [again] = post.begin(START + 10_000)
    assert again.again
    post.done("k", "phone", OK, START + 10_000)
    assert states(post) == {"phone": "sent"}


def test_an_attempt_under_way_at_a_kill_may_have_arrived() -> None:
    post = Post([FIRST, SECOND], Manner())
    post.take(message(), START)
    begun = post.begin(START)
    after = Post([FIRST, SECOND], Manner())
    after.restore([message()], begun, START + 1)
    after.follow_all(START + 1)
    assert states(after) == {"phone": "unsure", "desk": "waiting"}
    assert attempt(after, OK, START + 1) == ["desk"]


def test_the_gravest_goes_first_and_one_at_a_time() -> None:
    post = Post([FIRST], Manner())
    for key, level in (("1", "warn"), ("2", "line"), ("3", "act")):
        post.take(message(key, level), START)  # type: ignore[arg-type]
    order = []
    while begun := post.begin(START):
        [one] = begun
        order.append(one.key)
        assert post.begin(START) == []
        post.done(one.key, one.target, OK, START)
    assert order == ["2", "3", "1"]


NIGHT = Manner(quiet=QuietHours(time(22), time(7), ZoneInfo("UTC")))


def test_quiet_hours_hold_what_is_not_the_worst_and_drop_what_is_over() -> None:
    night = int(datetime(2026, 11, 28, 23, tzinfo=UTC).timestamp() * 1000)
    morning = int(datetime(2026, 11, 29, 7, tzinfo=UTC).timestamp() * 1000)
    post = Post([FIRST], NIGHT)
    post.take(message("1", "act", night), night)
    post.take(message("2", "warn", night), night)
    post.take(message("3", "line", night), night)
    assert [p.key for p in post.begin(night)] == ["3"]
    post.done("3", "phone", OK, night)
    assert post.next_due() == morning
    post.settle("a-2", night + 1)
    assert post.unreached(night + 3_600_000) == []  # held, not lost
    assert [p.key for p in post.begin(morning)] == ["1"]
    assert states(post, "2") == {"phone": "dropped"}


def test_what_reached_nobody_in_time_is_known() -> None:
    post = Post([FIRST], Manner())
    post.take(message(), START)
    attempt(post, NO, START)
    assert post.unreached(START + 44_999) == []
    assert [each.key for each in post.unreached(START + 45_000)] == ["k"]
    attempt(post, OK, START + 50_000)
    assert post.unreached(START + 90_000) == []


def test_a_target_that_is_no_longer_set_gets_nothing() -> None:
    post = Post([SECOND], Manner())
    parcel = Parcel(key="k", target="phone", state="waiting", at=START, due=START)
    post.restore([message()], [parcel], START)
    post.follow_all(START)
    assert states(post) == {"phone": "failed", "desk": "waiting"}


def test_what_is_done_for_a_day_is_forgotten_what_is_open_is_not() -> None:
    post = Post([FIRST], Manner())
    post.take(message("1"), START)
    attempt(post, OK, START)
    post.take(message("2"), START)
    assert post.sweep(START + 86_400_000) == ["1"]
    assert set(post.messages) == {"2"}


# ------------------------------------------------------------------------------------ simulation


@dataclass
class Receiver:
    """A target with faults: what it got, and which of it was told to be again."""

    name: str
    faulty: bool
    got: Counter[str] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)

    def take(self, parcel: Parcel, random: Random) -> Attempted:
        fault: Literal["", "500", "refused", "429", "slow", "cut before", "cut after"] = ""
        if self.faulty and random.random() < 0.6:
            fault = random.choice(["500", "refused", "429", "slow", "cut before", "cut after"])
        if fault in ("500", "refused"):
            return Attempted("refused", fault)
        if fault == "429":
            return Attempted("refused", fault, random.randrange(1_000, 60_000))
        if fault != "cut before":
            self.got[parcel.key] += 1
            self.again[parcel.key] += parcel.again
        return UNSURE if fault else OK


CALM = START + 1_800_000
"""Then the faults are over."""


class Simulation:
    """Alerts, receivers at fault and kills, by one seed, on a clock of its own."""

    def __init__(self, seed: int) -> None:
        self.seed, self.random = seed, Random(seed)
        choices = [[FIRST], [FIRST, SECOND], [FIRST, BESIDE], [FIRST, BESIDE, SECOND]]
        self.places = self.random.choice(choices)
        self.receivers = {p.name: Receiver(p.name, faulty=True) for p in self.places}
        self.kept: dict[tuple[str, str], Parcel] = {}
        self.messages: dict[str, Message] = {}
        self.post, self.now = Post(self.places, Manner(), seed), START

    def keep(self, parcels: list[Parcel]) -> None:
        self.kept.update({(p.key, p.target): p for p in parcels})

    def run(self) -> None:
        while self.now < START + 7_200_000:
            self.speak()
            self.send()
            self.now += self.random.randrange(500, 20_000)

    def speak(self) -> None:
        if self.now >= CALM or self.random.random() >= 0.3:
            return
        levels: list[AlertLevel] = ["warn", "act", "line"]
        made = message(f"m{len(self.messages)}", self.random.choice(levels), self.now)
        self.messages[made.key] = made
        self.keep(self.post.take(made, self.now))

    def send(self) -> None:
        begun = self.post.begin(self.now)
        self.keep(begun)  # kept as begun before it is
        killed = self.now < CALM and self.random.random() < 0.05
        for parcel in begun:
            receiver = self.receivers[parcel.target]
            receiver.faulty = self.now < CALM
            outcome = receiver.take(parcel, self.random)
            if not killed:
                self.keep(self.post.done(parcel.key, parcel.target, outcome, self.now))
        if killed:
            self.post = Post(self.places, Manner(), self.seed + self.now)
            self.post.restore(self.messages.values(), self.kept.values(), self.now)
            self.post.follow_all(self.now)
            self.keep([p for of in self.post.parcels.values() for p in of.values()])


@pytest.mark.parametrize("seed", range(150))
def test_under_any_faults_and_kills_none_is_lost_and_none_is_sent_twice_unsaid(seed: int) -> None:
    world = Simulation(seed)
    world.run()
    assert world.messages
    assert not world.post.unreached(world.now), f"seed {seed}"
    for key in world.messages:
        got = {name: each.got[key] for name, each in world.receivers.items()}
        assert any(got.values()), f"seed {seed}: {key} is lost"
        for name, each in world.receivers.items():
            unsaid = got[name] - each.again[key]
            assert unsaid <= 1, f"seed {seed}: {key} came twice to {name}, unsaid"
        first = [world.post.parcels[key][p.name].state for p in world.places if p.group == 1]
        assert set(first) <= {"sent", "unsure"}, f"seed {seed}: {key} is {first}"
