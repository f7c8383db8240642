"""One app, one machine, one person: what stands between a browser and a program that runs commands here.

Whoever reaches the websocket can start the user's training program, so the server listens on the loopback interface
only, and every request must carry a token that is new in each start. The token is the first part of the path and not a
cookie, which every server on 127.0.0.1 would get to see, whatever its port. Host and Origin must be ours as well: that
stops other names for 127.0.0.1 (DNS rebinding) and other sites' scripts that open websockets.
"""

from __future__ import annotations

import asyncio
import secrets
import shlex
import socket
from collections.abc import Awaitable, Callable, Sequence
from html import escape
from pathlib import Path

import textual_serve.server
from aiohttp import web

HOST = "127.0.0.1"
_HERE = Path(__file__).parent
_THEIRS = Path(textual_serve.server.__file__).parent / "static"
_FILES = {
    "page.css": _HERE / "page.css",
    "page.js": _HERE / "page.js",
    "textual.js": _THEIRS / "js" / "textual.js",
    "xterm.css": _THEIRS / "css" / "xterm.css",
    "RobotoMono-VariableFont_wght.ttf": _THEIRS / "fonts" / "RobotoMono-VariableFont_wght.ttf",
}
_SHUTDOWN_SECONDS = 0.5
"""An open window never ends by itself; after this long it is told to."""


class BrowserServer(textual_serve.server.Server):
    """Serves the app that ``command`` starts to whoever knows ``address``.

    Two apps at once would measure each other, so a second window waits until the first is closed.

    Args:
        command: words; run once for each window, with Textual's driver for browsers in its environment.
        title: shown in the window's tab.
        port: 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, command: Sequence[str], title: str, port: int = 0) -> None:
        self._listening = socket.create_server((HOST, port))
        super().__init__(shlex.join(command), HOST, self._listening.getsockname()[1], title)
        self._token = secrets.token_urlsafe(32)
        self._only_one = asyncio.Lock()

    @property
    def address(self) -> str:
        """Where the app is, with the token: a secret."""
        return f"{self.public_url}/{self._token}/"

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM; then the open app is stopped in order."""
        web.run_app(
            self.application(),
            sock=self._listening,
            shutdown_timeout=_SHUTDOWN_SECONDS,
            access_log=None,  # it would hold the token
            print=lambda *words: None,
        )

    def application(self) -> web.Application:
        """The routes, each behind the guard."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/{token}/", self._page)
        app.router.add_get("/{token}/ws", self.handle_websocket)
        app.router.add_get("/{token}/static/{name}", self._file)
        app.on_response_prepare.append(self._restrict)
        return app

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Refuse who does not know the token, or comes from elsewhere: always with the same words."""
        given = request.path.split("/")[1]
        known = secrets.compare_digest(given.encode(), self._token.encode())
        ours = request.headers.get("Host") == f"{HOST}:{self.port}"
        websocket = request.headers.get("Upgrade", "").lower() == "websocket"
        origin = request.headers.get("Origin", "" if websocket else self.public_url)
        if not (known and ours and origin == self.public_url):
            raise web.HTTPForbidden(text="Open the address that `greenfix serve` printed.\n")
        return await handler(request)

    async def _restrict(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let the page load nothing but ours, and tell nobody its address."""
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src data:; "
            f"connect-src ws://{HOST}:{self.port}; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
        )
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"

    async def _page(self, request: web.Request) -> web.Response:
        page = (_HERE / "page.html").read_text(encoding="utf-8")
        websocket = f"ws://{HOST}:{self.port}/{self._token}/ws"
        page = page.replace("{{ title }}", escape(self.title)).replace("{{ websocket }}", websocket)
        return web.Response(text=page, content_type="text/html")

    async def _file(self, request: web.Request) -> web.FileResponse:
        file = _FILES.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        return web.FileResponse(file)

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run the app for one window."""
        async with self._only_one:
            return await super().handle_websocket(request)
