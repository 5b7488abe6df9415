"""Real Apprise, real sockets: receivers with faults on loopback, secrets that appear nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import aiohttp
import pytest

from marginline.cli.live.sentences import said
from marginline.core.findings import Status
from marginline.errors import InputError
from marginline.monitor.alerts.parts import text
from marginline.monitor.delivery.dispatch import Dispatch
from marginline.monitor.delivery.heartbeat import Heartbeat, HeartbeatSettings
from marginline.monitor.delivery.parcels import Manner, Place
from marginline.monitor.delivery.sending import AppriseSender, Target
from marginline.monitor.run import system_clock
from marginline.monitor.state import Alert
from tests.monitor.delivery.receivers import Receiver, free_port

QUICK = Manner(base_ms=100, broken_ms=1_500)
SECRET = "c4n4ry"


def alert(number: int, **changes: object) -> Alert:
    now = system_clock()
    made = Alert(
        id=f"a{number}",
        account="one",
        slot="act",
        pool="USDT",
        kind="band",
        level="act",
        state="firing",
        since=now - number,
        status=Status.HEALTHY,
        sentence=(text(f"one crossed its act line, number {number}."),),
        told=now,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def dispatch(targets: Sequence[Target], manner: Manner = QUICK, timeout_s: float = 0.5) -> Dispatch:
    sender = AppriseSender(targets, timeout_s=timeout_s, private=True)
    places = [Place(t.name, sender.services[t.name], t.group) for t in targets]
    return Dispatch(sender, places, said, clock=system_clock, manner=manner)


@contextlib.asynccontextmanager
async def going(dispatch: Dispatch) -> AsyncIterator[None]:
    task = asyncio.create_task(dispatch.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(what: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come to that"
        await asyncio.sleep(0.02)


def sent(dispatch: Dispatch, number: int) -> dict[str, str]:
    return {each.channel: each.state for each in dispatch.of(f"a{number}")}


FAULTS = {
    "healthy": lambda _: "ok",
    "500 at first": lambda n: "500" if n < 3 else "ok",
    "429 with Retry-After": lambda n: "429" if n < 1 else "ok",
    "every other fails": lambda n: "500" if n % 2 else "ok",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_alert_arrives_once(fault: str) -> None:
    async def story(receiver: Receiver) -> None:
        made = dispatch([Target("hook", receiver.url())], timeout_s=20)
        async with going(made):
            for number in range(4):
                await made.keep([alert(number)], {}, system_clock())
            await until(lambda: all(sent(made, n) == {"hook": "sent"} for n in range(4)))

    with Receiver(FAULTS[fault]) as receiver:
        asyncio.run(story(receiver))
        assert sorted(Counter(receiver.bodies).values()) == [1, 1, 1, 1]
        assert len(set(receiver.keys)) == 4


def test_where_the_answer_is_slow_or_cut_it_may_have_arrived_and_the_next_group_is_asked() -> None:
    async def story(slow: Receiver, cut: Receiver, second: Receiver) -> None:
        made = dispatch(
            [
                Target("slow", slow.url()),
                Target("cut", cut.url()),
                Target("second", second.url(), group=2),
            ]
        )
        async with going(made):
            await made.keep([alert(1)], {}, system_clock())
            await until(lambda: sent(made, 1).get("second") == "sent")
            assert sent(made, 1) == {"slow": "unsure", "cut": "unsure", "second": "sent"}
            assert made.condition(system_clock()).state == "partly"
            await asyncio.sleep(1.0)

    with (
        Receiver(lambda _: "slow") as slow,
        Receiver(lambda _: "cut") as cut,
        Receiver() as second,
    ):
        asyncio.run(story(slow, cut, second))
        assert [len(each.got) for each in (slow, cut, second)] == [1, 1, 1]


def test_a_refused_port_fails_over_and_is_told_as_failing_then_broken_where_it_is_alone() -> None:
    async def story(second: Receiver) -> None:
        dead = f"json://127.0.0.1:{free_port()}/x"
        both = dispatch([Target("dead", dead), Target("second", second.url(), group=2)])
        async with going(both):
            await both.keep([alert(1)], {}, system_clock())
            await until(lambda: sent(both, 1).get("second") == "sent")
            found = both.condition(system_clock())
            assert found.state == "partly"
            assert [(c.name, c.state) for c in found.channels] == [
                ("dead", "failing"),
                ("second", "works"),
            ]
        alone = dispatch([Target("dead", dead)])
        told: list[object] = []
        alone.changed = told.append
        async with going(alone):
            await alone.keep([alert(1)], {}, system_clock())
            await until(lambda: alone.condition(system_clock()).state == "broken")
            await until(lambda: alone.condition(system_clock()).since is not None)
            await until(lambda: "reached nobody" in alone.condition(system_clock()).reason)
            assert alone.unwell() is not None

    with Receiver() as second:
        asyncio.run(story(second))
        assert len(second.got) == 1


def test_a_slow_target_does_not_hold_up_another() -> None:
    async def story(slow: Receiver, quick: Receiver) -> None:
        made = dispatch([Target("slow", slow.url()), Target("quick", quick.url())], timeout_s=3)
        async with going(made):
            for number in range(5):
                await made.keep([alert(number)], {}, system_clock())
            await until(lambda: len(quick.got) == 5)
            assert len(slow.got) < 5

    with Receiver(lambda _: "slow") as slow, Receiver() as quick:
        asyncio.run(story(slow, quick))


def test_a_test_message_says_what_became_of_it_on_every_target() -> None:
    async def story(good: Receiver, bad: Receiver) -> None:
        made = dispatch([Target("good", good.url()), Target("bad", bad.url())])
        found = await made.test()
        assert [(t.channel, t.state, t.detail) for t in found] == [
            ("good", "sent", ""),
            ("bad", "failed", "it answered 500"),
        ]

    with Receiver() as good, Receiver(lambda _: "500") as bad:
        asyncio.run(story(good, bad))
        assert "alerts arrive here" in good.bodies[0]


# ---------------------------------------------------------------------------------------- secrets


def test_no_secret_of_an_address_is_told_anywhere(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger().setLevel(logging.DEBUG)
    told: list[str] = []

    async def story(receiver: Receiver) -> None:
        targets = [
            Target("hook", receiver.url(SECRET)),
            Target("dead", f"json://user:{SECRET}@127.0.0.1:{free_port()}/{SECRET}"),
            Target("tele", f"tgram://123456789:{SECRET}abcdefghijklmnopqrstuvwxyz_{SECRET}/12345"),
            Target(
                "mail",
                f"mailto://user:{SECRET}@example.com:{free_port()}?smtp=127.0.0.1&to=a@b.example",
            ),
        ]
        made = dispatch(targets, timeout_s=0.3)
        async with going(made):
            await made.keep([alert(1)], {}, system_clock())
            await asyncio.sleep(1.0)
            told.extend([repr(made.of("a1")), repr(made.condition(system_clock()))])
            told.extend([repr(targets), repr(made.post.parcels), repr(await made.test())])

    with Receiver(lambda _: "500") as receiver:
        asyncio.run(story(receiver))
    out, err = capfd.readouterr()
    for text_ in (*told, caplog.text, out, err):
        assert SECRET not in text_


@pytest.mark.parametrize(
    ("url", "private", "words"),
    [
        (f"nosuchthing://{SECRET}", True, "no service of Apprise reads the address of 'x'"),
        (f"{SECRET}", True, "no service of Apprise reads the address of 'x'"),
        (f"tgram://{SECRET}", True, "no service of Apprise reads the address of 'x'"),
        (f"json://localhost/{SECRET}", False, "a webhook to this machine or a private network"),
        (f"json://10.1.2.3/{SECRET}", False, "a webhook to this machine or a private network"),
        (f"jsons://[::1]/{SECRET}", False, "a webhook to this machine or a private network"),
        (f"form://169.254.169.254/{SECRET}", False, "a webhook to this machine or a private"),
    ],
)
def test_an_address_that_cannot_be_is_found_at_the_start(
    url: str, private: bool, words: str
) -> None:
    with pytest.raises(InputError) as refused:
        AppriseSender([Target("x", url)], private=private)
    assert words in str(refused.value)
    assert "alerts.targets[0].url" in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_name_that_leads_inside_is_found_when_it_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def leads(*_: object, **__: object) -> list[object]:
        return [(2, 1, 6, "", ("192.168.1.5", 0))]

    sender = AppriseSender([Target("x", "json://hooks.example/secret")])
    monkeypatch.setattr("socket.getaddrinfo", leads)
    outcome = sender.send("x", "t", "b", level="act", key="k")
    assert (outcome.kind, "private network" in outcome.detail) == ("refused", True)


# -------------------------------------------------------------------------------------- heartbeat


def test_the_heartbeat_beats_while_all_is_well_and_is_withheld_while_it_is_not() -> None:
    trouble: list[str] = []

    async def story(receiver: Receiver) -> None:
        settings = HeartbeatSettings(
            url=f"http://127.0.0.1:{receiver.port}/ping/{SECRET}", every_s=1, private=True
        )
        assert SECRET not in repr(settings)
        heart = Heartbeat(settings, system_clock, lambda: trouble[0] if trouble else None)
        async with aiohttp.ClientSession() as session:
            await heart.beat(session)
            assert (heart.last is not None, heart.trouble) == (True, None)
            trouble.append("nothing arrives")
            await heart.beat(session)
            assert heart.trouble == "withheld: nothing arrives"

    with Receiver() as receiver:
        asyncio.run(story(receiver))
        assert receiver.asked == [f"/ping/{SECRET}"]


def test_an_address_that_is_no_hosts_name_is_told_and_ends_nothing() -> None:
    """The resolver's own word for it ended the monitor."""

    async def story() -> None:
        settings = HeartbeatSettings(url=f"https://{'a' * 70}.example/ping")
        heart = Heartbeat(settings, system_clock, lambda: None)
        async with aiohttp.ClientSession() as session:
            await heart.beat(session)
        assert (heart.trouble or "").startswith("not taken")

    asyncio.run(story())


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://x"},
        {"url": "http://127.0.0.1/x"},
        {"url": "https://x.example", "every_s": 0.5},
    ],
)
def test_a_heartbeat_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        HeartbeatSettings(**wrong)  # type: ignore[arg-type]
