"""The part "Localise": one object's kind and box as one vector, learnt while one looks on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.detection import localisation
from engine.detection.localisation import N_CERTAIN, Localisation
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
    from engine.detection.localisation import Snapshot

RUN = "localise"
HELP = (
    "Mean IoU of predicted and true box, over the held-out pictures with an object.",
    "Share of the held-out pictures with an object whose likeliest class is right.",
    "Share of all held-out pictures where p̂_c is on the right side of one half.",
)


@dataclass(frozen=True)
class Example:
    """Which picture's numbers are written out; the field name is a parameter of the link."""

    localise_example: int = integer(1, 1, N_EXAMPLES, label="picture to write out", help="Or click on a picture.")

    def __post_init__(self) -> None:
        check(self)


def localise_part(left, right) -> None:
    """Draw the controls at the left, the training at the right."""
    with left:
        for name in ("classes", "box_weight", "learning_rate", "training_steps", "n_scenes"):
            controls.control(Localisation, name)
        controls.control(Example, "localise_example")
        with st.expander("More"):
            controls.control(Localisation, "batch_size")
            controls.control(Localisation, "seed")
    with right:
        player.follow(RUN, _pictures)


def _pictures() -> bool:
    """Draw the run and return whether it is still growing."""
    settings = controls.values(Localisation)
    held = player.run(RUN, localisation.train, settings, identity=settings, heavy=True)
    growing = not player.ended(held)
    snapshots = strip.training(held)
    images, truth = remember("localise:examples", settings.classes, lambda: _examples(settings.classes))
    chosen = controls.values(Example).localise_example - 1
    trace = _trace(player.thin(snapshots)) if snapshots else None
    layers = [strip.boxes(_corners(truth[None])[0], "truth", "true box"), strip.ring(chosen)]
    if trace:
        layers += _predicted(trace)
    height = {"height": 300}
    alt = "eight held-out pictures, each with its true and its predicted box; the bar below each is p_c"
    panels = [strip.strip_panel("Held-out pictures: true and predicted box", images, layers, alt, span=8, **height)]
    if trace:
        panels.append(strip.terms_panel(trace["step"], trace["terms"], localisation.TERMS, span=4, **height))
        held_out = ("mean IoU", "right class", "right p_c")
        panels.append(strip.shares_panel(trace["step"], trace["held_out"], held_out, span=12, height=130))
    live(
        "localise-live",
        panels,
        {"a": trace} if trace else {},
        player=strip.bar(held, growing) if trace else None,
        equations=_equations(settings, truth[chosen], chosen, bool(trace)),
        stats=_stats() if trace else (),
        note=strip.note(held, _story(snapshots)),
        on_pick=_choose,
        on_command=lambda command: strip.obey(command, RUN, settings),
    )
    if snapshots:
        _take_away(settings, snapshots)
    return growing


def _examples(classes: int) -> tuple[np.ndarray, np.ndarray]:
    images, targets = localisation.examples(classes, strip.TILE_PX)
    return strip.sheet(images), targets.numpy()


def _trace(snapshots: list[Snapshot]) -> dict[str, np.ndarray]:
    """Return the channels of a run of F snapshots: the answers of all examples stand side by side, (F, 8 · (5 + C))."""
    answers = np.stack([s.examples.numpy() for s in snapshots])  # (F, 8, 5 + C)
    corners = _corners(answers)
    measures = [(s.held_out.mean_iou, s.held_out.class_accuracy, s.held_out.object_accuracy) for s in snapshots]
    return {
        "step": np.array([s.step for s in snapshots]),
        "terms": np.stack([s.terms.numpy() for s in snapshots]),
        "held_out": np.array(measures),
        "answers": answers.reshape(len(snapshots), -1),
        "example_terms": np.stack([s.example_terms.numpy().ravel() for s in snapshots]),
        "p_c": answers[:, :, 0],
        **{name: corners[..., i] for i, name in enumerate(strip.CORNERS)},
        **{f"bar_{name}": part for name, part in strip.gauge(answers[:, :, 0]).items()},
    }


def _corners(y: np.ndarray) -> np.ndarray:
    """Return the boxes (…, 8, 4) of y (…, 8, 5 + C) on the strip; of one without an object not a number."""
    x, y_, h, w = np.moveaxis(y[..., 1:N_CERTAIN], -1, 0)
    corners = np.stack([x - w / 2, y_ - h / 2, x + w / 2, y_ + h / 2], -1)
    there = (y[..., :1] > 0).astype(np.float32)
    return strip.place(np.where(there > 0, corners, np.nan))


def _predicted(trace: dict[str, np.ndarray]) -> list[dict]:
    look = {"width": 2.5, "halo": True, **{name: frame(name) for name in strip.CORNERS}}
    bar = {name: frame(f"bar_{name}") for name in strip.CORNERS}
    full = strip.gauge(np.ones(trace["p_c"].shape[1]))
    return [
        layer("boxes", "residual", name="", **full, width=1, fill=0.35),
        layer("boxes", "fit", name="p_c", run="a", **bar, width=0, fill=1),
        layer("boxes", "fit", name="predicted box", run="a", alpha=frame("p_c"), legend=True, **look),
    ]


def _equations(settings: Localisation, y: np.ndarray, chosen: int, is_running: bool) -> list[str]:
    """Write the target and the answer of the chosen picture as numbers, and fill them into the loss."""
    names = localisation.output_names(settings.classes)
    there, width, raised = y[0] > 0, len(y), strip.raised(chosen)
    numbers = [number(float(v), 2) if there or j == 0 else "?" for j, v in enumerate(y)]
    lines = [f"y = ({', '.join(names)})", f"y{raised} = ({', '.join(numbers)})"]
    if not is_running:
        return lines
    lines.append(f"ŷ{raised} = ({', '.join(f'{{a.answers:{chosen * width + j}}}' for j in range(width))})")
    logistic, box, entropy = (f"{{a.example_terms:{3 * chosen + t}}}" for t in range(3))
    p = f"{{a.answers:{chosen * width}}}"
    if not there:
        return [*lines, f"L = −log(1 − {p}) = {logistic}: no object, so box and classes (?) are “don't care”"]
    kind = N_CERTAIN + int(y[N_CERTAIN:].argmax())
    said = f"−log {p} + λ ‖b̂ − b‖² − log {{a.answers:{chosen * width + kind}}}"
    return [*lines, f"L = {said} = {logistic} + {settings.box_weight:g} · {box} + {entropy}"]


def _stats() -> list[dict[str, str]]:
    labels = ("mean IoU", "right class", "right p_c")
    tiles = zip(labels, HELP, strict=True)
    shown = [{"label": label, "text": f"{{a.held_out:{i}}}", "help": text} for i, (label, text) in enumerate(tiles)]
    return [{"label": "step", "text": "{a.step}", "help": "Minibatches learnt from."}, *shown]


def _story(snapshots: list[Snapshot]) -> str:
    if not snapshots:
        return ""
    last = snapshots[-1]
    measures = last.held_out
    return (
        f"After {last.step} steps: mean IoU {measures.mean_iou:.2f} and {measures.class_accuracy:.0%} right classes "
        "on pictures that it was not trained on."
    )


def _choose(pick: Pick) -> None:
    controls.put(Example, {"localise_example": 1 + strip.tile_at(pick.x, pick.y)})
    player.redraw_page()


def _take_away(settings: Localisation, snapshots: list[Snapshot]) -> None:
    trace = _trace(snapshots)
    names = (*localisation.TERMS, "mean IoU", "right class", "right p_c")
    columns = {"step": trace["step"]} | dict(zip(names, np.hstack([trace["terms"], trace["held_out"]]).T, strict=True))
    exports = [Export("Trace", "localisation.csv", lambda: write_csv(columns), "Loss terms and measures by step.")]
    parameters = snapshots[-1].parameters
    if parameters is not None:
        make = lambda: localisation.to_safetensors(parameters, settings)  # noqa: E731
        exports.append(Export("Model", "localisation.safetensors", make, "The trained network, as plain tensors."))
    exports.append(script("localise_object", lambda: (asdict(settings), {})))
    take_away(exports)
