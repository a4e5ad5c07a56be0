"""The ASGI application, for `streamlit run app.py` or `uvicorn app:app`.

Through `st.App`, because beside a plain main script Streamlit would take `pages/*.py` for pages of its own.
"""

import contextlib
import gc
import importlib
import logging
import os
import threading
import time
from logging.handlers import RotatingFileHandler

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: many small jobs side by side are fastest on a thread each

import streamlit as st
from starlette.middleware import Middleware

from pages._ui.headers import SecurityHeaders

WARM_UP = ("torch", "plotly.graph_objects", "engine.linear_model.experiment")  # what the first page needs
WARM_UP_AFTER_S = 4.0  # lets a first visitor's home page through before


class Sorry(Exception):
    """What a visitor reads in place of an uncaught error."""


def on_script_error(error: Exception) -> bool:
    """Keep the traceback for the owner (Streamlit writes it to stderr as well), and show the visitor one sentence."""
    log.error("uncaught on %s", st.context.url, exc_info=error)
    st.exception(Sorry("this page met an error of its own. It has been noted; reload the page to go on."))
    return True


def warm_up() -> None:
    """Import what would make the first visitor wait; what is frozen is never searched for garbage again."""
    time.sleep(WARM_UP_AFTER_S)
    for name in WARM_UP:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


@contextlib.asynccontextmanager
async def lifespan(_app):
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    yield {}


log = logging.getLogger("tangent")
log.addHandler(logging.NullHandler())
if log_file := os.environ.get("TANGENT_LOG"):
    keep = RotatingFileHandler(log_file, maxBytes=2_000_000, backupCount=3)
    keep.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(keep)
app = st.App(
    "pages/shell.py", lifespan=lifespan, middleware=[Middleware(SecurityHeaders)], on_script_error=on_script_error
)
