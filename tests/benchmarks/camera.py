"""Live detection in a real Chromium whose camera plays real photographs: `python -m tests.benchmarks camera`.

Each frame carries its number as a row of squares, so that the lag of the picture that comes back is read off the
screen: the number on the camera's own picture less the number on the returned one. How long the browser itself holds a
frame back, to play evenly (its jitter buffer), is read from its own statistics. TANGENT_CAMERA_S sets how long it
watches (300 s); the plain way is watched for a fifth of that.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Frame, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, DESKTOP, FLAGS, ROOT, STREAMLIT, serve
from tests.reference.real_data import FOLDER

Row = tuple[str, str, float, float | None, str]
WATCH_S = float(os.environ.get("TANGENT_CAMERA_S", "300"))
EVERY_S = 5.0
WIDTH, HEIGHT, FPS, N_FRAMES = 640, 480, 30, 256
SQUARE_PX, N_BITS = 32, 8
SPY = """
(() => {
  const ask = navigator.mediaDevices && navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  if (!ask) return;
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    const own = document.createElement("video"); own.srcObject = stream; own.muted = true; own.play(); window.own = own;
    return stream;
  };
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real { constructor(...a) { super(...a); window.peer = this; } };
})()
"""
WAITED = """
async () => {
  const all = [...(await window.peer.getStats()).values()].find((one) => one.type === "inbound-rtp");
  return [all.jitterBufferDelay, all.jitterBufferEmittedCount];
}
"""
READ = """
() => {
  const back = [...document.querySelectorAll("video")].find((v) => v.videoWidth);
  const number = (video) => {
    const c = document.createElement("canvas"); c.width = 640; c.height = 480;
    const ctx = c.getContext("2d"); ctx.drawImage(video, 0, 0, 640, 480);
    let n = 0;
    for (let bit = 0; bit < 8; bit++) n += (ctx.getImageData(bit * 32 + 16, 464, 1, 1).data[1] > 128) << bit;
    return n;
  };
  if (!back || !window.own || !window.own.videoWidth) return null;
  return { sent: number(window.own), shown: number(back), frames: back.getVideoPlaybackQuality().totalVideoFrames };
}
"""


def rows() -> Iterator[Row]:
    """Watch the page, then the plain way."""
    weights = FOLDER / "weights" / "d2go" / "d2go.pt"
    if not weights.is_file():
        return
    with chromium_with_camera(weights) as (browser, folder):
        plain = tuple(part.replace("app.py", "tests/benchmarks/plain_camera.py") for part in STREAMLIT)
        ours = watch(browser, folder, "object-detection?source=camera", "Start the camera", WATCH_S)
        theirs = watch(browser, folder, "", "START", WATCH_S / 5, command=plain)
    yield "time from picture to picture", "aim: 24 a second", 1000 / ours["fps"], 1000 / 24, "ms"
    yield "time from picture to picture", "plain way", 1000 / ours["fps"], 1000 / theirs["fps"], "ms"
    yield "time from one int8 detection to the next", "aim: 10 a second", 1000 / ours["rate"], 100.0, "ms"
    yield "time from one int8 detection to the next", "plain way", 1000 / ours["rate"], 1000 / theirs["rate"], "ms"
    yield "median latency of a detection", "aim", ours["latency"], 150.0, "ms"
    yield "median latency of a detection", "plain way", ours["latency"], theirs["latency"], "ms"
    yield "median lag of the picture", "plain way", ours["lag"], theirs["lag"], "ms"
    for k, (lag, held) in enumerate(ours["fifths"], 1):
        yield f"lag in fifth {k} of {WATCH_S:g} s", "held back by the browser itself", lag, held, "ms"


@contextmanager
def chromium_with_camera(weights: Path) -> Iterator[tuple[Browser, str]]:
    """Give a Chromium whose camera plays the clip, and a folder; the server will find this file of weights."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        clip, cache = Path(folder) / "camera.y4m", Path(folder) / "torch" / "hub" / "checkpoints"
        write_clip(clip)
        cache.mkdir(parents=True)
        shutil.copy(weights, cache)
        os.environ["TORCH_HOME"] = str(Path(folder) / "torch")
        flags = [*FLAGS, f"--use-file-for-fake-video-capture={clip}"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser, folder
        browser.close()


def write_clip(path: Path) -> None:
    """Write `N_FRAMES` of pans over two photographs, each with its number, as raw video."""
    photos = [Image.open(FOLDER / "images" / "street" / name).convert("RGB") for name in ("zidane.jpg", "bus.jpg")]
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for k in range(N_FRAMES):
            photo, part = photos[2 * k // N_FRAMES], abs((4 * k / N_FRAMES) % 2 - 1)
            y, cb, cr = np.moveaxis(np.asarray(_crop(photo, part).convert("YCbCr")).copy(), 2, 0)
            for bit in range(N_BITS):
                square = np.s_[HEIGHT - SQUARE_PX :, bit * SQUARE_PX : (bit + 1) * SQUARE_PX]
                y[square], cb[square], cr[square] = 255 * (k >> bit & 1), 128, 128
            file.write(b"FRAME\n" + y.tobytes() + cb[::2, ::2].tobytes() + cr[::2, ::2].tobytes())


def _crop(photo: Image.Image, part: float) -> Image.Image:
    """Cut 4 : 3 out of a photograph, from one end (0) to the other (1), and shrink it to a frame."""
    scale = min(photo.width / WIDTH, photo.height / HEIGHT)
    width, height = int(WIDTH * scale), int(HEIGHT * scale)
    left, top = int((photo.width - width) * part), int((photo.height - height) * part)
    return photo.crop((left, top, left + width, top + height)).resize((WIDTH, HEIGHT))


def watch(
    browser: Browser,
    folder: str,
    path: str,
    start: str,
    seconds: float,
    found: str = "detections",
    command: tuple[str, ...] = STREAMLIT,
) -> dict[str, Any]:
    """Start the stream of a page and watch it; `found` is the panel's name of what is counted."""
    log = Path(tempfile.mkdtemp(dir=folder))
    with serve(ROOT, log, command) as server:
        page = browser.new_context(viewport=DESKTOP, permissions=["camera"]).new_page()
        page.add_init_script(SPY)
        page.goto(f"{server.url}/{path}", timeout=120_000)
        page.frame_locator("iframe").first.get_by_role("button", name=start).click(timeout=120_000)
        stream = _stream_of(page)
        time.sleep(10)
        seen = _samples(page, stream, seconds, found)
        page.context.close()
    fifth = max(2, len(seen) // 5)
    starts = range(0, len(seen) - fifth + 1, fifth)
    lags = [one["lag"] for one in seen]
    return {
        "fps": (seen[-1]["frames"] - seen[0]["frames"]) / (seen[-1]["at"] - seen[0]["at"]),
        "rate": statistics.median(one["rate"] for one in seen),
        "latency": statistics.median(one["latency"] for one in seen),
        "lag": statistics.median(lags),
        "fifths": [(statistics.median(lags[k : k + fifth]), _held(seen[k : k + fifth])) for k in starts],
    }


def _held(seen: list[dict]) -> float:
    """Return the mean time in ms that frames waited in the browser between the first of these samples and the last."""
    (delay_0, n_0), (delay_1, n_1) = seen[0]["waited"], seen[-1]["waited"]
    return 1000 * (delay_1 - delay_0) / max(n_1 - n_0, 1)


def _stream_of(page: Page) -> Frame:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for frame in page.frames:
            if frame.evaluate(READ):
                return frame
        time.sleep(0.2)
    raise RuntimeError("the stream does not play")


def _samples(page: Page, stream: Frame, seconds: float, rate_of: str) -> list[dict[str, Any]]:
    found, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        lags = []
        for _ in range(8):
            numbers = stream.evaluate(READ)
            lags.append(1000 * ((numbers["sent"] - numbers["shown"]) % N_FRAMES) / FPS)
            time.sleep(0.07)
        texts = page.locator("[data-testid=stMetric]").all_inner_texts()
        shown = dict(text.split("\n\n")[:2] for text in texts)
        number = lambda name, shown=shown: float(shown[name].split()[0].replace("–", "nan"))  # noqa: E731
        found.append(
            {
                "at": time.monotonic(),
                "frames": numbers["frames"],
                "waited": stream.evaluate(WAITED),
                "lag": statistics.median(lags),
                "rate": number(rate_of),
                "latency": number("latency"),
            }
        )
        time.sleep(max(0.0, EVERY_S - 0.6))
    return found
