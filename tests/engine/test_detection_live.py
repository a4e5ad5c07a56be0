"""Live detection, drawing, and whole videos: what is shown is what was found."""

import threading
import time

import numpy as np
import pytest
import torch

from engine.datasets.scenes import make_clip
from engine.detection import annotate_video, drawing
from engine.detection.detections import Detections
from engine.detection.live import LiveDetection, Request, above, examine, of_classes
from engine.detection.settings import Thresholds
from engine.errors import InvalidInput
from engine.io.images import tensor_to_pixels
from engine.io.video import VideoWriter, frames

NAMES = ("", "cup", "dog")


def detections(*rows, masks=None):
    """Make detections from rows (x0, y0, x1, y1, label, score)."""
    table = torch.tensor(rows, dtype=torch.float32).reshape(-1, 6)
    return Detections(table[:, :4], table[:, 4].long(), table[:, 5], NAMES, masks)


def near(pixel, color):
    """Return whether a pixel has a colour, but for the smoothing of the line."""
    return np.abs(pixel.astype(int) - np.array(color)).max() <= 25


class Fixed:
    """A detector that finds one cup, and remembers what it was asked."""

    names = NAMES

    def __init__(self):
        self.asked, self.gate = [], threading.Event()
        self.gate.set()

    def detect(self, image, score_threshold, iou_threshold):
        self.gate.wait(5)
        self.asked.append((tuple(image.shape), score_threshold, iou_threshold, threading.current_thread().name))
        return detections([10, 20, 50, 60, 1, 0.9])


def wait_for(condition):
    until = time.monotonic() + 5
    while not condition() and time.monotonic() < until:
        time.sleep(0.002)
    assert condition()


def test_boxes_are_drawn_in_the_colour_of_their_class_and_the_picture_is_left_alone():
    picture = np.full((120, 160, 3), 200, np.uint8)
    drawn = drawing.annotate(picture, detections([40, 50, 90, 100, 2, 0.75]))
    assert (picture == 200).all()
    assert near(drawn[75, 40], drawing.PALETTE[2]) and tuple(drawn[75, 65]) == (200, 200, 200)
    assert (drawn[30:49, 41:80] != 200).any()  # its name stands above


@pytest.mark.parametrize("box", [(-30, -20, 5, 5), (150, 110, 400, 300), (0, 0, 160, 120), (20, 20, 20, 20)])
def test_boxes_over_the_border_are_drawn_as_far_as_they_go(box):
    drawn = drawing.annotate(np.zeros((120, 160, 3), np.uint8), detections([*box, 1, 1.0]))
    assert drawn.shape == (120, 160, 3) and drawn.any()


def test_a_name_longer_than_the_picture_is_cut():
    found = Detections(torch.tensor([[1.0, 1, 9, 9]]), torch.tensor([0]), torch.tensor([0.5]), ("x" * 80,))
    assert drawing.annotate(np.zeros((12, 16, 3), np.uint8), found).shape == (12, 16, 3)


def test_masks_tint_their_pixels_alone():
    masks = torch.zeros(1, 40, 40, dtype=torch.bool)
    masks[0, 30:36, 5:12] = True
    drawn = drawing.annotate(np.full((40, 40, 3), 100, np.uint8), detections([4, 29, 13, 37, 1, 1.0], masks=masks))
    expected = (0.55 * 100 + 0.45 * np.array(drawing.PALETTE[1])).astype(np.uint8)
    assert tuple(drawn[33, 8]) == tuple(expected) and tuple(drawn[5, 35]) == (100, 100, 100)


def test_the_request_reaches_the_detector_in_the_inference_thread():
    detector = Fixed()
    found = examine(Request(detector, Thresholds(0.3, 0.4)), torch.zeros(3, 48, 64))
    (shape, confidence, iou, thread) = detector.asked[0]
    assert (shape, confidence, iou) == ((3, 48, 64), 0.3, 0.4) and thread.startswith("inference")
    assert len(found) == 1


def test_classes_and_confidence_choose_among_detections():
    found = detections([0, 0, 9, 9, 1, 0.9], [0, 0, 8, 8, 2, 0.8], [0, 0, 7, 7, 1, 0.3])
    assert of_classes(found, ("cup",)).boxes[:, 2].tolist() == [9, 7]
    assert len(of_classes(found, ())) == 3 and len(of_classes(found, ("cat",))) == 0
    assert above(found, 0.5).boxes[:, 2].tolist() == [9, 8]


def test_the_picture_never_waits_for_the_detector():
    detector = Fixed()
    detector.gate.clear()
    stream = LiveDetection(Request(detector, Thresholds()))
    frame = np.zeros((100, 120, 3), np.uint8)
    for _ in range(5):
        assert stream.show(frame) is frame  # at once, and without boxes
    detector.gate.set()
    wait_for(lambda: stream.newest.latest)
    assert near(stream.show(frame)[40, 10], drawing.PALETTE[1])


def test_boxes_follow_a_change_of_the_frames_size():
    stream = LiveDetection(Request(Fixed(), Thresholds()))
    stream.show(np.zeros((100, 120, 3), np.uint8))
    wait_for(lambda: stream.newest.latest)
    shown = stream.show(np.zeros((200, 240, 3), np.uint8))
    assert near(shown[80, 20], drawing.PALETTE[1]) and not shown[80, 10].any()


def test_a_new_request_meets_the_next_frame():
    stream, other = LiveDetection(Request(Fixed(), Thresholds())), Fixed()
    stream.request = Request(other, Thresholds(0.9, 0.2))
    stream.show(np.zeros((20, 30, 3), np.uint8))
    wait_for(lambda: stream.newest.latest)
    assert other.asked[0][1:3] == (0.9, 0.2)


@pytest.fixture(scope="module")
def clip():
    with VideoWriter(96, 72, 10) as writer:
        for scene in make_clip(3, 12, (72, 96)):
            writer.add(tensor_to_pixels(scene.image))
        return writer.finish()


def test_a_video_comes_back_with_its_boxes_and_a_row_for_each(clip):
    examine_ = lambda image: detections([10, 20, 50, 60, 1, 0.9])  # noqa: E731
    steps = list(annotate_video.annotate_video(clip, "clip.mp4", examine_))
    assert [one.step for one in steps] == [*range(1, 13), 12] and {one.total_steps for one in steps} == {12}
    assert steps[0].preview[:2] == b"\xff\xd8" and not any(one.video for one in steps[:-1])
    rows = steps[-1].rows
    assert len(rows) == 12 and rows[3].frame == 3 and rows[3].time_s == pytest.approx(0.3)
    assert (rows[0].label, rows[0].score, rows[0].x0, rows[0].y1) == ("cup", 0.9, 10, 60)
    back = [frame.image for frame in frames(steps[-1].video, "back.mp4")]
    assert len(back) == 12
    edge = back[5][45, 10].astype(int) - np.array(drawing.PALETTE[1])
    assert np.abs(edge).mean() < 60  # the line survives the compression


def test_a_bundled_model_annotates_as_a_job(clip):
    *_, last = annotate_video.annotate_file(clip, "clip.mp4", "YOLO_SCENES_V1", Thresholds(0.5, 0.5), ())
    assert last.n_found == len(last.rows) > 12
    assert b'"label"' in annotate_video.to_json(last.rows)


def test_stopping_in_the_middle_lets_go_of_the_writer(clip):
    run = annotate_video.annotate_video(clip, "clip.mp4", lambda image: detections())
    next(run)
    run.close()


def test_what_is_no_video_is_refused_before_the_first_frame():
    with pytest.raises(InvalidInput):
        next(annotate_video.annotate_video(b"only text", "a.mp4", lambda image: detections()))
