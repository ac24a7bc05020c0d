"""The MCP server, asked by a real MCP client."""

import asyncio
import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult

from service.uploads import NO_ADDRESS
from tests.conftest import TOKEN
from tests.pictures import EXAMPLES, a_seven


def data_url(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def call(app: str, headers: dict[str, str] | None = None, **arguments: Any) -> CallToolResult:
    async def ask() -> CallToolResult:
        address = f"{app}gradio_api/mcp/"
        async with (
            httpx.AsyncClient(headers=headers, timeout=30) as client,
            streamable_http_client(address, http_client=client) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            [tool] = (await session.list_tools()).tools
            assert tool.name == "predict"
            return await session.call_tool(tool.name, arguments)

    # in a thread of its own, since Playwright keeps an event loop running in the main one
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(asyncio.wait_for(ask(), 60))).result()


def text(result: CallToolResult) -> str:
    return result.content[0].text  # type: ignore[union-attr]


def test_reads_a_picture_and_a_number(app: str) -> None:
    assert json.loads(text(call(app, picture=data_url(a_seven()))))["text"] == "7"
    number = (EXAMPLES / "7_a_number.png").read_bytes()
    assert json.loads(text(call(app, picture=data_url(number), number=True)))["text"] == "2047"


def test_says_what_is_wrong(app: str) -> None:
    refused = call(app, picture=data_url(b"no picture"))
    assert refused.isError
    assert "not a picture" in text(refused)


def test_takes_what_was_uploaded_before(app: str) -> None:
    """As Gradio's tool for agents does it: upload_files_to_gradio."""
    [path] = httpx.post(f"{app}gradio_api/upload", files={"files": ("7.png", a_seven())}).json()
    assert json.loads(text(call(app, picture=f"{app}gradio_api/file={path}")))["text"] == "7"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/x.png",
        "https://example.org/x.png",
        f"http://x/gradio_api/file={EXAMPLES / '1_thin_pen.png'}",
        "http://x/gradio_api/file=",
    ],
)
def test_fetches_nothing(app: str, address: str) -> None:
    refused = call(app, picture=address)
    assert refused.isError
    assert NO_ADDRESS in text(refused)


def test_private_service_wants_its_token(private: str) -> None:
    with pytest.raises(ExceptionGroup):
        call(private, picture=data_url(a_seven()))
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert json.loads(text(call(private, bearer, picture=data_url(a_seven()))))["text"] == "7"
