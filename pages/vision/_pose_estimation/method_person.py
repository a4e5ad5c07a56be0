"""The person that a method for a single one looks at, and how far off the found joints are in that crop."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from engine.metrics.pose import pck, torso_sizes
from engine.pose.pose_machine import SIDE_PX
from engine.pose.poses import COCO_17, COCO_SKELETON, Poses
from pages._ui import controls
from pages._ui.live import axis, layer, panel
from pages._ui.session import remember
from pages.vision._pose_estimation import method_models
from pages.vision._pose_estimation.method_settings import JOINTS, Methods

if TYPE_CHECKING:
    from pages._ui.pictures import Picture

PX = f"pixels of the crop of {SIDE_PX} × {SIDE_PX}"
ON_PHOTO = "#2bc79a"  # the truth's colour on a dark ground, on both themes: a photograph is no light one


@dataclass(frozen=True, eq=False)
class Person:
    """Whom to look at.

    Attributes:
        index: from 0. n: how many there are.
        box: (1, 4) px of the picture; None for the whole picture.
        truth: (17, 3) x, y in px of the picture and visibility; None where it is not known.
    """

    index: int
    n: int
    box: Any
    truth: np.ndarray | None

    def in_crop(self, square: Any) -> np.ndarray | None:
        """Return the truth in px of the crop that was cut out of `square` (left, top, side)."""
        if self.truth is None:
            return None
        left, top, side = square.tolist()
        places = (self.truth[:, :2] - [left, top]) * SIDE_PX / side
        return np.column_stack([places, self.truth[:, 2]])


def boxes_of(picture: Picture) -> Any:
    """Return the boxes (N, 4) of the people: the true ones, or those the finder is sure of, or None without any."""
    if picture.is_drawn:
        return picture.truth.boxes
    find = method_models.finder(False)
    ask = lambda image: find(image, confidence=method_models.SURE, iou=method_models.TIGHT_IOU)  # noqa: E731
    found = remember("pose:method boxes", picture.identity, lambda: method_models.compute(ask, picture.image))
    return found.cpu() if len(found) else None


def choose(picture: Picture) -> Person:
    """Show the choice of one of the people and return who it is."""
    boxes = boxes_of(picture)
    n = 1 if boxes is None else min(len(boxes), 8)
    index = numbered("Person", "method_person", n)
    truth = picture.truth.keypoints[index].numpy() if picture.is_drawn else None
    return Person(index, n, None if boxes is None else boxes[index : index + 1], truth)


def numbered(label: str, name: str, n: int) -> int:
    """Show the choice of one of n, kept in the field `name` of `Methods` from 1, and return which, from 0."""
    chosen = min(getattr(controls.values(Methods), name), n)
    if n > 1:
        st.session_state[name] = chosen
        st.segmented_control(label, range(1, n + 1), key=name, required=True, persist_state="session")
    return chosen - 1


def joint_control() -> int:
    """Show the choice of a joint and return its place in COCO's list."""
    controls.control(Methods, "method_joint")
    return COCO_17.index(controls.values(Methods).method_joint)


def one(joints: Any, scores: Any) -> Poses:
    """Return joints (17, 2) of a crop with scores (17,) as one pose."""
    return Poses(joints[None], scores[None], joints.new_tensor([[0, 0, SIDE_PX, SIDE_PX]]), COCO_17, COCO_SKELETON)


def rgb(crop: Any) -> np.ndarray:
    """Return a picture (3, H, W) in [0, 1] as uint8 (H, W, 3)."""
    return (crop.clamp(0, 1) * 255).round().movedim(0, -1).cpu().numpy().astype(np.uint8)


def crop_panel(
    key: str,
    title: str,
    pixels: np.ndarray,
    layers: list[dict],
    *,
    extent: list[float] | None = None,
    smooth: bool = True,
    **look,
) -> dict:
    """Draw layers over a crop, uint8 (H, W, 3), whose extent [x0, x1, y0, y1] is that of a whole one unless told."""
    x0, x1, y0, y1 = extent or [0.0, float(SIDE_PX), 0.0, float(SIDE_PX)]
    image = layer("image", rgb=pixels, extent=[x0, x1, y0, y1], smooth=smooth)
    x, y = axis("x", x0, x1, unit="px"), axis("y", y0, y1, unit="px", down=True)
    return panel(key, title, x, y, [image, *layers], aspect="equal", bare=True, **look)


def true_points(truth: np.ndarray | None, only: int | None = None) -> list[dict]:
    """Draw the true joints of a crop, or one of them, as rings."""
    if truth is None:
        return []
    known = [k for k in np.flatnonzero(truth[:, 2] > 0) if only is None or k == only]
    x, y = truth[known, :2].T
    tips = [f"true {name}" for name in np.array(list(JOINTS.values()))[known]]
    return [layer("points", ON_PHOTO, name="true", legend=True, x=x, y=y, tips=tips, size=5, hollow=True)]


def distances(joints: np.ndarray, truth: np.ndarray | None) -> np.ndarray:
    """Return (S, 17) px between joints (S, 17, 2) and the true ones; not a number where these are not known."""
    if truth is None:
        return np.full(joints.shape[:2], np.nan)
    return np.where(truth[:, 2] > 0, np.linalg.norm(joints - truth[:, :2], axis=2), np.nan)


def mean_of(values: np.ndarray) -> float:
    """Return the mean of the numbers, not a number where there are none."""
    return float(np.nanmean(values)) if np.isfinite(values).any() else math.nan


def share_near(joints: np.ndarray, truth: np.ndarray | None) -> list[float]:
    """Return PCK@.2 of joints (S, 17, 2): the share at most a fifth of the torso away."""
    if truth is None:
        return [math.nan] * len(joints)
    true = np.repeat(truth[None], len(joints), 0)
    ends = [COCO_17.index(name) for name in ("left_shoulder", "right_hip")]
    size = torso_sizes(true[..., :2], COCO_17) * (truth[ends, 2] > 0).all()
    return [
        pck(found[None], own[None, :, :2], own[None, :, 2] > 0, own_size[None]).overall
        for found, own, own_size in zip(joints, true, size, strict=True)
    ]


def stage_columns(joints: np.ndarray, errors: np.ndarray, more: Mapping[str, np.ndarray]) -> dict[str, list]:
    """Return one row a stage and joint, of joints (S, 17, 2) px of the crop; errors and `more` are (S, 17)."""
    n, k = errors.shape
    x, y = joints.reshape(-1, 2).T
    return {
        "stage": np.repeat(np.arange(1, n + 1), k).tolist(),
        "joint": list(COCO_17) * n,
        "x (px of the crop)": x.round(3).tolist(),
        "y (px of the crop)": y.round(3).tolist(),
        **{name: values.ravel().tolist() for name, values in more.items()},
        "error (px of the crop)": [None if np.isnan(e) else round(float(e), 3) for e in errors.ravel()],
    }
