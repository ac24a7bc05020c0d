"""Runs the service until it is told to stop, and then finishes what is in flight."""

import socket
from pathlib import Path
from typing import Any

import cv2
import gradio as gr
import uvicorn
from gradio.utils import get_upload_folder

from service import leftovers, memory
from service.app import application
from service.connections import Connection, Patience, room_for
from service.observe import log, start_log
from service.settings import Settings, SettingsError, from_environment
from service.streams import Streams
from zoo import Zoo


def serve(demo: gr.Blocks, zoo: Zoo, page_options: dict[str, Any]) -> None:
    """Serve until SIGTERM or Ctrl+C; `page_options` are those of `gr.mount_gradio_app`."""
    try:
        settings = from_environment()
    except SettingsError as error:
        raise SystemExit(str(error)) from error
    memory.keep_small()
    start_log()
    cv2.setNumThreads(1)  # readings run side by side; threads within one only get in their way
    leftovers.sweep_always(Path(get_upload_folder()), demo.temp_file_sets)
    streams = Streams(application(demo, zoo, settings, page_options))
    _Server(streams, settings, demo.temp_file_sets).run()


CONTENT = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "  # as Gradio's page needs
    "connect-src *; "  # the website may ask another service
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)
HEADERS = [  # of every answer, errors too
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Content-Security-Policy", CONTENT),
]


class _Server(uvicorn.Server):
    def __init__(self, streams: Streams, settings: Settings, pictures: list[set[str]]) -> None:
        Connection.patience = Patience(settings.seconds, room_for(settings.connections))
        config = uvicorn.Config(
            streams,
            http=Connection,
            ws="none",
            host=settings.name,
            port=settings.port,
            proxy_headers=True,
            forwarded_allow_ips=settings.proxies,
            timeout_graceful_shutdown=settings.seconds,
            access_log=False,
            log_config=None,
            headers=HEADERS,
            server_header=False,
        )
        super().__init__(config)
        self._streams, self._pictures = streams, pictures

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        log.info("ready at http://%s:%d", self.config.host, self.config.port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        log.info("stopping: finishing what is in flight")
        self._streams.stop()
        await super().shutdown(sockets)
        leftovers.sweep(Path(get_upload_folder()), float("inf"), self._pictures)
        log.info("stopped")
