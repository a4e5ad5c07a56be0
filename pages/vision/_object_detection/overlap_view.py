"""IoU, GIoU and DIoU of two boxes that the visitor draws, every term in its own colour."""

from __future__ import annotations

import numpy as np
import streamlit as st

from engine.detection.boxes import Overlap, overlap
from engine.detection.overlap_curve import OverlapCurve, overlap_curve
from engine.metrics.image_boxes import box_iou
from pages._ui import controls, drawn_rows
from pages._ui.box_canvas import LINKED, box_canvas, is_moving
from pages._ui.exports import take_away
from pages._ui.live import axis, layer, live, panel
from pages._ui.numbers import number
from pages._ui.scripts import script
from pages.vision._object_detection import cases
from pages.vision._object_detection.measure_settings import Measures

KEY = "ab"
HEIGHT, WIDTH = cases.SIZE
START = np.array([[120.0, 110, 360, 330, 0, 1], [250, 190, 480, 400, 1, 1]])
COLORS = {"iou": "class 3", "giou": "class 4", "diou": "class 2"}  # of a measure and of what it adds to the picture
N_PLACES = 161
LOOSE_IOU = 0.3


def overlap_part(left, right) -> None:
    """Draw the controls at the left, the boxes, their terms and the curve at the right."""
    with left:
        if controls.control(Measures, "ground") == "scene":
            controls.control(Measures, "case")
        st.caption(
            "Move or draw the boxes A and B. Where they do not meet, IoU is 0 however far apart they are, so it cannot "
            "tell a box which way to go. GIoU and DIoU still fall with the distance: as losses they pull it back."
        )
    with right:
        _boxes_and_terms()


@st.fragment  # a dragged box draws this alone again
def _boxes_and_terms() -> None:
    settings = controls.values(Measures)
    on_scene = settings.ground == "scene"
    revision = f"{settings.ground} {settings.case if on_scene else ''}"
    boxes = drawn_rows.current(KEY, revision, lambda: _of_scene(settings.case) if on_scene else START, LINKED)
    pair = _pair(boxes)
    terms = overlap(*pair) if pair is not None else None
    picture, numbers = st.columns([6, 5], gap="medium")
    with picture:
        box_canvas(
            KEY,
            boxes,
            WIDTH,
            HEIGHT,
            image=cases.case(settings.case).jpeg if on_scene else None,
            layers=_layers(*pair, terms) if terms else (),
            classes=("A", "B"),
            max_boxes=2,
            height_px=385,
            title="Two boxes",
            revision=revision,
            on_change=lambda changed: drawn_rows.keep(KEY, revision, changed, LINKED, is_moving(KEY)),
        )
    with numbers:
        if terms:
            _numbers(*pair, terms)
        else:
            st.info("Draw two boxes: drag over the picture.", icon=":material/select_all:")
    if terms:
        sides = {"a": pair[0].tolist(), "b": pair[1].tolist()}
        take_away([script("overlap_of_two", lambda: (sides, {}))])


def _of_scene(number_: int) -> np.ndarray:
    """Return a case's loosest detection that still is about an object, as B, and the truth of that, as A."""
    boxes = cases.case(number_).boxes
    true, found = (boxes[boxes[:, 4] == kind] for kind in (cases.TRUTH, cases.DETECTION))
    ious = box_iou(found[:, :4], true[:, :4])
    best = ious.max(1)
    loose = np.where(best > LOOSE_IOU, best, 1.0).argmin()
    pair = np.vstack([true[ious[loose].argmax()], found[loose]])
    pair[:, 4] = (0, 1)
    return pair


def _pair(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return A and B as (4,); two boxes of one name go by the order in which they were drawn."""
    if len(boxes) < 2:
        return None
    a, b = boxes[np.argsort(boxes[:, 4], kind="stable")[:2], :4]
    return a, b


def _centre(box: np.ndarray) -> np.ndarray:
    return (box[:2] + box[2:]) / 2


def _layers(a: np.ndarray, b: np.ndarray, terms: Overlap) -> list[dict]:
    """Draw the terms: the intersection shaded, the enclosing box dashed, the line between the centres."""
    around, shared = terms.enclosing_box, terms.intersection_box or (np.nan,) * 4  # not a number hides a box
    (ax, ay), (bx, by) = _centre(a), _centre(b)
    return [
        _box(shared, COLORS["iou"], "intersection A ∩ B", fill=0.45, width=1),
        _box(around, COLORS["giou"], "enclosing box C", dash=True, width=2.5),
        layer(
            "line",
            COLORS["giou"],
            name="diagonal c",
            x=np.array(around[::2]),
            y=np.array(around[1::2]),
            width=1,
            dash=True,
        ),
        layer(
            "line",
            COLORS["diou"],
            name="distance ρ",
            x=np.array([ax, bx]),
            y=np.array([ay, by]),
            width=3,
            legend=True,
        ),
        layer("points", COLORS["diou"], name="centre", x=np.array([ax, bx]), y=np.array([ay, by]), size=5),
    ]


def _box(corners: tuple[float, ...], role: str, name: str, **look) -> dict:
    x0, y0, x1, y1 = (np.array([v]) for v in corners)
    return layer("boxes", role, name=name, x0=x0, y0=y0, x1=x1, y1=y1, legend=True, **look)


def _numbers(a: np.ndarray, b: np.ndarray, terms: Overlap) -> None:
    reach = overlap_curve(a, b, [0.0]).apart
    farthest = 1.15 * max(2 * reach, terms.centre_distance)
    curve = overlap_curve(a, b, np.linspace(0, farthest, N_PLACES))
    live(
        "overlap-curve",
        [_curve_panel(curve, terms)],
        equations=_equations(a, b, terms),
    )


def _curve_panel(curve: OverlapCurve, terms: Overlap) -> dict:
    here, upright = np.full(2, terms.centre_distance), np.array([-1.0, 1.05])
    layers = [
        layer("line", "residual", name="present distance", x=here, y=upright, dash=True, width=1.5),
        layer("line", "residual", name="from here on apart", x=np.full(2, curve.apart), y=upright, width=1),
    ]
    for key, name in (("iou", "IoU"), ("giou", "GIoU"), ("diou", "DIoU")):
        said = f"{name} {_four(getattr(terms, key))}"
        layers.append(
            layer("line", COLORS[key], name=said, legend=True, x=curve.distance, y=getattr(curve, key), width=2.5)
        )
        place = np.array([getattr(terms, key)])
        layers.append(layer("points", COLORS[key], name=f"{name} now", x=here[:1], y=place, size=6))
    return panel(
        "slide",
        "B slides away from A",
        axis("distance of the centres ρ", 0, curve.distance[-1], unit="px"),
        axis("measure", -1.0, 1.05),
        layers,
        span=12,
        height=230,
        alt="IoU stays at 0 once the boxes are apart; GIoU and DIoU go on falling",
    )


def _four(value: float) -> str:
    """Write a measure with four decimals, so that the line is as long for every value."""
    return f"{value:.4f}".replace("-", "−")


def _equations(a: np.ndarray, b: np.ndarray, t: Overlap) -> list[str]:
    n = lambda value: number(value, 4)  # noqa: E731
    sides = lambda box: f"{n(box[2] - box[0])} × {n(box[3] - box[1])}"  # noqa: E731
    shared = f"{sides(t.intersection_box)} = {n(t.intersection)}" if t.intersection_box else "0, they do not meet"
    return [
        f"|A| = {sides(a)} = {n(t.area_a)} px²,  |B| = {sides(b)} = {n(t.area_b)} px²",
        f"|A ∩ B| = {shared}" + (" px²" if t.intersection_box else ""),
        f"|A ∪ B| = |A| + |B| − |A ∩ B| = {n(t.area_a)} + {n(t.area_b)} − {n(t.intersection)} = {n(t.union)} px²",
        f"IoU = |A ∩ B| / |A ∪ B| = {n(t.intersection)} / {n(t.union)} = {_four(t.iou)}",
        f"GIoU = IoU − (|C| − |A ∪ B|) / |C| = {_four(t.iou)} − ({n(t.enclosing_area)} − {n(t.union)}) / "
        f"{n(t.enclosing_area)} = {_four(t.giou)}",
        f"DIoU = IoU − ρ² / c² = {_four(t.iou)} − {n(t.centre_distance)}² / {n(t.diagonal)}² = {_four(t.diou)}",
    ]
