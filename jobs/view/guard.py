"""The gate before every page: own host, token, and what browsers are told."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from realsyn_lib.view.access import SECURITY_HEADERS, is_own_host, is_token

TOKEN = "token"
_REFUSED = (
    "realsyn view: this address needs the token. Open the whole address that the command printed, with "
    "?token=..."
)


class Guard:
    """Refuses foreign hosts (400), methods that are no reading (405), and who has no token (403).

    The token comes once in the address and then in a cookie that scripts cannot read and that other
    sites' requests do not carry. The cookie is named by the port: browsers share cookies between ports.
    """

    def __init__(self, app: ASGIApp, token: str, names: frozenset[str], port: int) -> None:
        self._app, self._token, self._names = app, token, names
        self._cookie = f"realsyn-view-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # no web sockets here
            return
        answer = self._refusal(Request(scope))
        await (answer or self._app)(scope, receive, _with_headers(send))

    def _refusal(self, request: Request) -> Response | None:
        """Return the answer to a request that goes no further; None for one that does."""
        if not is_own_host(request.headers.get("host"), self._names):
            return PlainTextResponse("realsyn view: this host is not served here", 400)
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse("realsyn view: only reading is possible", 405)
        if is_token(request.query_params.get(TOKEN), self._token):
            return self._welcome(request)
        if not is_token(request.cookies.get(self._cookie), self._token):
            return PlainTextResponse(_REFUSED, 403)
        return None

    def _welcome(self, request: Request) -> Response:
        """Put the token in the cookie and take it out of the address, where it would be kept and shown."""
        answer = RedirectResponse(request.url.path or "/", 303)
        answer.set_cookie(self._cookie, self._token, httponly=True, samesite="lax", path="/")
        return answer


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sent
