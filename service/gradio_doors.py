"""What stands before Gradio's own routes: those that nothing here uses are shut.

Among them is one that fetches any address for anybody, and that without a limit.
"""

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import ServiceError

USED = {  # by the page, Gradio's clients and agents
    *("api", "app_id", "call", "cancel", "component_server", "file", "heartbeat", "info"),
    *("login_check", "mcp", "openapi.json", "queue", "reset", "run", "startup-events"),
    *("theme.css", "upload", "upload_progress", "user"),
}
SHUT = ("/login", "/logout", "/monitoring", "/svelte")
FILES = "/gradio_api/file"
NOTHING = "There is nothing here; see /docs for what there is."


class GradioDoors:
    """Answers 404 for what is not used; what people uploaded can do nothing where it is opened."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_shut(scope["path"]):
            await ServiceError(404, NOTHING).response()(scope, receive, send)
            return

        async def send_harmless(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Content-Security-Policy", "sandbox")
            await send(message)

        is_file = scope["type"] == "http" and scope["path"].startswith(FILES)
        await self._app(scope, receive, send_harmless if is_file else send)


def is_shut(path: str) -> bool:
    """Whether a path is one of Gradio's that nothing here uses, or leads to another host."""
    used = re.match(r"/gradio_api/([^/=]*)", path)
    if used:
        return used[1] not in USED or "://" in path
    return path.startswith(SHUT)
