"""Sounds for the mixer, as files of the server: a browser fetches them by an address that only their content tells.

Encoded as FLAC, which every browser plays, and which keeps each sample in its place: pieces join without a click.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from engine.runtime.shelf import shelf

if TYPE_CHECKING:
    from torch import Tensor

PRIVATE = "private, max-age=3600, immutable"

_folder = "/sound"


def routes() -> list[Route]:
    """Return what the application serves; to be called once, before the first page runs."""
    global _folder
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    _folder = f"/{base}/sound".replace("//", "/")
    return [Route(f"{_folder}/{{name}}", _answer)]


def offer(waveform: Tensor, sample_rate: int) -> str:
    """Encode a sound (C, T) and return the address at which a browser finds it, until others need its room."""
    from engine.io.audio import encode_audio

    return address(shelf().put(encode_audio(waveform, sample_rate, "flac"), ".flac"))


def address(name: str) -> str:
    """Return the address of a sound that is on the shelf under this name."""
    return f"{_folder}/{name}"


async def _answer(request: Request) -> Response:
    data = shelf().get(request.path_params["name"])
    if data is None:
        return PlainTextResponse("There is no such sound.", 404)
    return Response(data, media_type="audio/flac", headers={"cache-control": PRIVATE})
