"""Limits that hold at every door, Gradio's too, before memory is spent: an ASGI middleware.

Requests that only fetch (GET, HEAD, OPTIONS) pass: pages make many, and they cost little.
"""

import asyncio
import math

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from picture import MAX_BYTES, MAX_MB
from service.errors import ServiceError
from service.rate import Rate
from service.settings import Settings

FETCHING = ("GET", "HEAD", "OPTIONS")
ENVELOPE = 65_536  # bytes that a form or JSON may have beside its picture
AS_FILES = ("/api/predict", "/gradio_api/upload")  # elsewhere pictures are base64 in JSON

TOO_LARGE = f"This file is larger than {MAX_MB:g} MB. Please choose a smaller one."
TOO_OFTEN = "These were many requests. Please wait a moment and try again."
BUSY = "Many pictures are being read just now. Please try again in a moment."
TOO_SLOW = "This took too long. Please try again."
BUSY_SECONDS = 2


class Limits:
    """Turns away what is too much: 429 for too often or too many at once, 413, 503 when late."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._rate = Rate(settings.requests_a_minute)
        self._pictures = settings.pictures
        self._seconds = settings.seconds
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in FETCHING:
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(receive, send, _most_bytes(scope["path"]))
        try:
            self._admit(scope, exchange.most)
            await self._within_limits(scope, exchange)
        except ServiceError as refusal:
            if not exchange.started:
                await refusal.response()(scope, receive, send)

    def _admit(self, scope: Scope, most: int) -> None:
        wait = self._rate.wait((scope["client"] or ("", 0))[0])
        if wait:
            raise ServiceError(429, TOO_OFTEN, math.ceil(wait))
        length = Headers(scope=scope).get("content-length", "0")
        if length.isdecimal() and int(length) > most:
            raise ServiceError(413, TOO_LARGE)
        if self._in_flight >= self._pictures:
            raise ServiceError(429, BUSY, BUSY_SECONDS)

    async def _within_limits(self, scope: Scope, exchange: "_Exchange") -> None:
        self._in_flight += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._app(scope, exchange.receive, exchange.send)
        except TimeoutError as error:
            raise ServiceError(503, TOO_SLOW, BUSY_SECONDS) from error
        except Exception:
            if not exchange.exceeded:  # else the app may stumble over its cut-off body
                raise
        finally:
            self._in_flight -= 1
        if exchange.exceeded:
            raise ServiceError(413, TOO_LARGE)


def _most_bytes(path: str) -> int:
    file = MAX_BYTES if path.rstrip("/") in AS_FILES else math.ceil(MAX_BYTES / 3) * 4
    return file + ENVELOPE


class _Exchange:
    """One request's body, counted as it streams in, and whether its answer has begun."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive, self._send = receive, send
        self.most = most
        self.exceeded = False
        self.started = False
        self._bytes = 0

    async def receive(self) -> Message:
        """Pass the body on; what is over the limit looks to the app as if the client had left."""
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > self.most:
            self.exceeded = True
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        """Pass the answer on, unless it is one to a body that was cut off."""
        if not self.exceeded:
            self.started = True
            await self._send(message)
