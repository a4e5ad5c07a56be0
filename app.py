"""The ASGI application, for `streamlit run app.py` or `uvicorn app:app`.

Through `st.App`, because beside a plain main script Streamlit would take `pages/*.py` for pages of its own.
"""

import contextlib
import logging
import os
from logging.handlers import RotatingFileHandler

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: many small jobs side by side are fastest on a thread each

import streamlit as st
from starlette.middleware import Middleware

from pages._ui import warm_up
from pages._ui.delivery import routes as canvas_routes
from pages._ui.feed import routes as feed_routes
from pages._ui.headers import SecurityHeaders
from pages._ui.sounds import routes as sound_routes


class Sorry(Exception):
    """What a visitor reads in place of an uncaught error."""


def on_script_error(error: Exception) -> bool:
    """Keep the traceback for the owner (Streamlit writes it to stderr as well), and show the visitor one sentence."""
    log.error("uncaught on %s", st.context.url, exc_info=error)
    st.exception(Sorry("this page met an error of its own. It has been noted; reload the page to go on."))
    return True


@contextlib.asynccontextmanager
async def lifespan(_app):
    warm_up.start()
    yield {}


log = logging.getLogger("tangent")
log.addHandler(logging.NullHandler())
if log_file := os.environ.get("TANGENT_LOG"):
    keep = RotatingFileHandler(log_file, maxBytes=2_000_000, backupCount=3)
    keep.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(keep)
app = st.App(
    "pages/shell.py",
    lifespan=lifespan,
    routes=[*canvas_routes(), *feed_routes(), *sound_routes()],
    middleware=[Middleware(SecurityHeaders)],
    on_script_error=on_script_error,
)
