"""Pictures, masks and boxes on the moving canvas, for tests/browser/test_live_layers.py."""

import cv2
import numpy as np
import streamlit as st

from pages._ui.live import axis, frame, layer, live, panel

W, H, MANY = 64, 48, 5000
LOOKS = [
    {"role": "residual", "width": 1, "dash": True},
    {"role": "fit", "width": 3, "fill": 0.2},
    {"role": "bad", "alpha": 0.0},
]
PIXELS = {"x": axis("x", 0, W, unit="px"), "y": axis("y", 0, H, unit="px", down=True), "aspect": "equal"}


def picture(shift: int = 0) -> np.ndarray:
    """Red above left, green above right, blue below left, yellow below right."""
    image = np.zeros((H, W, 3), np.uint8)
    image[: H // 2, : W // 2] = 200 + shift, 0, 0
    image[: H // 2, W // 2 :, 1] = 160
    image[H // 2 :, : W // 2, 2] = 200
    image[H // 2 :, W // 2 :] = 220, 200, 0
    return image


def encoded(image: np.ndarray) -> np.ndarray:
    return cv2.imencode(".png", image[:, :, ::-1])[1].ravel()


def spread(n: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    x, y, w, h = rng.uniform([0, 0, 2, 2], [W - 10, H - 10, 10, 10], (n, 4)).T
    return {"x0": x, "y0": y, "x1": x + w, "y1": y + h}


shift = int(st.query_params.get("shift", 0))
st.set_page_config(layout="wide")
st.button("Again")
labels = np.zeros((H, W), np.uint8)
labels[6:18, 6:26] = 1
labels[30:42, 40:60] = 2
steps = np.arange(3)
run = {
    "step": steps,
    "x0": np.array([[4, 30, 40], [8, 30, 40], [12, 30, np.nan]], np.float32),
    "state": np.array([[0, 0, 0], [0, 1, 0], [0, 1, 2]]),
    "alpha": np.array([[1, 1], [1, 0.5], [1, 0]]),
}
moving = layer(
    "boxes",
    run="a",
    x0=frame("x0"),
    y0=np.array([4, 8, 30]),
    x1=np.array([24, 60, 60]),
    y1=np.array([20, 40, 44]),
    state=frame("state"),
    looks=LOOKS,
    text=["cat 0.9", "", "dog"],
    tips=["cat\nscore 0.90", "person\nscore 0.40", ""],
)
fading = layer(
    "boxes",
    "truth",
    run="a",
    name="truth",
    legend=True,
    x0=np.array([2, 36]),
    y0=np.array([2, 28]),
    x1=np.array([28, 62]),
    y1=np.array([20, 46]),
    alpha=frame("alpha"),
    dash=[True, False],
    roles=["class 3", "truth"],
    halo=True,
)
image = layer("image", jpeg=encoded(picture(shift)), extent=[0, W, 0, H], smooth=False)
mask = layer("mask", labels=labels, roles=["", "class 1", "class 0"], tips=["", "disc", "square"], extent=[0, W, 0, H])
many = layer("boxes", "data", alpha=np.linspace(0.05, 1, MANY), **spread(MANY))
live(
    "layers",
    [
        panel("moving", "Boxes on a picture", layers=[image, moving], bare=True, span=6, height=240, **PIXELS),
        panel(
            "axes", "The same with axes", layers=[layer("image", rgb=picture()), fading], span=6, height=240, **PIXELS
        ),
        panel("mask", "Two regions", layers=[image, mask], bare=True, span=6, height=240, **PIXELS),
        panel("many", f"{MANY} boxes", layers=[many], span=6, height=240, **PIXELS),
        panel(
            "up",
            "An axis that points up, and a heat map on one that points down",
            axis("x", 0, W),
            axis("y", 0, H),
            [layer("image", jpeg=encoded(picture()))],
            span=6,
            height=160,
        ),
        panel(
            "heat",
            "Lowest y first",
            layers=[
                layer("heat", grid=np.array([[0.0, 0.0], [1.0, 1.0]]), range=[0, 1], extent=[0, W, 0, H], pixels=True)
            ],
            span=6,
            height=160,
            **PIXELS,
        ),
        panel(
            "broken", "A broken file", layers=[layer("image", jpeg=np.arange(9, dtype=np.uint8))], height=120, **PIXELS
        ),
    ],
    {"a": run},
    player={"token": "t", "at": "end", "offers": []},
)
