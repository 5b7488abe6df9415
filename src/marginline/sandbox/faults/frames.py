"""What the fault script makes of one stream frame on its way to one socket."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from marginline.sandbox.faults.script import (
    Close,
    Double,
    FaultScript,
    Garble,
    Late,
    Lose,
    OnFrames,
    Reorder,
    Running,
    Silence,
    matches,
)

_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"


class Frame(NamedTuple):
    """A text for a stream: the stream's name, and the account where it is a private one."""

    stream: str
    text: str
    account: str | None = None


class Delivery(NamedTuple):
    """What the socket does: a text (late by so many ms), or a close with this code."""

    text: str = ""
    late_ms: int = 0
    close: int | None = None


def hit_by(fault: OnFrames, frame: Frame) -> bool:
    """Whether a frame is one that the fault speaks of."""
    if not matches(fault.stream, frame.stream):
        return False
    return fault.account == "*" or (
        frame.account is not None and matches(fault.account, frame.account)
    )


def deliveries(
    script: FaultScript, venue: str, frame: Frame, socket: object
) -> tuple[Delivery, ...]:
    """What reaches the socket of a frame: nothing, it, it twice, it late, something else."""
    for _, silence in script.active(Silence, venue):
        if hit_by(silence, frame):
            return ()
    if any(hit_by(f, frame) and row.hits() for row, f in script.active(Lose, venue)):
        return ()
    for row, close in script.active(Close, venue):
        if hit_by(close, frame):
            row.seen += 1
            if row.seen > close.frames:
                row.fired += 1
                row.seen = 0
                return (Delivery(close=close.code),)
    frame = _garbled(script, venue, frame)
    frames = _reordered(script, venue, frame, socket)
    return tuple(_spread(script, venue, frames))


def _garbled(script: FaultScript, venue: str, frame: Frame) -> Frame:
    for row, garble in script.active(Garble, venue):
        if hit_by(garble, frame) and row.hits():
            text = frame.text
            made = {
                "cut": text[: max(1, len(text) * 6 // 10)],
                "nan": '{"e":NaN,' + text[1:],
                "html": _PAGE,
                "list": "[1,2,3]",
            }
            return frame._replace(text=made[garble.how])
    return frame


def _reordered(script: FaultScript, venue: str, frame: Frame, socket: object) -> list[Frame]:
    for row, reorder in script.active(Reorder, venue):
        if hit_by(reorder, frame):
            held = row.held.setdefault(socket, [])
            held.append(frame)
            if len(held) < reorder.count:
                return []
            row.held.pop(socket)
            row.fired += 1
            return [each for each in reversed(held) if isinstance(each, Frame)]
    return [frame]


def _spread(script: FaultScript, venue: str, frames: Iterable[Frame]) -> Iterable[Delivery]:
    for frame in frames:
        late = _first(script.active(Late, venue), frame)
        made = Delivery(frame.text, 0 if late is None else late.ms)
        yield made
        if any(hit_by(f, frame) and row.hits() for row, f in script.active(Double, venue)):
            yield made


def _first(found: Iterable[tuple[Running, Late]], frame: Frame) -> Late | None:
    return next((late for row, late in found if hit_by(late, frame) and row.hits()), None)


def mute(script: FaultScript, venue: str, account: str | None) -> bool:
    """Whether a socket answers nothing at all: no ping, no acknowledgement."""
    return any(
        not silence.pongs
        and (silence.account == "*" or (account and matches(silence.account, account)))
        for _, silence in script.active(Silence, venue)
    )
