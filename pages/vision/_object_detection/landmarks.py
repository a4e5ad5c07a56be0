"""The part "Landmarks": the points of a fish instead of a box, learnt while one looks on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.datasets.scenes import KEYPOINT_NAMES
from engine.detection import landmarks
from engine.detection.landmarks import Landmarks
from engine.detection.single_object import N_EXAMPLES
from engine.io.tables import write_csv
from engine.settings import check, integer
from pages._ui import controls, player
from pages._ui.exports import Export, take_away
from pages._ui.live import Pick, frame, layer, live
from pages._ui.numbers import number
from pages._ui.scripts import script
from pages._ui.session import remember
from pages.vision._object_detection import strip

if TYPE_CHECKING:
    from engine.detection.landmarks import Snapshot

RUN = "landmarks"


@dataclass(frozen=True)
class Example:
    """Which picture's numbers are written out; the field name is a parameter of the link."""

    landmarks_example: int = integer(1, 1, N_EXAMPLES, label="picture to write out", help="Or click on a picture.")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, eq=False)
class Shown:
    """The pictures of the strip: the sheet as JPEG, the true points (8, K, 2), which are visible, and √(w h) (8,)."""

    jpeg: np.ndarray
    points: np.ndarray
    visible: np.ndarray
    sizes: np.ndarray


def landmarks_part(left, right) -> None:
    """Draw the controls at the left, the training at the right."""
    with left:
        for name in ("learning_rate", "training_steps", "n_scenes"):
            controls.control(Landmarks, name)
        controls.control(Example, "landmarks_example")
        with st.expander("More"):
            controls.control(Landmarks, "batch_size")
            controls.control(Landmarks, "seed")
    with right:
        player.follow(RUN, _pictures)


def _pictures() -> bool:
    """Draw the run and return whether it is still growing."""
    settings = controls.values(Landmarks)
    held = player.run(RUN, landmarks.train, settings, identity=settings, heavy=True)
    growing = not player.ended(held)
    snapshots = strip.training(held)
    shown = remember("landmarks:examples", "", _examples)
    chosen = controls.values(Example).landmarks_example - 1
    trace = _trace(player.thin(snapshots)) if snapshots else None
    height = {"height": 300}
    alt = "eight held-out fish, each with its true and its predicted points"
    layers = [strip.ring(chosen), *(_predicted(shown) if trace else []), _true(shown)]
    panels = [strip.strip_panel("Held-out pictures: true and predicted points", shown.jpeg, layers, alt, **height)]
    if trace:
        panels[0]["span"] = 8
        panels.append(strip.terms_panel(trace["step"], trace["terms"], ("training", "held-out"), span=4, **height))
        panels.append(strip.shares_panel(trace["step"], trace["held_out"], KEYPOINT_NAMES, span=12, height=130))
        panels[-1]["title"] = "Error of each point on held-out pictures, in sizes of the fish"
    live(
        "landmarks-live",
        panels,
        {"a": trace} if trace else {},
        player=strip.bar(held, growing) if trace else None,
        equations=_equations(shown, chosen, bool(trace)),
        stats=_stats() if trace else (),
        note=strip.note(held, _story(snapshots)),
        on_pick=_choose,
        on_command=lambda command: strip.obey(command, RUN, settings),
    )
    if snapshots:
        _take_away(settings, snapshots)
    return growing


def _examples() -> Shown:
    images, truth = landmarks.examples(strip.TILE_PX)
    return Shown(strip.sheet(images), truth.points.numpy(), truth.visible.numpy(), truth.sizes.numpy())


def _trace(snapshots: list[Snapshot]) -> dict[str, np.ndarray]:
    """Return the channels of a run of F snapshots; the points of all examples stand side by side, (F, 8 · 2K)."""
    points = np.stack([s.examples.numpy() for s in snapshots])  # (F, 8, K, 2)
    n = len(snapshots)
    answers = points.reshape(n, N_EXAMPLES, -1)
    placed = strip.place(answers).reshape(n, -1, 2)
    of_point = {f"{axis}{k}": placed[:, k :: len(KEYPOINT_NAMES), i] for k in range(4) for i, axis in enumerate("xy")}
    return {
        "step": np.array([s.step for s in snapshots]),
        "terms": np.array([(s.loss, s.held_out_loss) for s in snapshots]),
        "held_out": np.stack([s.point_errors.numpy() for s in snapshots]),
        "measures": np.array([(s.error, s.close) for s in snapshots]),
        "answers": answers.reshape(n, -1),
        "losses": np.stack([s.example_losses.numpy() for s in snapshots]),
        "x": placed[..., 0],
        "y": placed[..., 1],
        **of_point,
    }


def _true(shown: Shown) -> dict:
    x, y = strip.place(shown.points.reshape(N_EXAMPLES, -1)).reshape(-1, 2)[shown.visible.ravel()].T
    return layer("points", "truth", name="true point", x=x, y=y, size=4, hollow=True, legend=True)


def _predicted(shown: Shown) -> list[dict]:
    """Draw the points found at the playhead, and how far each is from its true one, where that is visible."""
    true = np.where(shown.visible[..., None], shown.points, np.nan).reshape(N_EXAMPLES, -1)
    x1, y1 = strip.place(true).reshape(-1, 2).T
    gaps = layer("segments", "outlier", run="a", x=frame("x"), y=frame("y"), x1=x1, y1=y1, width=1.5, alpha=1)
    points = [
        layer("points", f"class {k}", name=name, run="a", x=frame(f"x{k}"), y=frame(f"y{k}"), size=3.5, legend=True)
        for k, name in enumerate(KEYPOINT_NAMES)
    ]
    return [gaps, *points]


def _equations(shown: Shown, chosen: int, is_running: bool) -> list[str]:
    """Write the target and the answer of the chosen picture as numbers; a hidden point is "don't care"."""
    flat, visible = shown.points[chosen].ravel(), np.repeat(shown.visible[chosen], 2)
    numbers = [number(float(v), 2) if seen else "?" for v, seen in zip(flat, visible, strict=True)]
    names, raised = ", ".join(f"{name} x, y" for name in KEYPOINT_NAMES), strip.raised(chosen)
    lines = [f"y = ({names})", f"y{raised} = ({', '.join(numbers)})"]
    if not is_running:
        return lines
    first, n = chosen * len(flat), int(shown.visible[chosen].sum())
    lines.append(f"ŷ{raised} = ({', '.join(f'{{a.answers:{first + j}}}' for j in range(len(flat)))})")
    hidden = "" if visible.all() else "; a hidden point (?) is “don't care”"
    return [*lines, f"L = 1/{max(n, 1)} Σ ‖l̂ − l‖² = {{a.losses:{chosen}}}, over the {n} visible points{hidden}"]


def _stats() -> list[dict[str, str]]:
    return [
        {"label": "step", "text": "{a.step}", "help": "Minibatches learnt from."},
        {
            "label": "mean error",
            "text": "{a.measures:0}",
            "help": "Distance of found and true point divided by the fish's size √(w h), over the held-out pictures.",
        },
        {
            "label": "close",
            "text": "{a.measures:1}",
            "help": "Share of the visible points that are found less than a tenth of the fish's size away.",
        },
        {"label": "L, held-out", "text": "{a.terms:1}", "help": "Mean squared distance, in sides of the picture."},
    ]


def _story(snapshots: list[Snapshot]) -> str:
    if not snapshots:
        return ""
    last = snapshots[-1]
    return f"After {last.step} steps a point is off by {last.error:.1%} of the fish's size, on pictures not trained on."


def _choose(pick: Pick) -> None:
    controls.put(Example, {"landmarks_example": 1 + strip.tile_at(pick.x, pick.y)})
    player.redraw_page()


def _take_away(settings: Landmarks, snapshots: list[Snapshot]) -> None:
    trace = _trace(snapshots)
    names = ("L", "L, held-out", "mean error", "close", *(f"error of {name}" for name in KEYPOINT_NAMES))
    values = np.hstack([trace["terms"], trace["measures"], trace["held_out"]]).T
    columns = {"step": trace["step"]} | dict(zip(names, values, strict=True))
    exports = [Export("Trace", "landmarks.csv", lambda: write_csv(columns), "Loss and errors by step.")]
    parameters = snapshots[-1].parameters
    if parameters is not None:
        make = lambda: landmarks.to_safetensors(parameters, settings)  # noqa: E731
        exports.append(Export("Model", "landmarks.safetensors", make, "The trained network, as plain tensors."))
    exports.append(script("find_landmarks", lambda: (asdict(settings), {})))
    take_away(exports)
