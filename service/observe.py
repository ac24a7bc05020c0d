"""One structured log line and the metrics of each request: an ASGI middleware, and the log itself.

Neither pictures nor names of files, addresses, queries, headers or cookies are written down.
"""

import json
import logging
import sys
import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import metrics

log = logging.getLogger("service")

DOORS = {  # longest first
    "/gradio_api/component_server": "desk",
    "/gradio_api/upload": "upload",
    "/gradio_api/mcp": "mcp",
    "/api/predict": "predict",
    "/api/health": "health",
    "/gradio_api": "gradio",
    "/website": "website",
    "/metrics": "metrics",
    "/sign-in": "sign-in",
    "/docs": "docs",
}
REFUSALS = (401, 413, 429, 503)
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


class Observed:
    """Logs and counts every request, with the status it was answered with."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        record = _Record(scope, send)
        metrics.IN_FLIGHT.inc()
        try:
            await self._app(scope, receive, record.send)
        finally:
            record.write()


class _Record:
    def __init__(self, scope: Scope, send: Send) -> None:
        self._began = time.perf_counter()
        self._scope, self._send = scope, send
        self._status = 500
        self._bytes = 0
        self._is_stream = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            kind = Headers(raw=message["headers"]).get("content-type", "")
            self._is_stream = kind.startswith("text/event-stream")
            if self._is_stream:
                metrics.IN_FLIGHT.dec()
        self._bytes += len(message.get("body", b""))
        await self._send(message)

    def write(self) -> None:
        seconds = time.perf_counter() - self._began
        path, method = self._scope["path"], self._scope["method"]
        method = method if method in METHODS else "other"
        door = door_of(path)
        metrics.REQUESTS.labels(door, method, self._status).inc()
        if self._status in REFUSALS:
            metrics.TURNED_AWAY.labels(self._status).inc()
        if not self._is_stream:
            metrics.IN_FLIGHT.dec()
            metrics.SECONDS.labels(door).observe(seconds)
        fields = {
            "door": door,
            "method": method,
            "path": shown(path),
            "status": self._status,
            "milliseconds": round(1000 * seconds, 1),
            "bytes": self._bytes,
        }
        log.info("request", extra={"fields": fields})


def door_of(path: str) -> str:
    """The part of the service that a path belongs to; all others are the page."""
    return next((d for start, d in DOORS.items() if path.startswith(start)), "page")


def shown(path: str) -> str:
    """The beginning of a path: files that people sent are further behind."""
    return "/".join(path.partition("=")[0].split("/")[:3])[:80]


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        } | getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def start_log() -> None:
    """Write what is logged anywhere in the process to standard output, one JSON object a line."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Json())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    log.setLevel(logging.INFO)
