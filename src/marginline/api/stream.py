"""The WebSocket of the page: a snapshot, then changes; a slow reader skips, nobody waits for it."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from marginline.api.guard import PROTOCOL
from marginline.monitor.messages import WatchAccounts
from marginline.monitor.run import Monitor
from marginline.monitor.slots import Subscription

ALIVE_S = 1.0
"""A message at least so often, empty where nothing changed."""
REST_S = 0.02
"""After a message a reader's news is gathered so long; after a rest it goes at once."""
STILL_S = 0.25
"""How often it is looked whether judging, which stands still, goes on."""
TOO_MANY = 1013
GOING = 1001
WRONG = 1007
_DECODER = msgspec.json.Decoder(WatchAccounts)


async def stream(socket: WebSocket) -> None:
    """Serve one reader until it goes, or the server does."""
    monitor, settings = socket.app.state.monitor, socket.app.state.settings
    offered = socket.headers.get("sec-websocket-protocol", "")
    protocols = [each.strip() for each in offered.split(",")]
    if monitor.readers >= settings.readers:
        await socket.accept(PROTOCOL if PROTOCOL in protocols else None)
        await socket.close(TOO_MANY, f"at most {settings.readers} readers")
        return
    slot = monitor.subscribe()
    try:
        await socket.accept(PROTOCOL if PROTOCOL in protocols else None)
        await _serve(socket, monitor, slot, settings.frame_bytes)
    finally:
        slot.close()


async def _serve(socket: WebSocket, monitor: Monitor, slot: Subscription, most: int) -> None:
    """Send and listen side by side until one ends, or the server does."""
    tasks = [
        asyncio.create_task(_send(socket, monitor, slot)),
        asyncio.create_task(_listen(socket, monitor, slot, most)),
        asyncio.create_task(socket.app.state.ending.wait()),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if socket.app.state.ending.is_set():
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await socket.close(GOING, "the server goes")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _send(socket: WebSocket, monitor: Monitor, slot: Subscription) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            if monitor.still_ms:  # no sign of life: what the reader has is not of now
                await asyncio.sleep(STILL_S)
                continue
            await socket.send_text(monitor.frame(slot).decode())
            await asyncio.sleep(REST_S)
            await slot.news(ALIVE_S - REST_S)


async def _listen(socket: WebSocket, monitor: Monitor, slot: Subscription, most: int) -> None:
    """What a reader may say: which accounts' pools it wants. Anything else ends the connection."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            said = message.get("text") or message.get("bytes") or b""
            try:
                if len(said) > most:
                    raise msgspec.ValidationError(f"more than {most} bytes")
                asked = _DECODER.decode(said)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                await socket.close(WRONG, f"not a watch: {error}"[:120])
                return
            slot.watch(asked.accounts, monitor.state.accounts)
