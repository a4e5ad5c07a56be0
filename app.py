"""The ASGI application, for `streamlit run app.py` or `uvicorn app:app`.

Started through `st.App`, because a plain main script would treat `pages/*.py` as pages of its own.
"""

import contextlib
import gc
import importlib
import logging
import logging.handlers
import os
import threading

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: small models in many sessions run best on one thread each

import streamlit as st
from starlette.middleware import Middleware

WARM_UP = ("torch", "plotly.graph_objects", "engine.linear_model")
FRAME_ANCESTORS = os.environ.get("TANGENT_FRAME_ANCESTORS", "'self'")  # who may embed this site
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; "
        "worker-src 'self' blob:; frame-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
        f"frame-ancestors {FRAME_ANCESTORS}"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
}


class SecurityHeaders:
    """ASGI middleware that adds `HEADERS` to every HTTP response."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *((k.encode(), v.encode()) for k, v in HEADERS.items())]
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class Sorry(Exception):
    """What a visitor reads in place of an uncaught error: type and text make one sentence."""


def log_error(error: Exception) -> bool:
    """Keep the traceback for the owner (Streamlit has written it to stderr) and show the visitor one sentence."""
    log.error("uncaught on %s", st.context.url, exc_info=error)
    st.exception(Sorry("this page met an error of its own. It has been noted; reload the page to go on."))
    return True


def warm_up() -> None:
    for name in WARM_UP:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what was imported is never collected again


@contextlib.asynccontextmanager
async def lifespan(_app):
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    yield {}


log = logging.getLogger("tangent")
log_file = os.environ.get("TANGENT_LOG")
keep = logging.handlers.RotatingFileHandler(log_file, maxBytes=2_000_000, backupCount=3) if log_file else logging.NullHandler()
keep.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
log.addHandler(keep)
app = st.App("pages/shell.py", lifespan=lifespan, middleware=[Middleware(SecurityHeaders)], on_script_error=log_error)
