"""The plain way to detect on a camera, as streamlit-webrtc's own example does it: inside the frame callback.

For `tests/benchmarks/camera.py`, which measures it beside the page.
"""

import time
from collections import deque

import av
import streamlit as st
from streamlit_webrtc import WebRtcMode, webrtc_streamer

from engine.detection import models
from engine.detection.drawing import annotate
from engine.io.images import pixels_to_tensor


@st.cache_resource
def detector():
    """Load the model once."""
    return models.get("FASTERRCNN_D2GO_INT8").make(None)


@st.cache_resource
def results() -> deque:
    """Return (when a frame was done, how long it took) of the newest frames."""
    return deque(maxlen=100)


def callback(frame: av.VideoFrame) -> av.VideoFrame:
    """Examine the frame, and only then give it back."""
    began = time.monotonic()
    pixels = frame.to_ndarray(format="rgb24")
    drawn = annotate(pixels, detector().detect(pixels_to_tensor(pixels), 0.5, 0.5))
    results().append((time.monotonic(), time.monotonic() - began))
    return av.VideoFrame.from_ndarray(drawn, format="rgb24")


detector()
playing = webrtc_streamer(
    key="plain",
    mode=WebRtcMode.SENDRECV,
    rtc_configuration={"iceServers": []},
    media_stream_constraints={"video": {"width": 640, "height": 480, "frameRate": 30}, "audio": False},
    video_frame_callback=callback,
    async_processing=True,
).state.playing


@st.fragment(run_every=0.5 if playing else None)
def pace() -> None:
    """Show what the page shows too."""
    recent = [one for one in results() if one[0] > time.monotonic() - 3]
    latency = sorted(took for _, took in recent)[len(recent) // 2] if recent else float("nan")
    st.metric("detections", f"{len(recent) / 3:.1f} /s")
    st.metric("latency", f"{1000 * latency:.0f} ms")


pace()
