"""The detectors that know people, as one picklable function."""

import pickle
from functools import partial

import pytest
import torch

from engine.detection import models
from engine.detection.detections import Detections
from engine.detection.people import PEOPLE, find_people
from engine.errors import InvalidInput, ShapeError

NAMES = ("", "dog", "person")


class Fixed:
    """A detector that finds three people and a dog, and remembers what it was asked."""

    names = NAMES

    def __init__(self):
        self.asked = []

    def detect(self, image, score_threshold, iou_threshold):
        self.asked.append((image, score_threshold, iou_threshold))
        boxes = torch.arange(16.0).reshape(4, 4)
        return Detections(boxes, torch.tensor([2, 1, 2, 2]), torch.tensor([0.9, 0.8, 0.7, 0.6]), NAMES)


@pytest.fixture
def fixed(monkeypatch):
    detector = Fixed()
    monkeypatch.setitem(models.MODELS, "HOG_PEOPLE", models.Model("HOG_PEOPLE", "", "", None, lambda device: detector))
    return detector


@pytest.mark.parametrize("key", PEOPLE)
def test_every_finder_is_a_detector_with_its_title(key):
    assert models.get(key).title == PEOPLE[key]


def test_the_finders():
    assert list(PEOPLE)[:3] == ["HOG_PEOPLE", "YOLO_FIGURES_V1", "FASTERRCNN_D2GO_INT8"]
    downloads = {key for key, model in models.MODELS.items() if model.kind == "download"}
    assert downloads <= set(PEOPLE)  # all of them know COCO's classes


def test_people_alone_come_back_best_first(fixed):
    found = find_people(torch.zeros(3, 8, 8), "HOG_PEOPLE", 0.4, 0.6)
    assert found.tolist() == [[0, 1, 2, 3], [8, 9, 10, 11], [12, 13, 14, 15]]
    assert fixed.asked[0][1:] == (0.4, 0.6)


def test_bytes_become_numbers_up_to_one(fixed):
    find_people(torch.full((3, 8, 8), 51, dtype=torch.uint8), "HOG_PEOPLE", 0.5)
    image, _, iou = fixed.asked[0]
    assert image.dtype == torch.float32 and image.unique().tolist() == pytest.approx([0.2]) and iou == 0.5


def test_it_travels_to_another_process():
    finder = pickle.loads(pickle.dumps(partial(find_people, key="HOG_PEOPLE", confidence=0.5)))
    assert finder(torch.zeros(3, 200, 100)).shape == (0, 4)


def test_what_it_refuses():
    with pytest.raises(InvalidInput, match="The finder of people must be one of HOG_PEOPLE, "):
        find_people(torch.zeros(3, 8, 8), "HAAR_FACES", 0.5)
    with pytest.raises(ShapeError, match="image must be of shape"):
        find_people(torch.zeros(8, 8), "HOG_PEOPLE", 0.5)
    with pytest.raises(InvalidInput, match="score_threshold must be from 0 to 1"):
        find_people(torch.zeros(3, 8, 8), "HOG_PEOPLE", 2.0)
