"""Frames of a run that is still computed, which the browser fetches by itself as fast as it can draw them.

A rerun of the script for every picture costs the browser more than the picture: on two busy cores three came a second.
So the page is drawn again now and then, and between that the canvas asks an address of the run for what came after the
last step that it has. The address is known to this visitor alone.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages._ui.canvas import pack

MOST_OFFERS = 300  # of all visitors; the oldest goes first
Make = Callable[[float], dict[str, Any]]

_offers: OrderedDict[str, Make] = OrderedDict()
_folder = ""  # below which they are served, "" before `routes` was called


def routes() -> list[Route]:
    """Return what the application serves; to be called once, before the first page runs."""
    global _folder
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    _folder = f"/{base}/feed".replace("//", "/")
    return [Route(f"{_folder}/{{name}}", _answer)]


def is_served() -> bool:
    """Return whether there are addresses to fetch from; a page that runs without the application has none."""
    return bool(_folder)


def offer(key: str, make: Make) -> str:
    """Return the address of the visitor's feed of this key, "" where none is served.

    Args:
        key: one feed for each; a new offer takes the place of the old one.
        make: gives {"runs", "growing"} for the last step that the browser has; called from another thread.
    """
    if not _folder:
        return ""
    name = st.session_state.setdefault(f"_feed {key}", secrets.token_urlsafe(18))
    _offers[name] = make
    _offers.move_to_end(name)
    while len(_offers) > MOST_OFFERS:
        _offers.popitem(last=False)
    return f"{_folder}/{name}"


def withdraw(key: str) -> None:
    """End the visitor's feed of this key."""
    _offers.pop(st.session_state.get(f"_feed {key}", ""), None)


async def _answer(request: Request) -> Response:
    make = _offers.get(request.path_params["name"])
    try:
        after = float(request.query_params.get("after", "-1"))
    except ValueError:
        make = None
    if make is None:
        return Response(status_code=204)  # a run that has ended: nothing more comes
    message = await run_in_threadpool(lambda: pack(make(after)))
    return Response(message, media_type="application/octet-stream", headers={"cache-control": "no-store"})
