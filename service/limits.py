"""Limits that hold at every door, Gradio's too, before memory is spent: an ASGI middleware.

Requests that only fetch (GET, HEAD, OPTIONS) pass: pages make many, and they cost little. But of
the connections that stay open as long as a page is, no client may hold more than its share.
"""

import asyncio
import math
from collections import Counter

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from picture import MAX_BYTES, MAX_MB
from service.errors import ServiceError
from service.rate import Rate, client_of
from service.settings import Settings
from service.streams import is_endless
from service.uploads import has_room, stores

FETCHING = ("GET", "HEAD", "OPTIONS")
ENVELOPE = 65_536  # bytes that a form or JSON may have beside its picture
AS_FILES = ("/api/predict", "/gradio_api/upload")  # elsewhere pictures are base64 in JSON

TOO_LARGE = f"This file is larger than {MAX_MB:g} MB. Please choose a smaller one."
TOO_OFTEN = "These were many requests. Please wait a moment and try again."
BUSY = "Many pictures are being read just now. Please try again in a moment."
TOO_MANY = "Too many pages are open. Please close some and try again."
TOO_SLOW = "This took too long. Please try again."
NO_ROOM = "Files cannot be stored here just now. Please try again later."
BUSY_SECONDS = 2
NO_ROOM_SECONDS = 60
SHARE = 4  # part of all connections that one client may hold open


class Limits:
    """Turns away what is too much: 429 for too often or too many, 413, 503 when late or full."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._rate = Rate(settings.requests_a_minute)
        self._pictures = settings.pictures
        self._seconds = settings.seconds
        self._free_mb = settings.free_mb
        self._in_flight = 0
        self._most_streams = max(1, settings.connections // SHARE)
        self._streams: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_endless(scope):
            await self._hold_open(scope, receive, send)
            return
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

    async def _hold_open(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = client_of(_address(scope))
        self._streams[client] += 1
        try:
            if self._streams[client] > self._most_streams:
                refusal = ServiceError(429, TOO_MANY, BUSY_SECONDS).response()
                await refusal(scope, receive, send)
            else:
                await self._app(scope, receive, send)
        finally:
            self._streams[client] -= 1
            if not self._streams[client]:
                del self._streams[client]

    def _admit(self, scope: Scope, most: int) -> None:
        wait = self._rate.wait(_address(scope))
        if wait:
            raise ServiceError(429, TOO_OFTEN, math.ceil(wait))
        length = Headers(scope=scope).get("content-length", "0")
        if length.isdecimal() and int(length) > most:
            raise ServiceError(413, TOO_LARGE)
        if self._in_flight >= self._pictures:
            raise ServiceError(429, BUSY, BUSY_SECONDS)
        if stores(scope["path"]) and not has_room(self._free_mb):
            raise ServiceError(503, NO_ROOM, NO_ROOM_SECONDS)

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


def _address(scope: Scope) -> str:
    return str((scope["client"] or ("", 0))[0])


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
