"""The visitor's camera as a live stream, whose picture never waits for what is computed from it.

`camera(key, show)` shows the stream and calls `show(picture) -> picture` for each frame, in a thread of its own: it
must return within a few milliseconds and may use no Streamlit. What takes longer goes through `engine.runtime.newest`.

Behind NAT a browser reaches the server only through a TURN server. `TANGENT_ICE_SERVERS`, or `ice_servers` in
Streamlit's secrets, names them as a JSON list such as
[{"urls": "turn:turn.example.org:3478", "username": "…", "credential": "…"}]; the variables of Cloudflare, Twilio and
Hugging Face that streamlit-webrtc knows work as well. Without any of these no other host is asked for anything.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable

import numpy as np
import streamlit as st

from engine.errors import InvalidInput, constraint

PATIENCE_S = 10.0  # for a connection
PROVIDERS = ("CLOUDFLARE_TURN_KEY_ID", "TWILIO_ACCOUNT_SID", "HF_TOKEN")
WORDS = {
    "start": "Start the camera",
    "stop": "Stop",
    "select_device": "Choose a camera",
    "device_ask_permission": "Allow the camera when the browser asks.",
    "device_access_denied": "The browser refuses the camera. Allow it beside the address, then press Start again.",
    "device_not_available": "No camera answers. Connect one, or close what uses it.",
    "media_api_not_available": "This browser gives the camera to https addresses alone. Ask for one, or use Snapshot.",
}
PICTURE = {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 30}}

logger = logging.getLogger(__name__)


def camera(key: str, show: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Show the stream and return whether it plays.

    Args:
        key: the component's key.
        show: takes and returns uint8 (H, W, 3) RGB; an error in it is logged, and the frame shown as it came.
    """
    import av
    from streamlit_webrtc import WebRtcMode, webrtc_streamer

    def each(frame: av.VideoFrame) -> av.VideoFrame:
        try:  # an error that left this would freeze the stream without a word
            return av.VideoFrame.from_ndarray(show(frame.to_ndarray(format="rgb24")), format="rgb24")
        except Exception:
            logger.exception("a camera frame could not be shown")
            return frame

    try:
        servers = ice_servers()
    except InvalidInput as error:
        st.error(str(error), icon=":material/error:")
        servers = []
    stream = webrtc_streamer(
        key=key,
        mode=WebRtcMode.SENDRECV,
        rtc_configuration={"iceServers": servers},
        media_stream_constraints={"video": PICTURE, "audio": False},
        video_frame_callback=each,
        async_processing=True,
        video_html_attrs={
            "autoPlay": True,
            "controls": False,
            "muted": True,
            "style": {"width": "100%", "maxHeight": "26rem"},
        },
        translations=WORDS,
    )
    _watch(key, stream.state.signalling and not stream.state.playing)
    return stream.state.playing


def ice_servers() -> list[dict]:
    """Return the STUN and TURN servers that the owner of this site named.

    Raises:
        InvalidInput: what was named is no list of servers.
    """
    named = os.environ.get("TANGENT_ICE_SERVERS") or _secret("ice_servers")
    if named:
        return _checked(named)
    if any(os.environ.get(name) for name in PROVIDERS):
        from streamlit_webrtc import get_available_ice_servers

        return list(get_available_ice_servers())
    return []


def _checked(named: object) -> list[dict]:
    try:
        servers = json.loads(named) if isinstance(named, str) else [dict(one) for one in named]
        if isinstance(servers, list) and all(isinstance(one, dict) and "urls" in one for one in servers):
            return servers
    except (TypeError, ValueError):
        pass
    form = 'a JSON list such as [{"urls": "turn:host:3478", "username": "…", "credential": "…"}]'
    raise InvalidInput(constraint("TANGENT_ICE_SERVERS", form, "something else", "The camera goes on without them."))


def _secret(name: str) -> object:
    try:
        return st.secrets.get(name)
    except FileNotFoundError:  # no secrets at all
        return None


def _watch(key: str, connecting: bool) -> None:
    """Say why no picture comes, once connecting has taken longer than a working network needs."""
    name = f"{key}:connecting"
    if not connecting:
        st.session_state.pop(name, None)
        return
    began_s = st.session_state.setdefault(name, time.monotonic())

    @st.fragment(run_every=1.0)
    def late() -> None:
        if time.monotonic() - began_s > PATIENCE_S:
            st.warning(
                "No connection between this browser and the server after 10 s: a firewall or NAT stands between them, "
                "and the site has no TURN server that both reach. The source **Snapshot** works without one.",
                icon=":material/videocam_off:",
            )

    late()
