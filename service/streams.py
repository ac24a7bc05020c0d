"""Streams that never end by themselves are ended when the service stops: an ASGI middleware."""

import asyncio
import contextlib

from starlette.types import ASGIApp, Receive, Scope, Send

ENDLESS = ("/gradio_api/heartbeat/", "/gradio_api/mcp")  # open as long as a page or agent is


def is_endless(scope: Scope) -> bool:
    """Whether a request is for a stream that does not end by itself."""
    is_get = scope["type"] == "http" and scope["method"] == "GET"
    return is_get and str(scope["path"]).startswith(ENDLESS)


class Streams:
    """Runs the app; `stop` ends the streams on which nothing is on its way."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        run = self._until_stop if is_endless(scope) else self._app
        await run(scope, receive, send)

    async def _until_stop(self, scope: Scope, receive: Receive, send: Send) -> None:
        stream = asyncio.ensure_future(self._app(scope, receive, send))
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({stream, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        stream.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await stream
