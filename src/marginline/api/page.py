"""The page and its places: files by their exact names, and every place as JSON at its address."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from importlib.resources.abc import Traversable

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from marginline import web
from marginline.api.guard import wants_json
from marginline.api.routes.accounts import accounts_of
from marginline.api.routes.alerts import alerts_of
from marginline.api.routes.condition import connections_of
from marginline.api.routes.replies import in_thread, monitor_of, reply
from marginline.api.routes.rules import rules_of
from marginline.monitor.run import Monitor

_YEAR = "public, max-age=31536000, immutable"
NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>marginline: the page is not built</title>
<h1>The page is not built</h1>
<p>{why}</p>
<p>The API works without it: <a href="/api/v1/accounts">/api/v1/accounts</a>.</p>
</html>
"""
Answer = Callable[[Monitor], object]
PLACES: Mapping[str, Answer] = {
    "": accounts_of,
    "what-if": accounts_of,
    "alerts": alerts_of,
    "rules": rules_of,
    "connections": connections_of,
}
"""The places by address; `accounts/NAME` beside them. What if is asked of the accounts."""


class Files:
    """The built page, read once: no path of a request ever touches the file system.

    `root`: a built page elsewhere than in the package.
    """

    def __init__(self, root: Traversable | None = None) -> None:
        self._missing = ""
        try:
            found = web.read(root) if root else {name: web.asset(name) for name in web.names()}
        except web.PageMissingError as missing:
            found, self._missing = {}, str(missing)
        self._files = {name: each for name, each in found.items() if each is not None}
        self._zipped = {
            name: gzip.compress(each.body, 9, mtime=0)
            for name, each in self._files.items()
            if len(each.body) > 1000 and not each.media_type.startswith("font/")
        }

    @property
    def built(self) -> bool:
        """Whether there is a page."""
        return "index.html" in self._files

    def get(self, name: str, request: Request) -> Response | None:
        """The file of exactly this name; None where there is none."""
        found = self._files.get(name)
        if found is None:
            return None
        headers = {"cache-control": _YEAR if found.lasting else "no-cache"}
        headers["vary"] = "accept-encoding"
        zipped = self._zipped.get(name)
        if zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(zipped, headers=headers, media_type=found.media_type)
        return Response(found.body, headers=headers, media_type=found.media_type)

    def page(self, request: Request) -> Response:
        """The one document of every place; a page that says so where it is not built."""
        found = self.get("index.html", request)
        if found is None:
            body = NOT_BUILT.format(why=escape(self._missing))
            return Response(body, 503, media_type="text/html")
        found.headers["vary"] = "accept, accept-encoding"
        return found


def install(app: FastAPI, files: Files) -> None:
    """The places, then every file by name; anything else is 404."""
    for address, ask in PLACES.items():
        _place(app, files, f"/{address}", ask)
        _json(app, f"/{address or 'overview'}.json", ask)
    _account(app, files)
    _others(app, files)


def _place(app: FastAPI, files: Files, path: str, ask: Answer) -> None:
    async def place(request: Request) -> Response:
        if not wants_json(request.headers):
            return files.page(request)
        return await _answer(request, ask)

    app.add_api_route(path, place, methods=["GET", "HEAD"], include_in_schema=False)


def _json(app: FastAPI, path: str, ask: Answer) -> None:
    async def place(request: Request) -> Response:
        return await _answer(request, ask)

    app.add_api_route(path, place, methods=["GET", "HEAD"], include_in_schema=False)


def _account(app: FastAPI, files: Files) -> None:
    async def account(request: Request, name: str) -> Response:
        known = monitor_of(request).state.accounts
        asked = name.removesuffix(".json") if name not in known else name
        if asked != name or wants_json(request.headers):
            return await _answer(request, partial(_row, asked))
        return files.page(request)

    path = "/accounts/{name:account}"
    app.add_api_route(path, account, methods=["GET", "HEAD"], include_in_schema=False)


def _row(name: str, monitor: Monitor) -> object:
    return monitor.row(name)


async def _answer(request: Request, ask: Answer) -> Response:
    monitor = monitor_of(request)
    if ask is rules_of:
        return reply(await in_thread(request, lambda: ask(monitor)))
    return reply(ask(monitor))


def _others(app: FastAPI, files: Files) -> None:
    async def other(request: Request, path: str) -> Response:
        found = files.get(path, request)
        if found is None:
            raise HTTPException(404, "there is nothing at this address")
        return found

    app.add_api_route("/{path:path}", other, methods=["GET", "HEAD"], include_in_schema=False)
