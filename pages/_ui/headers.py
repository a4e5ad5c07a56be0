"""The security headers that every answer of the server carries.

Scripts come from this server alone, and nothing that a page loads may talk to another host. Streamlit's own index.html
has a script in its text, which is let in by its hash; so `st.html` and `st.iframe` cannot run scripts here, while
components can (their scripts are loaded as blobs).
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from pathlib import Path

import streamlit as st


def _inline_script_hashes() -> str:
    index = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", index, re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "script-src": f"'self' blob: {_inline_script_hashes()}",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": os.environ.get("TANGENT_FRAME_ANCESTORS", "'self'"),  # who may embed this site
}
HEADERS = {
    b"content-security-policy": "; ".join(
        f"{name} {value}" for name, value in CONTENT_SECURITY_POLICY.items()
    ).encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"permissions-policy": b"camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
}


class SecurityHeaders:
    """ASGI middleware that sets `HEADERS` on every HTTP response."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                kept = [(name, value) for name, value in message["headers"] if name.lower() not in HEADERS]
                message["headers"] = kept + list(HEADERS.items())
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)
