"""A reader of a monitor's stream: the rows of now, over its WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from marginline.cli.exits import UsageProblem
from marginline.monitor.messages import (
    AccountRow,
    Change,
    Delivering,
    Snapshot,
    WatchAccounts,
    World,
)

_DECODER = msgspec.json.Decoder(Snapshot | Change)
_LOST = (aiohttp.ClientError, OSError, TimeoutError, msgspec.DecodeError)
_SILENT_S = 5.0
"""A monitor says something every second; after so long without a word it is taken for gone."""
ANSWER_S = 10.0
"""So long an explanation is waited for."""
_NO_TOKEN = {401, 403}
_TOO_OFTEN = 429


@dataclass(slots=True)
class Rows:
    """What the monitor last said. `lost` says why nothing newer comes."""

    accounts: dict[str, AccountRow] = field(default_factory=dict)
    world: World | None = None
    delivering: Delivering | None = None
    now: str = ""
    lost: str | None = "connecting"

    @property
    def since(self) -> str:
        """As of when the figures are, for a sentence that says what is lost."""
        return f"; figures are as of {self.now[11:19]}" if self.accounts else ""

    def take(self, message: Snapshot | Change) -> None:
        """Bring the rows up to date."""
        if isinstance(message, Snapshot):
            self.accounts = {}
        else:
            for name in message.gone:
                self.accounts.pop(name, None)
        self.accounts.update({row.name: row for row in message.accounts})
        for moved in message.moved if isinstance(message, Change) else ():
            if moved.name in self.accounts:
                self.accounts[moved.name] = moved.onto(self.accounts[moved.name])
        self.world, self.now, self.lost = message.world, message.now, None
        self.delivering = message.delivering


class Client:
    """One monitor, by its address."""

    def __init__(self, address: str, token: str | None = None) -> None:
        self.address = address
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self.rows = Rows()
        self._watching: list[str] = []
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def watch(self, *names: str) -> None:
        """Have the pools of these accounts with every row, from now on."""
        self._watching = list(names)
        if self._socket is not None and not self._socket.closed:
            with contextlib.suppress(ConnectionError, aiohttp.ClientError):
                await self._say(self._socket)

    async def _say(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        message = WatchAccounts(accounts=self._watching)
        await socket.send_str(msgspec.json.encode(message).decode())

    async def follow(self) -> AsyncIterator[Rows]:
        """The rows after each message; comes again after a loss, with `lost` set meanwhile."""
        async with aiohttp.ClientSession(headers=self._headers) as session:
            while True:
                try:
                    stream = self.address + "/api/v1/stream"
                    # of many accounts the first message is long: 7 kB each
                    async with session.ws_connect(stream, max_msg_size=0) as socket:
                        self._socket = socket
                        if self._watching:
                            await self._say(socket)
                        while True:
                            frame = await socket.receive(timeout=_SILENT_S)
                            if frame.type is not aiohttp.WSMsgType.TEXT:
                                break
                            self.rows.take(_DECODER.decode(frame.data))
                            yield self.rows
                except _LOST as lost:
                    self.rows.lost = self._why(lost)
                else:
                    self.rows.lost = f"{self.address} has closed the connection"
                self._socket = None
                yield self.rows
                await asyncio.sleep(1.0)

    def _why(self, lost: Exception) -> str:
        """What ended the stream, in words."""
        if isinstance(lost, aiohttp.WSServerHandshakeError):
            refused = "it wants a token (MARGINLINE_TOKEN)" if lost.status in _NO_TOKEN else ""
            return f"{self.address} refuses its stream: {refused or f'status {lost.status}'}"
        if isinstance(lost, msgspec.DecodeError):
            return f"{self.address} speaks of what this version does not know: {lost}"
        if isinstance(lost, TimeoutError):
            return f"no word from {self.address} for {_SILENT_S:.0f} seconds"
        return f"no monitor answers at {self.address}"

    async def explanation(self, account: str, where: str, measure: str) -> list[str]:
        """The tree of a figure as lines of text; or why there is none."""
        address = f"{self.address}/api/v1/accounts/{quote(account, safe='')}/explanation"
        asked = {"where": where, "measure": measure}
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        async with aiohttp.ClientSession(headers=self._headers, timeout=timeout) as session:
            try:
                async with session.get(address, params=asked) as answer:
                    found = msgspec.json.decode(await answer.read())
            except TimeoutError:
                return [f"no answer from {self.address} within {ANSWER_S:.0f} seconds"]
            except (aiohttp.ClientError, OSError, msgspec.DecodeError):
                return [f"no answer from {self.address}"]
        if not isinstance(found, dict) or "measure" not in found:
            return [str(found.get("detail", "no answer") if isinstance(found, dict) else found)]
        return list(_tree(found, 0))

    async def reached(self) -> None:
        """Whether there is a monitor at the address.

        Raises:
            UsageProblem: there is none, or it does not let us in.
        """
        remedy = "start one: marginline demo, or marginline monitor; or name files to watch"
        try:
            timeout = aiohttp.ClientTimeout(total=5)
            async with (
                aiohttp.ClientSession(headers=self._headers, timeout=timeout) as session,
                session.get(self.address + "/api/v1/health") as answer,
            ):
                status, answered = answer.status, await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            raise UsageProblem(f"no monitor answers at {self.address}; {remedy}") from None
        if b'"status"' not in answered:
            raise UsageProblem(f"what answers at {self.address} is no monitor; {remedy}")
        if b'"Host"' in answered:
            raise UsageProblem(f"{self.address} does not go by that name; add it to `hosts` there")
        if status == _TOO_OFTEN:
            raise UsageProblem(f"{self.address} was sent too many wrong tokens; wait a minute")
        if status in _NO_TOKEN:
            raise UsageProblem(f"{self.address} wants a token; export MARGINLINE_TOKEN with it")


def _tree(node: Mapping[str, Any], depth: int) -> Iterator[str]:
    """A figure, the rule behind it, what went in; the inputs below it, one step to the right."""
    pad = "  " * depth
    value = "none" if node["value"] is None else f"{node['value']} {node['unit']}".rstrip()
    yield f"{pad}{node['measure'].replace('_', ' ')} of {node['where']} = {value}"
    for key in ("reason", "formula", "caveat"):
        if node.get(key):
            yield f"{pad}  {node[key]}"
    rule = ", ".join(str(node[key]) for key in ("rule", "evidence", "source") if node.get(key))
    if rule:
        yield f"{pad}  {rule}"
    for fact in node.get("facts", ()):
        yield f"{pad}  " + ", ".join(str(each) for each in fact.values() if each)
    for below in node.get("inputs", ()):
        yield from _tree(below, depth + 1)
