"""The API and the page over one monitor: `create_app(monitor, settings)`."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

from fastapi import FastAPI

from marginline.api import openapi, page, problems
from marginline.api.guard import Guard
from marginline.api.page import Files
from marginline.api.routes import accounts, alerts, condition, keys, outlook, rules, studies
from marginline.api.routes.metrics import Metrics
from marginline.api.routes.replies import gate
from marginline.api.settings import ApiSettings
from marginline.api.stream import stream
from marginline.monitor.connecting.keys import KeyDesk
from marginline.monitor.run import Monitor

ROOT = "/api/v1"
ABOUT = (
    "What supports each account, what eats it, how far it is from forced action, and what would "
    "change that. Numbers are decimal strings, moments RFC 3339 in UTC; null means unknown or not "
    "applicable, never zero. Errors are problem details. The stream of the page is a WebSocket at "
    "/api/v1/stream: a `Snapshot`, then `Change`s."
)


def create_app(
    monitor: Monitor,
    settings: ApiSettings | None = None,
    files: Files | None = None,
    key_desk: KeyDesk | None = None,
) -> FastAPI:
    """The ASGI app.

    Args:
        monitor: what it serves; whoever made it also runs it.
        settings: bind, token and limits; loopback without a token where none is given.
        files: the page; that of the package where none is given.
        key_desk: where keys are kept and tested; none of a world that is simulated or recorded.
    """
    settings = settings or ApiSettings()
    app = FastAPI(
        title="marginline",
        version=version("marginline"),
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{ROOT}/openapi.json",
        redirect_slashes=False,
    )
    app.state.monitor, app.state.settings, app.state.keys = monitor, settings, key_desk
    app.state.metrics, app.state.gate = Metrics(monitor), gate()
    app.state.ending, app.state.studies = asyncio.Event(), studies.Kept()
    problems.install(app)
    for each in (accounts, outlook, studies, alerts, rules, condition, keys):
        app.include_router(each.router, prefix=ROOT)
    app.add_api_route("/metrics", condition.metrics, methods=["GET"], include_in_schema=False)
    app.add_api_websocket_route(f"{ROOT}/stream", stream)
    openapi.install(app)
    page.install(app, files or Files())
    app.add_middleware(Guard, settings=settings)
    return app
