"""What stands before Gradio's own routes: those that nothing here uses are shut.

Among them is one that fetches any address for anybody, and that without a limit.
"""

import re

import gradio as gr
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import leftovers
from service.errors import ServiceError

USED = {  # by the page, Gradio's clients and agents
    *("api", "app_id", "call", "cancel", "component_server", "file", "heartbeat", "info"),
    *("login_check", "mcp", "openapi.json", "queue", "reset", "run", "startup-events"),
    *("theme.css", "upload", "upload_progress", "user"),
}
SHUT = ("/login", "/logout", "/monitoring", "/svelte")
FILES = "/gradio_api/file"
ANSWERS = ("/gradio_api/queue/data", "/gradio_api/call/")  # stream what the queue has to say
NOTHING = "There is nothing here; see /docs for what there is."


class GradioDoors:
    """Answers 404 for what is not used; what people uploaded can do nothing where it is opened;
    who has been answered is forgotten.
    """

    def __init__(self, app: ASGIApp, demo: gr.Blocks) -> None:
        self._app, self._demo = app, demo

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_shut(scope["path"]):
            await ServiceError(404, NOTHING).response()(scope, receive, send)
            return

        async def send_harmless(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Content-Security-Policy", "sandbox")
            await send(message)

        is_file = scope["type"] == "http" and scope["path"].startswith(FILES)
        try:
            await self._app(scope, receive, send_harmless if is_file else send)
        finally:
            if scope["type"] == "http" and scope["path"].startswith(ANSWERS):
                leftovers.forget_answered(self._demo._queue)  # noqa: SLF001


def is_shut(path: str) -> bool:
    """Whether a path is one of Gradio's that nothing here uses, or leads to another host."""
    used = re.match(r"/gradio_api/([^/=]*)", path)
    if used:
        return used[1] not in USED or "://" in path
    return path.startswith(SHUT)
