"""Prepared cases for the measures: a drawn scene with the detections of an imagined detector, and a small data set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from engine.datasets.annotations import DetectionSet, TruthSet, read_detections, read_truths
from engine.datasets.imperfect import example_set, one_of_each
from engine.datasets.scenes import make_scene
from engine.io.images import encode_jpeg
from pages._ui.session import remember

SIZE = (480, 640)
SEED = 29
N_OBJECTS = (4, 6)
N_SCENES = 40
TRUTH, DETECTION = 0, 1  # classes of the canvas


@dataclass(frozen=True, eq=False)
class Case:
    """A scene as JPEG, and its boxes (m, 6): x0, y0, x1, y1, truth or detection, score; the truths come first."""

    jpeg: bytes
    boxes: np.ndarray


def case(number: int) -> Case:
    """Return the case of this number."""
    return remember("detection:case", number, lambda: _case(number))


def _case(number: int) -> Case:
    scene = make_scene(number, SEED, SIZE, N_OBJECTS)
    true = scene.boxes.double().numpy()
    found = one_of_each(true, SIZE, number)
    truths = np.column_stack([true, np.full(len(true), TRUTH), np.ones(len(true))])
    detections = np.column_stack([found.boxes, np.full(len(found.boxes), DETECTION), found.scores])
    return Case(encode_jpeg(scene.image, 88), np.vstack([truths, detections]))


@dataclass(frozen=True, eq=False)
class Example:
    """The bundled data set: two files, and what is read from them."""

    truth_file: bytes
    detection_file: bytes
    truths: TruthSet
    detections: DetectionSet


@st.cache_resource(show_spinner="Drawing 40 scenes …")
def example() -> Example:
    """Return the bundled data set; it is read from its own files, as a visitor's is."""
    truth_file, detection_file = example_set(N_SCENES, SEED)
    truths = read_truths({"truths.json": truth_file})
    detections = read_detections({"detections.json": detection_file}, truths)
    return Example(truth_file, detection_file, truths, detections)
