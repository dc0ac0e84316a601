"""The interactive page on the loopback address, for the reader at this machine and no one else."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.packages import require_installed

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

HOST = "127.0.0.1"
LOCAL = (HOST, "localhost")  # names under which a browser here may ask for the page
PAGE = Path(__file__).with_name("app.py")
PATIENCE = 1  # seconds that open pages may hold up the end


def serve(port: int, open_browser: bool) -> None:
    """Serve the page on a port until Ctrl-C, which ends the process if a page is open."""
    require_installed("marimo", "uvicorn")
    import uvicorn

    with _listening(port) as door:
        _warm_up()
        served = page()
        address = f"http://{HOST}:{port}"
        print(f"{address}  (Ctrl-C ends it)", flush=True)
        if open_browser:  # the door is open: the browser waits until it is answered
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        config = uvicorn.Config(served, log_level="error", timeout_graceful_shutdown=PATIENCE)
        with contextlib.suppress(KeyboardInterrupt):  # which uvicorn passes on when it has ended
            uvicorn.Server(config).run(sockets=[door])
    _leave()


def page() -> ASGIApp:
    """The page as an ASGI application that answers its own pages only."""
    import marimo

    builder = marimo.create_asgi_app(quiet=True, include_code=False, session_ttl=30)
    return own_pages_only(builder.with_app(path="/", root=str(PAGE)).build())


def own_pages_only(app: ASGIApp) -> ASGIApp:
    """Refuse what other sites, open in the same browser, ask of the loopback address."""
    from starlette.datastructures import Headers
    from starlette.responses import Response
    from starlette.websockets import WebSocketClose

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan" or is_own(Headers(scope=scope)):
            await app(scope, receive, send)
        elif kind == "websocket":
            await WebSocketClose(1008)(scope, receive, send)
        else:
            await Response(status_code=403)(scope, receive, send)

    return guarded


def is_own(headers: Mapping[str, str]) -> bool:
    """Whether a request names this machine, and comes from a page of it if it comes from any.

    Example:
        >>> is_own({"host": "127.0.0.1:2718", "origin": "http://127.0.0.1:2718"})
        True
        >>> is_own({"host": "127.0.0.1:2718", "origin": "https://elsewhere.example"})
        False
    """
    host = headers.get("host", "")
    origin = headers.get("origin", f"http://{host}")
    try:
        return urlsplit(f"//{host}").hostname in LOCAL and urlsplit(origin).netloc == host
    except ValueError:  # no address at all
        return False


def _listening(port: int) -> socket.socket:
    """A socket on the loopback address that already takes connections."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "it cannot be used"
        raise ScenarioError(f"--port = {port}: {reason}; choose another") from None


def _leave() -> None:
    """End the process where threads are left of pages still open: they cannot be joined."""
    if threading.active_count() > 1:
        sys.stdout.flush()
        os._exit(0)


def _warm_up() -> None:
    """Derive the formulas once, for all readers: the first page then opens without a pause."""
    from update_magnitude.figures.explore import markup
    from update_magnitude.figures.explore.controls import first_settings, scenario_of

    scenario = scenario_of(first_settings())
    markup.numbers(scenario)
    for measure in ("forgetting", "generalization"):
        markup.curve(scenario, measure)
    markup.regimes(scenario)
