"""The components' JavaScript as files of the server, which a browser fetches once.

Streamlit sends a component's script again with every message to it: some 40 kB for each move of a slider. Here that is
two lines, which import the file by the hash of its content. Where the app is not served with `routes` (a test that
runs a page alone), the script travels with the messages.
"""

from __future__ import annotations

import hashlib

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

FOR_EVER = "public, max-age=31536000, immutable"  # another content has another name

_scripts: dict[str, str] = {}  # file name → content
_folder = ""  # below which they are served, "" before `routes` was called


def routes() -> list[Route]:
    """Return what the application serves; to be called once, before the first page runs."""
    global _folder
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    _folder = f"/{base}/canvas".replace("//", "/")
    return [Route(f"{_folder}/{{name}}", _answer)]


def deliver(name: str, script: str) -> str:
    """Return the script to give to Streamlit: lines that fetch this one, or this one itself where none is served."""
    if not _folder:
        return script
    file = f"{name}-{hashlib.sha256(script.encode()).hexdigest()[:16]}.js"
    _scripts[file] = script
    return (
        f'const fetched = import(new URL("{_folder}/{file}", location.origin));\n'
        "export default async (args) => (await fetched).default(args);"
    )


async def _answer(request: Request) -> Response:
    script = _scripts.get(request.path_params["name"])
    if script is None:
        return PlainTextResponse("There is no such script.", 404)
    return Response(script, media_type="text/javascript", headers={"cache-control": FOR_EVER})
