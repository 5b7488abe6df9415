"""Listening: uvicorn on the address of the settings, ended cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI
from websockets.exceptions import InvalidState

from marginline.api.settings import ApiSettings, asked_by
from marginline.errors import InputError, Problem, shown
from marginline.monitor.run import Monitor

GRACE_S = 2
"""How long connections may take to end; sockets of readers are told to."""


@contextlib.asynccontextmanager
async def serving(app: FastAPI, settings: ApiSettings) -> AsyncIterator[str]:
    """Serve while the block runs; gives the address of the page, with the port taken.

    Raises:
        InputError: the address cannot be had, or the certificate cannot be used.
    """
    _check_certificate(settings)
    listener = _listener(settings)
    server = uvicorn.Server(_config(app, settings))
    task = asyncio.create_task(server.serve([listener]))
    try:
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        if task.done():
            task.result()
        yield _address(settings, listener)
    finally:
        await _end_readers(app)
        server.should_exit = True
        with contextlib.suppress(InvalidState):  # uvicorn closes a socket that closes already
            await task
        listener.close()


async def _end_readers(app: FastAPI) -> None:
    """Tell the readers of the stream that the server goes, and wait until they are gone."""
    app.state.ending.set()
    monitor: Monitor = app.state.monitor
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GRACE_S):
            while monitor.readers:
                await asyncio.sleep(0.01)


def _config(app: FastAPI, settings: ApiSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=settings.frame_bytes,
        timeout_graceful_shutdown=GRACE_S,
        limit_concurrency=settings.readers + 100,
        server_header=False,
        date_header=False,
        access_log=False,
        log_config=None,
        lifespan="off",
        proxy_headers=False,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
    )


def _listener(settings: ApiSettings) -> socket.socket:
    host = settings.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, settings.port))
    except OSError as error:
        listener.close()
        text = f"cannot be listened on: {error.strerror}"
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            remedy = "choose another port, 0 takes any free one"
            raise InputError([Problem("port", str(settings.port), text, remedy)]) from None
        remedy = "give an address of this machine, such as 127.0.0.1"
        raise InputError([Problem("host", shown(settings.host), text, remedy)]) from None
    return listener


def _check_certificate(settings: ApiSettings) -> None:
    if settings.certificate is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.certificate, settings.key)
    except OSError as error:  # a fault of TLS is one, too
        files = shown(" and ".join(filter(None, (settings.certificate, settings.key))), 200)
        text = f"cannot be used: {error.strerror or error}"
        remedy = "give a PEM file of the certificate, and one of its key without a passphrase"
        raise InputError([Problem("certificate", files, text, remedy)]) from None


def _address(settings: ApiSettings, listener: socket.socket) -> str:
    scheme = "http" if settings.certificate is None else "https"
    name, port = listener.getsockname()[:2]
    return f"{scheme}://{asked_by(name)}:{port}"
