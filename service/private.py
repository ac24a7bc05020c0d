"""Private mode: with API_TOKEN set, every door asks for it. An ASGI middleware.

Programs send it as `Authorization: Bearer ...`. People type it once at the sign-in page and get a
cookie that proves it: an expiry and its HMAC under the token, so that nothing needs to be stored,
replicas know each other's cookies, and a new token ends all sessions.
"""

import hashlib
import hmac
import time
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import ServiceError

COOKIE = "digit_reader_session"
SESSION = 7 * 24 * 3600  # seconds
SIGN_IN = "/sign-in"
OPEN = ("/api/health", "/favicon.ico", "/website")
OPEN_FOLDERS = ("/website/", "/docs/static/")  # files that are the same for everyone
NO_TOKEN = "This service is private: it needs its token."  # noqa: S105
WRONG = "This is not the token of this service."
PAGE = (Path(__file__).parent / "sign_in.html").read_text(encoding="utf-8")


class Private:
    """Lets nothing pass without the token, or a cookie that proves it."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "lifespan" or self._may_pass(scope):
            await self._app(scope, receive, send)
        elif scope["path"] == SIGN_IN:
            answer = await self._sign_in(Request(scope, receive))
            await answer(scope, receive, send)
        else:
            await _refusal(scope)(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        path = scope["path"]
        if path == SIGN_IN:
            return False
        return path in OPEN or path.startswith(OPEN_FOLDERS) or self._is_known(Headers(scope=scope))

    def _is_known(self, headers: Headers) -> bool:
        scheme, _, sent = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._is_token(sent.strip().encode("latin-1")):
            return True
        expires, _, proof = _cookie(headers).partition(".")
        is_proof = hmac.compare_digest(proof.encode(), self._proof(expires).encode())
        return is_proof and int(expires) > time.time()

    def _is_token(self, sent: bytes) -> bool:
        return hmac.compare_digest(sent, self._token)

    def _proof(self, expires: str) -> str:
        return hmac.new(
            self._token, f"session until {expires}".encode(), hashlib.sha256
        ).hexdigest()

    async def _sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            return _page("", 200)
        try:
            async with request.form(max_files=0, max_fields=1) as form:
                sent = str(form.get("token", "")).strip().encode()
        except HTTPException:  # not a form
            return _page(WRONG, 400)
        if not self._is_token(sent):
            return _page(WRONG, 401)
        answer = RedirectResponse(request.scope.get("root_path", "") + "/", 303)
        answer.headers.append("Set-Cookie", self._new_cookie(request.url.scheme == "https"))
        return answer

    def _new_cookie(self, is_secure: bool) -> str:
        expires = str(int(time.time()) + SESSION)
        cookie = f"{COOKIE}={expires}.{self._proof(expires)}; Path=/; Max-Age={SESSION}; HttpOnly"
        # in an iframe, as on a Space's page, only a partitioned cookie is kept
        return cookie + ("; Secure; SameSite=None; Partitioned" if is_secure else "; SameSite=Lax")


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _refusal(scope: Scope) -> Response:
    wants_page = scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
    if wants_page:
        return _page(NO_TOKEN, 401)
    answer = ServiceError(401, NO_TOKEN).response()
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _page(said: str, status: int) -> HTMLResponse:
    return HTMLResponse(PAGE.replace("{said}", said), status, {"Cache-Control": "no-store"})
