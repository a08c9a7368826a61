"""The HTTP server: one port, one event loop, and every message has a size and a deadline."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import h11
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sim.emulator.admin import Act, Admin
from sim.emulator.gateway import Gateway
from sim.emulator.http_messages import HttpRequest
from sim.emulator.session import Session

BODY_MAX_BYTES: Final = 6 * 2**20
"""Largest body of a request: Lambda's payload of a synchronous invocation.

Source: Lambda developer guide, quotas. Archives of code are described by an upload to S3 beyond it.
"""
HEADER_MAX_BYTES: Final = 16 * 2**10
MESSAGE_MAX_S: Final = 20.0
"""Longest time from the first byte of a request, or a connection, to the end of the request."""
_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]", "host.docker.internal"})


Endpoint = Callable[[Request], Awaitable[Response]]


class DeadlineProtocol(H11Protocol):
    """Closes a connection whose request does not arrive in time; uvicorn itself would wait."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Stop waiting when a request is whole, and wait again when the next one begins."""
        super().data_received(data)
        if self._is_whole():
            self._stop_waiting()
        elif self._deadline is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _is_whole(self) -> bool:
        return self.conn.their_state not in (h11.IDLE, h11.SEND_BODY)

    def _wait(self) -> None:
        self._deadline = asyncio.get_running_loop().call_later(MESSAGE_MAX_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self._is_whole():
            self.transport.close()


class TooLargeError(Exception):
    """A body is longer than anybody may send."""


def application(
    session: Session, *, hosts: frozenset[str] = _LOCAL_HOSTS, token: str | None = None
) -> Starlette:
    """Everything behind the port. `token` is asked for by the admin API where there is one."""
    gateway = Gateway(session)
    admin = Admin(session, gateway)

    async def aws(request: Request) -> Response:
        answer = gateway.answer(_message(request, await _body(request)))
        return Response(answer.body, answer.status, _headers(session, answer.headers))

    routes = [
        Route(f"/_lmisim/{path}", _admin_endpoint(admin, act, token), methods=[method])
        for path, method, act in admin.routes()
    ]
    return Starlette(
        routes=[*routes, Route("/{path:path}", aws, methods=_METHODS)],
        middleware=[Middleware(_OwnHosts, hosts=hosts)],
        exception_handlers={TooLargeError: _too_large},
    )


def _admin_endpoint(admin: Admin, act: Act, token: str | None) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if token is not None and request.headers.get("x-lmisim-token") != token:
            return JSONResponse({"message": "the header `X-Lmisim-Token` is missing or wrong"}, 401)
        try:
            told = act(admin.read(await _body(request), request.query_params))
        except ValueError as error:
            return JSONResponse({"message": str(error)}, 400)
        return JSONResponse(told, headers=_headers(admin.session, {}))

    return endpoint


async def _too_large(request: Request, _: Exception) -> Response:
    message = (
        f"Request must be smaller than {BODY_MAX_BYTES} bytes for the {request.method} operation"
    )
    return JSONResponse({"message": message}, 413)


class _OwnHosts:
    """Refuses what a web page of somebody else may have sent: its host or origin is not ours."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(Headers(scope=scope)) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, headers: Headers) -> Response | None:
        host = headers.get("host", "").lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name not in self._hosts and not name.endswith((".localhost", ".amazonaws.com")):
            return JSONResponse({"message": f"the host `{host[:80]}` is not served here"}, 403)
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            return JSONResponse({"message": f"the origin `{origin[:80]}` is not served here"}, 403)
        return None


def serve(app: Starlette, *, host: str, port: int, on_ready: Callable[[int], None]) -> None:
    """Serve until somebody stops the process; port 0 takes a free one.

    `on_ready` is called with the port when requests are answered.
    """
    server = _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=DeadlineProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            h11_max_incomplete_event_size=HEADER_MAX_BYTES,
            timeout_keep_alive=75,
        ),
        on_ready,
    )
    server.run()


class _Server(uvicorn.Server):
    """Says when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: Any = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        if self.started:
            self._on_ready(self.servers[0].sockets[0].getsockname()[1])


async def _body(request: Request) -> bytes:
    """The whole body; TooLargeError as soon as it is known to be too long."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > BODY_MAX_BYTES:
        raise TooLargeError
    parts = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > BODY_MAX_BYTES:
                raise TooLargeError
            parts.append(part)
    except ClientDisconnect:
        return b""
    return b"".join(parts)


def _message(request: Request, body: bytes) -> HttpRequest:
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return HttpRequest(
        method=request.method,
        path=request.scope["raw_path"].partition(b"?")[0].decode("latin-1"),
        query=request.scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
    )


def _headers(session: Session, further: Mapping[str, str]) -> dict[str, str]:
    return {**further, "x-lmisim-time": session.calendar().isoformat()}
