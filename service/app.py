"""The whole service as one ASGI app: REST, the documentation, and Gradio's page and API."""

import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from picture import MAX_BYTES
from service import metrics, rest
from service.errors import RETRY_AFTER, ServiceError
from service.gradio_doors import GradioDoors
from service.limits import NO_ROOM, NO_ROOM_SECONDS, Limits
from service.observe import Observed, log
from service.private import Private
from service.reading import SLOTS
from service.settings import Settings
from service.uploads import guard
from zoo import Zoo

ROOT = Path(__file__).parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
DESCRIPTION = "Reads handwritten digits: drawn, photographed or scanned."
HAS_MCP = find_spec("mcp") is not None  # it wants an older pydantic than some environments have
SESSIONS = 100  # of Gradio's, remembered: some 18 kB each, and nothing of ours is in them
FAULT = "Something went wrong here. Please try again."


def application(
    demo: gr.Blocks, zoo: Zoo, settings: Settings, page_options: dict[str, Any]
) -> FastAPI:
    """Build the app: every door of the service, and what stands before them.

    page_options: of Gradio's page, as `gr.mount_gradio_app` takes them: theme, footer_links, ...
    """
    app: FastAPI = FastAPIOffline(
        redoc_url=None,
        static_url="/docs/static",
        favicon_url="/favicon.ico",
        swagger_ui_oauth2_redirect_url="/docs/static/none",
        title="Digit Reader",
        description=DESCRIPTION,
        version=VERSION,
        exception_handlers=FAULTS,
    )
    _stand_before(app, demo, settings)
    _answer_errors(app)
    app.include_router(rest.router(zoo, VERSION))
    app.add_api_route("/metrics", exposition, include_in_schema=False)
    app.mount("/website", StaticFiles(directory=ROOT / "website", html=True))
    _describe_exactly(app)
    metrics.MODEL.labels(zoo.own.name, zoo.own.origin.revision or "bundled").set(1)
    demo.max_threads = SLOTS
    demo.queue(max_size=settings.pictures, default_concurrency_limit=SLOTS)
    demo.state_session_capacity = demo._queue.ANALYTICS_MAX_EVENTS = SESSIONS  # noqa: SLF001
    gr.mount_gradio_app(
        app,
        demo,
        path="/",
        server_name=settings.name,
        server_port=settings.port,
        max_file_size=MAX_BYTES,
        run_history=False,
        ssr_mode=False,
        mcp_server=HAS_MCP,
        show_error=False,
        app_kwargs={"exception_handlers": FAULTS},
        **page_options,
    )
    guard(demo)
    if (
        demo.mcp_server_obj
    ):  # else it believes the Host header of whoever asks first, and calls there
        demo.mcp_server_obj._local_url = f"http://127.0.0.1:{settings.port}"  # noqa: SLF001
    return app


def _stand_before(app: FastAPI, demo: gr.Blocks, settings: Settings) -> None:
    """Add what every request passes, the last one added first."""
    app.add_middleware(GradioDoors, demo=demo)
    if settings.token:
        app.add_middleware(Private, token=settings.token)
    app.add_middleware(Limits, settings=settings)
    app.add_middleware(  # no cookies from elsewhere: another site's page sends the token itself
        CORSMiddleware,
        allow_origins=list(settings.origins),
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=[RETRY_AFTER],
    )
    app.add_middleware(Observed)


async def exposition() -> Response:
    text, kind = metrics.exposition()
    return Response(text, media_type=kind)


async def _cut_off(_: Request, error: Exception) -> Response:
    del error
    return ServiceError(400, "The picture did not arrive whole.").response()


async def _not_stored(_: Request, error: Exception) -> Response:
    log.error("A file could not be stored: %s", error)
    return ServiceError(503, NO_ROOM, NO_ROOM_SECONDS).response()


async def _broken(_: Request, error: Exception) -> Response:
    del error  # the server logs it
    return ServiceError(500, FAULT).response()


# answered in the same words at Gradio's doors, which stumble over odd JSON
FAULTS: dict[Any, Any] = {
    ClientDisconnect: _cut_off,
    OSError: _not_stored,
    Exception: _broken,
}


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(ServiceError)
    async def refused(_: Request, error: ServiceError) -> Response:
        return error.response()

    @app.exception_handler(RequestValidationError)
    async def misasked(_: Request, error: RequestValidationError) -> Response:
        names = ", ".join(f"`{problem['loc'][-1]}`" for problem in error.errors())
        return ServiceError(400, f"The value of {names} cannot be understood.").response()

    @app.exception_handler(HTTPException)
    async def failed(_: Request, error: HTTPException) -> Response:
        return ServiceError(error.status_code, _sentence(str(error.detail))).response()


def _sentence(detail: str) -> str:
    return detail if detail.endswith(".") else f"{detail}."


def _describe_exactly(app: FastAPI) -> None:
    """Take out what FastAPI adds by itself: 422, which is never answered here."""
    describe = app.openapi

    def exact() -> dict[str, Any]:
        described = describe()
        for path in described["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        for name in ("HTTPValidationError", "ValidationError"):
            described["components"]["schemas"].pop(name, None)
        return described

    app.openapi = exact  # type: ignore[method-assign]
