"""Prepared cases for the measures: one large person, several in a picture, and a small data set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from engine.datasets.annotation_keypoints import (
    KeypointResultSet,
    KeypointTruthSet,
    read_keypoint_results,
    read_keypoint_truths,
)
from engine.datasets.figures import FigurePicture, make_figure
from engine.datasets.imperfect_poses import example_set, one_mistake, one_of_each, truth_of
from engine.io.images import encode_jpeg
from engine.metrics.pose import KeypointPredictions, KeypointTruth
from pages._ui.session import remember

SEED = 31
SKETCH, SIZE = (120, 160), (480, 640)  # height and width: where a person is looked for, and of the picture
LEAST_HEIGHT = 0.5  # of the person, as a share of the picture's
SHAPE = 1.2  # width / height of what is cut out around the person
AROUND = 0.14  # of its height, around the person
PEOPLE_SIZE, N_PEOPLE = (360, 480), (4, 5)
N_PICTURES = 40


@dataclass(frozen=True, eq=False)
class Pair:
    """One person and what an estimator might have found.

    Attributes:
        jpeg: the picture.
        width, height: of the picture, px.
        true: (17, 3) x, y, visibility.
        found: (17, 2).
        box: (4,).
        area: px² of what can be seen of the person.
        head_size: px, as PCKh counts.
    """

    jpeg: bytes
    width: int
    height: int
    true: np.ndarray
    found: np.ndarray
    box: np.ndarray
    area: float
    head_size: float


def pair(number: int) -> Pair:
    """Return the pair of this number."""
    return remember("pose:pair", number, lambda: _pair(number))


def _pair(number: int) -> Pair:
    index = next(k for k in range(100 * number, 100 * number + 100) if _is_fit(make_figure(k, SEED, SKETCH, (1, 1))))
    picture = make_figure(index, SEED, SIZE, (1, 1))
    left, top, right, bottom = _around(picture)
    truth = truth_of(picture)
    shift = np.array([left, top])
    true = truth.keypoints[0] - [left, top, 0]
    area = float(truth.areas[0])
    return Pair(
        jpeg=encode_jpeg(picture.image[:, top:bottom, left:right], 88),
        width=right - left,
        height=bottom - top,
        true=true,
        found=one_mistake(true, area, number).round(1).clip(0, [right - left, bottom - top]),
        box=truth.boxes[0] - np.tile(shift, 2),
        area=area,
        head_size=float(picture.head_sizes[0]),
    )


def _is_fit(picture: FigurePicture) -> bool:
    """Return whether the person is large and wholly in the picture."""
    if len(picture.boxes) != 1 or not (picture.keypoints[0, :, 2] > 0).all():
        return False
    (_, top, _, bottom), n_seen = picture.boxes[0], (picture.keypoints[0, :, 2] == 2).sum()
    return float(bottom - top) >= LEAST_HEIGHT * SKETCH[0] and n_seen >= 9


def _around(picture: FigurePicture) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom, px, of a part of shape `SHAPE` with the person in its middle."""
    box = picture.boxes[0].numpy()
    high = max(box[3] - box[1], (box[2] - box[0]) / SHAPE) * (1 + 2 * AROUND)
    high = min(high, SIZE[0], SIZE[1] / SHAPE)
    sides = np.array([high * SHAPE, high])
    corner = ((box[:2] + box[2:]) / 2 - sides / 2).clip(0, np.array(SIZE[::-1]) - sides)
    return (*corner.astype(int).tolist(), *(corner + sides).astype(int).tolist())


@dataclass(frozen=True, eq=False)
class People:
    """Several people of one picture, and the found ones."""

    jpeg: bytes
    truth: KeypointTruth
    found: KeypointPredictions


def people(number: int) -> People:
    """Return the picture of this number."""
    return remember("pose:people", number, lambda: _people(number))


def _people(number: int) -> People:
    index = next(k for k in range(number, 50_000, 500) if _is_lively(make_figure(k, SEED + 1, SKETCH, N_PEOPLE)))
    picture = make_figure(index, SEED + 1, PEOPLE_SIZE, N_PEOPLE)
    truth = truth_of(picture)
    return People(encode_jpeg(picture.image, 88), truth, one_of_each(truth, PEOPLE_SIZE, number))


def _is_lively(picture: FigurePicture) -> bool:
    """Return whether three or more people can be seen in large part."""
    return len(picture.boxes) >= 3 and int(((picture.keypoints[..., 2] > 0).sum(1) >= 8).sum()) >= 3


@dataclass(frozen=True, eq=False)
class Example:
    """The bundled data set: two files, and what is read from them."""

    truth_file: bytes
    result_file: bytes
    truths: KeypointTruthSet
    results: KeypointResultSet


@st.cache_resource(show_spinner="Drawing 40 pictures …")
def example() -> Example:
    """Return the bundled data set; it is read from its own files, as a visitor's is."""
    truth_file, result_file = example_set(N_PICTURES, SEED)
    truths = read_keypoint_truths({"truths.json": truth_file})
    return Example(truth_file, result_file, truths, read_keypoint_results({"results.json": result_file}, truths))
