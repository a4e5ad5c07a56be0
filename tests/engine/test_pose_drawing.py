"""Skeletons on a picture: what is drawn where, in which colour, and what is left out."""

import numpy as np
import pytest
import torch

from engine.pose.angles import ANGLES
from engine.pose.drawing import BOX, LEFT, MIDDLE, RIGHT, annotate, side_color
from engine.pose.poses import COCO_17, COCO_SKELETON, Poses

GREY = 100


def canvas(height=120, width=160):
    return np.full((height, width, 3), GREY, np.uint8)


def person(score=1.0, box=(0, 0, 159, 119), **places):
    keypoints, scores = torch.zeros(1, 17, 2), torch.zeros(1, 17)
    for name, place in places.items():
        keypoints[0, COCO_17.index(name)] = torch.tensor(place, dtype=torch.float32)
        scores[0, COCO_17.index(name)] = score
    return Poses(keypoints, scores, torch.tensor([box], dtype=torch.float32), COCO_17, COCO_SKELETON)


def is_near(pixel, color):
    return np.abs(pixel.astype(int) - np.array(color)).max() <= 25


def is_plain(picture):
    return (picture == GREY).all()


ARM = {"left_shoulder": (20, 30), "left_elbow": (120, 30)}


def test_a_bone_joins_its_joints_and_the_picture_is_left_alone():
    picture = canvas()
    drawn = annotate(picture, person(**ARM), 0.3)
    assert is_plain(picture)
    assert is_near(drawn[29, 70], LEFT) or is_near(drawn[30, 70], LEFT)
    assert is_near(drawn[30, 20], LEFT) and is_plain(drawn[40:]) and is_plain(drawn[:, 130:])


@pytest.mark.parametrize(
    ("names", "color"),
    [
        (("left_hip", "left_knee"), LEFT),
        (("right_hip",), RIGHT),
        (("left_hip", "right_hip"), MIDDLE),
        (("nose",), MIDDLE),
        (("nose", "right_eye"), RIGHT),
        (("pelvis", "left_hip"), LEFT),
    ],
)
def test_a_side_has_its_colour(names, color):
    assert side_color(*names) == color


def test_what_is_not_sure_is_not_drawn():
    assert is_plain(annotate(canvas(), person(0.29, **ARM), 0.3))
    assert is_plain(annotate(canvas(), person(0.0, **ARM), 0.0))
    one = person(**ARM)
    one.scores[0, COCO_17.index("left_elbow")] = 0.1
    drawn = annotate(canvas(), one, 0.3)
    assert not is_plain(drawn[25:36, 15:26]) and is_plain(drawn[:, 40:])  # a joint without its bone


def test_the_surer_the_wider_and_brighter():
    pale, sure = (annotate(canvas(600, 800), person(score, **ARM), 0.1) for score in (0.2, 1.0))
    assert (pale[:, 70] != GREY).sum() < (sure[:, 70] != GREY).sum()
    assert pale[30, 70].sum() < sure[30, 70].sum()


@pytest.mark.parametrize("place", [(-500, 40), (1e9, -1e9), (159.9, 119.9)])
def test_joints_beyond_the_border_are_drawn_as_far_as_they_go(place):
    drawn = annotate(canvas(), person(left_shoulder=(80, 60), left_elbow=place), 0.3, boxes=True, people=[3])
    assert drawn.shape == (120, 160, 3) and not is_plain(drawn)


def test_a_place_is_continuous():
    drawn = annotate(np.zeros((9, 9, 3), np.uint8), person(nose=(4.5, 4.5)), 0.3)  # the middle of the fifth pixel
    drawn = drawn.astype(int)
    assert np.abs(drawn - drawn[::-1]).max() <= 8 and np.abs(drawn - drawn[:, ::-1]).max() <= 8 and drawn[4, 4].any()


def test_boxes_and_numbers_are_drawn_when_asked_for():
    one = person(box=(40, 50, 100, 90))
    assert is_plain(annotate(canvas(), one, 0.3, people=[7]))
    boxed = annotate(canvas(), one, 0.3, boxes=True)
    assert is_near(boxed[70, 40], BOX) and is_plain(boxed[:48])
    assert not is_plain(annotate(canvas(), one, 0.3, boxes=True, people=[7])[30:49, 40:50])


def test_angles_are_written_at_their_joints():
    one = person(**ARM, left_wrist=(120, 80))
    angles = torch.full((1, 8), torch.nan)
    assert (annotate(canvas(), one, 0.3, angles=angles) == annotate(canvas(), one, 0.3)).all()
    angles[0, list(ANGLES).index("left_elbow")] = 90
    changed = (annotate(canvas(), one, 0.3, angles=angles) != annotate(canvas(), one, 0.3)).any(2)
    rows, columns = np.nonzero(changed)
    assert rows.max() <= 31 and columns.min() >= 120


def test_a_trace_is_a_line_through_its_points():
    nobody = person().pick([])
    drawn = annotate(canvas(), nobody, 0.3, traces=[[(10, 100), (80, 100), (80, 60)], [(5, 5)], []])
    assert drawn[99:101, 40].min() > 150 and drawn[75, 79:81].min() > 150 and is_plain(drawn[:50])
