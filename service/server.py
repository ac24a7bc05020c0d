"""Runs the service until it is told to stop, and then finishes what is in flight."""

import gradio as gr
import uvicorn

from model import DigitReader
from service.app import application
from service.settings import SettingsError, from_environment


def serve(demo: gr.Blocks, reader: DigitReader) -> None:
    """Serve until SIGTERM or Ctrl+C."""
    try:
        settings = from_environment()
    except SettingsError as error:
        raise SystemExit(str(error)) from error
    config = uvicorn.Config(
        application(demo, reader, settings),
        host=settings.name,
        port=settings.port,
        proxy_headers=True,
        forwarded_allow_ips=settings.proxies,
        timeout_graceful_shutdown=settings.seconds,
        access_log=False,
        log_level="warning",
    )
    print(f"Digit Reader at http://{_shown(settings.name)}:{settings.port}", flush=True)
    uvicorn.Server(config).run()


def _shown(name: str) -> str:
    return "127.0.0.1" if name == "0.0.0.0" else name  # noqa: S104
