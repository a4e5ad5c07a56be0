"""Heavy imports, brought in before a visitor waits for them.

The home page needs none, so it goes first: the imports begin `AFTER_S` after the start of the server. (Beginning them
with a visitor's first request was tried: the browser, on the same two cores, then shows the title 1.5 s later and the
picture no sooner.) A page that is opened earlier shows its title at once, and brings them in itself.
"""

from __future__ import annotations

import gc
import importlib
import sys
import threading
import time
from types import ModuleType

import streamlit as st

HEAVY = ("torch", "plotly.graph_objects", "engine.linear_model.experiment")  # what the first page needs
AFTER_S = 4.0


def start() -> None:
    """Begin to wait, in a thread of its own; called once, at the start of the server."""
    threading.Thread(target=_bring_in_all, name="warm-up", daemon=True).start()


def bring_in(name: str) -> ModuleType:
    """Return a module that a page needs, saying why it takes a while where it does."""
    slot = st.empty()  # always there, so that what follows keeps its place in the page
    if name in sys.modules:
        return importlib.import_module(name)  # and waits, where another thread is still importing it
    with slot, st.spinner("Starting PyTorch: a few seconds, once after the server has started."):
        return importlib.import_module(name)


def _bring_in_all() -> None:
    time.sleep(AFTER_S)
    for name in HEAVY:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what is frozen is never searched for garbage again
