"""What a key may do, in each venue's own answer; whatever is new to us counts as more than reading.

Theft of a key that may trade is a loss even where it may not withdraw: it trades against its owner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from marginline.feeds.plans.envelopes import data_of
from marginline.feeds.wire.rest import Answer


class Rights(msgspec.Struct, frozen=True, kw_only=True):
    """What a key may do beyond reading, in the venue's words.

    `bound`: whether it works from certain addresses alone; None where the venue does not say.
    """

    trading: tuple[str, ...] = ()
    withdrawal: tuple[str, ...] = ()
    bound: bool | None = None

    @property
    def reads_only(self) -> bool:
        """Whether it may read and nothing else."""
        return not self.trading and not self.withdrawal

    @property
    def beyond(self) -> str:
        """Everything beyond reading, one after the other."""
        return ", ".join((*self.withdrawal, *self.trading))

    def words(self) -> str:
        """What it may do, in a few words."""
        more = [
            f"{word} ({', '.join(names)})"
            for word, names in (("trade", self.trading), ("withdraw", self.withdrawal))
            if names
        ]
        return " and ".join(["read", *more]) if more else "read only"


Read = Callable[[Answer], Rights]


def _split(names: list[str], outward: Callable[[str], bool], *, bound: bool | None) -> Rights:
    names = sorted(names)
    return Rights(
        trading=tuple(name for name in names if not outward(name)),
        withdrawal=tuple(name for name in names if outward(name)),
        bound=bound,
    )


def of_binance(answer: Answer) -> Rights:
    """`apiRestrictions`: switches by name.

    Raises:
        CallFailed: the answer does not say that the key may read.
    """
    told = answer.keyed(flags=("enableReading",))
    more = [
        name
        for name, value in told.items()
        if value is True
        and name.startswith(("enable", "permits"))
        and not name.lower().endswith(("reading", "readonly"))
    ]
    if not told["enableReading"]:
        raise answer.malformed("the key may not read")
    bound = told.get("ipRestrict")
    return _split(
        more, lambda name: "ithdraw" in name or "Transfer" in name,
        bound=bound if isinstance(bound, bool) else None,
    )  # fmt: skip


def of_bybit(answer: Answer) -> Rights:
    """`query-api`: a switch, and rights by group.

    Raises:
        CallFailed: it does not say what the key may do.
    """
    told = answer.keyed().get("result")
    told = told if isinstance(told, dict) else {}
    read_only, groups = told.get("readOnly"), told.get("permissions")
    if read_only not in (0, 1) or not isinstance(groups, dict):
        raise answer.malformed("does not say what the key may do")
    ips = told.get("ips")
    bound = any(str(ip) != "*" for ip in ips) if isinstance(ips, list) and ips else None
    if read_only == 1:
        return Rights(bound=bound)
    held = [f"{group}.{each}" for group, rights in groups.items() for each in rights or ()]
    outward = ("Withdraw", "Transfer")
    rights = _split(held, lambda name: any(word in name for word in outward), bound=bound)
    return rights if held else Rights(trading=("more than reading",), bound=bound)


def of_bitget(answer: Answer) -> Rights:
    """`account/info`: of the unified account with words, of the classic one with short names.

    Raises:
        CallFailed: it does not say what the key may do.
    """
    told = data_of(answer)
    told = told if isinstance(told, dict) else {}
    names = told.get("permissions", told.get("authorities"))
    if not isinstance(names, list):
        raise answer.malformed("does not say what the key may do")
    ips = str(told.get("ips") or "")
    kind = told.get("permType")
    held = [str(name) for name in names]
    if kind is None:  # classic: stor, coor, ... read; stow, coow, ... write
        held = [name for name in held if name != "readonly" and not name.endswith("r")]
    elif str(kind).replace("-", "_") in ("read_only", "readonly"):
        return Rights(bound=bool(ips))
    outward = ("withdraw", "transfer", "wtow", "ttow")
    rights = _split(held, lambda name: any(word in name for word in outward), bound=bool(ips))
    fully = kind is not None and not held
    return Rights(trading=(str(kind),), bound=bool(ips)) if fully else rights


_BINGX: Mapping[str, str] = {
    "1": "spot trading",
    "3": "perpetual futures trading",
    "4": "universal transfer",
    "5": "withdrawal",
    "7": "transfer between sub-accounts",
}


def of_bingx(answer: Answer) -> Rights:
    """`apiPermissions`: numbers; 2 is reading.

    Raises:
        CallFailed: it does not say what the key may do.
    """
    value: Any = answer.value()
    told = value.get("data", value) if isinstance(value, dict) else {}
    told = told if isinstance(told, dict) else {}
    numbers = told.get("permissions")
    if not isinstance(numbers, list) or "2" not in map(str, numbers):
        raise answer.malformed("does not say that the key may read")
    held = [_BINGX.get(str(n), f"right {n}") for n in numbers if str(n) != "2"]
    ips = told.get("ipAddresses")
    return _split(
        held, lambda name: "transfer" in name or "withdrawal" in name,
        bound=bool(ips) if isinstance(ips, list) else None,
    )  # fmt: skip


def of_okx(answer: Answer) -> Rights:
    """`account/config`: words in `perm`.

    Raises:
        CallFailed: it does not say that the key may read.
    """
    rows = data_of(answer)
    told = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
    held = [word.strip() for word in str(told.get("perm") or "").split(",")]
    if "read_only" not in held:
        raise answer.malformed("does not say that the key may read")
    return _split(
        [word for word in held if word not in ("read_only", "")],
        lambda name: name != "trade", bound=bool(told.get("ip")),
    )  # fmt: skip
