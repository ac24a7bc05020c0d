"""The OpenAPI description says exactly what the service answers."""

import httpx
import jsonschema
import pytest
from playwright.sync_api import Browser, expect

from tests.pictures import EXAMPLES, a_seven

PNG = {"Content-Type": "image/png"}
ASKED = {
    "plain": ("7_a_number.png", {}, 200),
    "number": ("7_a_number.png", {"number": "1"}, 200),
    "explain": ("6_a_letter.png", {"explain": "1"}, 200),
    "unknown model": ("6_a_letter.png", {"model": "none"}, 400),
    "no picture": ("make.py", {}, 400),
}


@pytest.fixture(scope="module")
def described(app: str) -> dict:
    return httpx.get(f"{app}openapi.json").json()


def strict(described: dict, path: str, method: str, status: int) -> dict:
    """The schema of an answer, in which what is not described is forbidden."""
    schemas = described["components"]["schemas"]
    for schema in schemas.values():
        schema["additionalProperties"] = False
    content = described["paths"][path][method]["responses"][str(status)]["content"]
    return content["application/json"]["schema"] | {"components": {"schemas": schemas}}


@pytest.mark.parametrize("name", ASKED)
def test_answers_are_as_described(app: str, described: dict, name: str) -> None:
    file, params, status = ASKED[name]
    content = (EXAMPLES / file).read_bytes()
    answer = httpx.post(f"{app}api/predict", content=content, params=params, headers=PNG)
    assert answer.status_code == status
    jsonschema.validate(answer.json(), strict(described, "/api/predict", "post", status))


def test_health_is_as_described(app: str, described: dict) -> None:
    health = httpx.get(f"{app}api/health").json()
    jsonschema.validate(health, strict(described, "/api/health", "get", 200))


def test_describes_every_refusal_and_no_other(described: dict) -> None:
    statuses = set(described["paths"]["/api/predict"]["post"]["responses"])
    assert statuses == {"200", "400", "401", "413", "415", "429", "500", "503"}
    assert set(described["paths"]) == {"/api/predict", "/api/health"}


def test_page_of_the_description_asks_no_other_host_and_tries_out(
    app: str, browser: Browser
) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{app}docs")
    page.get_by_text("Read a picture").click()
    page.get_by_role("button", name="Try it out").click()
    picture = {"name": "seven.png", "mimeType": "image/png", "buffer": a_seven()}
    page.set_input_files('input[type="file"]', picture)  # type: ignore[arg-type]
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    assert [url for url in asked if not url.startswith((app, "data:"))] == []
    context.close()
