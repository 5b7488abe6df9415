"""What is kept of an account over days: documents that are packed, each at its own moment."""

from __future__ import annotations

from collections import deque

import pytest

pytest.importorskip("numpy", reason="the extra `live` is not installed")

from marginline.core.account.account import Account
from marginline.core.account.file import from_dict, to_dict
from marginline.market.scenarios import scenario
from marginline.market.world import World
from marginline.monitor.why.kept import Kept, _Level
from marginline.monitor.why.recorded import Moment, PackedMoment, Packer
from tests.equality.drawn import GROUPS, accounts

STEP = 900_000


@pytest.fixture(scope="module")
def account() -> Account:
    world = World(scenario("calm"), 3)
    list(world.advance(world.start + 5_000))
    keeper = next(iter(world._engine.keepers.values()))
    return keeper.desk.moment.document(next(iter(keeper.venue.owners.values())))


def test_all_but_the_newest_are_packed_and_open_as_they_were(account: Account) -> None:
    level = _Level(STEP, deque(maxlen=3))
    for at in (0, 1_000, STEP, 2 * STEP):
        level.add(Moment(at, account), late=0.5, packer=Packer())
    first, second, newest = level.kept
    assert [first.at, second.at, newest.at] == [0, STEP, 2 * STEP]
    assert isinstance(first, PackedMoment)
    assert isinstance(second, PackedMoment)
    assert isinstance(newest, Moment)
    opened = first.open()
    assert opened is not None
    assert opened == Moment(0, account)
    assert to_dict(opened.account) == to_dict(account)


@pytest.mark.parametrize("group", GROUPS)
def test_an_account_of_any_venue_opens_equal(group: str) -> None:
    packer = Packer()
    for document in accounts(group, 20, seed=7):  # each packed by another account: few alike
        moment = Moment(5, from_dict(document))
        assert packer.pack(moment).open() == moment


def test_each_account_packs_at_its_own_part_of_the_step(account: Account) -> None:
    level = _Level(STEP, deque(maxlen=3))
    level.add(Moment(0, account), late=0.5, packer=Packer())
    level.add(Moment(STEP // 2 - 1, account), late=0.5, packer=Packer())
    assert [type(each) for each in level.kept] == [Moment]
    level.add(Moment(STEP // 2, account), late=0.5, packer=Packer())
    assert [type(each) for each in level.kept] == [PackedMoment]


def test_what_is_packed_is_among_the_moments_of_a_span(account: Account) -> None:
    kept = Kept()
    for at in (0, STEP, 2 * STEP):
        for level in kept.levels:
            level.add(Moment(at, account), late=0.0, packer=kept.packer)
    for level in kept.levels[:2]:
        level.kept.clear()
    assert [each.at for each in kept.moments(0)] == [0, STEP, 2 * STEP]


def test_what_an_account_is_packed_by_follows_it_where_it_changes_much_and_seldom() -> None:
    one, other = (from_dict(next(accounts(group, 1, seed=7))) for group in list(GROUPS)[:2])
    packer, day = Packer(), 86_400_000
    first, same = packer.pack(Moment(0, one)), packer.pack(Moment(1, one))
    assert len(same.document) * 8 < len(first.document)
    soon = packer.pack(Moment(2 * day, other))
    assert soon.like == same.like
    assert packer.like == same.like
    packer.pack(Moment(3 * day, other))
    later = packer.pack(Moment(3 * day + 1, other))
    assert later.like != same.like
    assert len(later.document) * 8 < len(soon.document)
    assert [each.open() for each in (soon, later)] == [
        Moment(2 * day, other), Moment(3 * day + 1, other)
    ]  # fmt: skip
