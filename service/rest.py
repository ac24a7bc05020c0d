"""The REST API: POST /api/predict reads a picture, GET /api/health says whether it can."""

import base64
from typing import Annotated, Any

import anyio.to_thread
import cv2
import numpy as np
from fastapi import APIRouter, Query, Request
from numpy.typing import NDArray
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartParser

from model import Digit, DigitReader, as_json
from picture import MAX_BYTES, PictureError, TooLargeError, open_picture
from service import schema
from service.errors import ServiceError
from service.reading import SLOTS, counted
from zoo import Zoo

MULTIPART = "multipart/form-data"
RAW = ("", "application/octet-stream")  # and every image/*
NO_FILE = "Please send the picture's file as the form field `file`."
UNSUPPORTED = (
    "Please send the picture as the form field `file`, or as the body with a Content-Type such as "
    "image/png."
)

BINARY = {"schema": {"type": "string", "format": "binary"}}
FORM = {
    "schema": {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}},
        "required": ["file"],
    }
}
BODY = {
    "requestBody": {
        "required": True,
        "content": {MULTIPART: FORM, "image/*": BINARY, "application/octet-stream": BINARY},
    }
}
WAIT = {"headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}}
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": schema.Error, "description": "Not a picture, or no such model"},
    401: {"model": schema.Error, "description": "The service is private: Bearer token missing"},
    413: {"model": schema.Error, "description": "More bytes or pixels than are taken"},
    415: {"model": schema.Error, "description": "Neither a form nor a picture"},
    429: {"model": schema.Error, "description": "Too many requests", **WAIT},
    500: {"model": schema.Error, "description": "A fault of the service"},
    503: {"model": schema.Error, "description": "Not now: busy, or out of time", **WAIT},
}

MultiPartParser.spool_max_size = MAX_BYTES  # in memory, so that a full disk does not matter


def router(zoo: Zoo, version: str) -> APIRouter:
    """Make the routes of /api."""
    routes = APIRouter(prefix="/api", tags=["Reader"])
    threads = anyio.CapacityLimiter(SLOTS)  # of its own, so that Gradio never waits behind it

    @routes.post(
        "/predict",
        summary="Read a picture",
        response_model=schema.Answer,
        response_model_exclude_unset=True,
        responses=REFUSALS,
        openapi_extra=BODY,
    )
    async def predict(
        request: Request,
        number: Annotated[bool, Query(description="read every digit of a whole number")] = False,
        model: Annotated[str | None, Query(description="another model, by its name")] = None,
        explain: Annotated[bool, Query(description="add `tensor` and `heatmap`")] = False,
    ) -> dict[str, Any]:
        """Read one handwritten digit, or with `number` every digit in reading order."""
        content = await _content(request)
        return await anyio.to_thread.run_sync(
            lambda: read(_reader(zoo, model), content, number, explain),
            limiter=threads,
            abandon_on_cancel=True,
        )

    @routes.get("/health", summary="Is it ready?", response_model=schema.Health)
    async def health() -> dict[str, Any]:
        origin = zoo.own.origin
        return {
            "ready": True, "model": origin.name, "revision": origin.revision,
            "sha256": origin.sha256, "note": origin.note, "version": version,
        }  # fmt: skip

    @routes.api_route("/{path:path}", methods=["GET", "POST"], include_in_schema=False)
    async def nothing(path: str) -> None:
        del path
        raise ServiceError(404, "There is nothing here; see /docs for what there is.")

    return routes


def _reader(zoo: Zoo, name: str | None) -> DigitReader:
    """The named network, which is loaded when it is first asked for; our own for None."""
    if name is None:
        return zoo.own
    if not zoo.choose(name):
        names = ", ".join(f"“{network['id']}”" for network in zoo.facts())
        raise ServiceError(400, f"There is no such model here; there is {names}.")
    return zoo.reader(name)


async def _content(request: Request) -> bytes:
    """The picture's bytes, from a form or as they are."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == MULTIPART:
        async with request.form(max_files=1, max_fields=8) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise ServiceError(400, NO_FILE)
            return await file.read()
    if kind.startswith("image/") or kind in RAW:
        return await request.body()
    raise ServiceError(415, UNSUPPORTED)


@counted
def read(reader: DigitReader, content: bytes, number: bool, explain: bool) -> dict[str, Any]:
    """Answer a picture's bytes as schema.Answer; ServiceError for what is not a picture."""
    try:
        opened = open_picture(content)
    except PictureError as error:
        raise ServiceError(413 if isinstance(error, TooLargeError) else 400, str(error)) from error
    found = reader.read(opened.pixels, number)
    scale = opened.size[0] / opened.pixels.shape[0]
    digits = [as_json(d, scale) | (_explained(d) if explain else {}) for d in found.digits]
    return {"text": found.text, "lines": found.lines, "note": found.note, "digits": digits}


def _explained(digit: Digit) -> dict[str, str | None]:
    heatmap = None if digit.heatmap is None else _png(digit.heatmap)
    return {"tensor": _png(digit.tensor), "heatmap": heatmap}


def _png(gray: NDArray[np.float32]) -> str:
    """A (28, 28) picture in [0, 1] as a data URL."""
    png = cv2.imencode(".png", np.round(gray * 255).astype(np.uint8))[1].tobytes()
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
