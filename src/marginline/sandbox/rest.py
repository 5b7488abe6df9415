"""One REST request of a venue on its way through the faults of the script."""

from __future__ import annotations

from abc import ABC, abstractmethod

from aiohttp import web

from marginline.sandbox.faults.answers import Answer, cut, hold, mangled, replaced
from marginline.sandbox.faults.script import Status
from marginline.sandbox.floor import Floor
from marginline.sandbox.wire.calls import encoded
from marginline.sandbox.wire.keys import Credentials


class Rest(ABC):
    """Every REST path of a venue; `key_header` is where its requests name the key."""

    venue: str
    key_header: str

    def __init__(self, floor: Floor) -> None:
        self.floor = floor

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request as the venue does."""
        floor, path = self.floor, request.path
        floor.requests += 1
        body = (await request.read()).decode("utf-8", "replace")
        account = self.account(request)
        name = None if account is None else account.account
        await hold(floor.faults, self.venue, path, name)
        answer = replaced(floor.faults, self.venue, path, name, self.error_of)
        if answer is None:
            answer = self.answer(request, body)
            if answer.status == 200:
                answer.value = mangled(floor.faults, self.venue, path, name, answer.value)
        text = encoded(answer.value) if answer.text is None else answer.text
        if answer.status == 200:
            text = cut(floor.faults, self.venue, path, name, text)
        return web.Response(
            status=answer.status,
            text=text,
            content_type=answer.content_type,
            headers=answer.headers | self.headers(),
        )

    def account(self, request: web.Request) -> Credentials | None:
        """Whose key a request names; None where it is of no account of this venue."""
        found = self.floor.keys.find(request.headers.get(self.key_header, ""))
        return found if found is not None and found.venue == self.venue else None

    def headers(self) -> dict[str, str]:
        """What stands in the head of every answer, be it a fault's."""
        return {}

    @abstractmethod
    def answer(self, request: web.Request, body: str) -> Answer:
        """The true answer."""

    @abstractmethod
    def error_of(self, fault: Status) -> dict[str, object]:
        """The body of a fault: the venue's usual words, or those that the script gives."""
