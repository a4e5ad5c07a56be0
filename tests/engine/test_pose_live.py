"""A stream of poses: thresholds, boxes that are followed, counting, and pictures that never wait."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.errors import InvalidInput
from engine.pose.angles import ANGLES
from engine.pose.drawing import BOX, LEFT
from engine.pose.live import LivePoses, draw, planes
from engine.pose.poses import COCO_17, COCO_SKELETON, Poses
from engine.pose.settings import PoseThresholds
from engine.pose.stream import FIND_EVERY, MAX_PEOPLE, PoseStream, Request, Seen, examine, follow
from engine.runtime import InferenceThread

HIP, KNEE, ANKLE, WRIST = (COCO_17.index(f"left_{name}") for name in ("hip", "knee", "ankle", "wrist"))


def leg(x=50.0, knee_x=None, score=0.9):
    """Keypoints (17, 2) and scores of someone of whom a leg and a wrist are known."""
    keypoints, scores = torch.zeros(17, 2), torch.zeros(17)
    knee_x = x if knee_x is None else knee_x
    for k, place in ((HIP, (x, 20)), (KNEE, (knee_x, 50)), (ANKLE, (x, 80)), (WRIST, (x + 5, 30))):
        keypoints[k], scores[k] = torch.tensor(place), score
    return keypoints, scores


class Fixed:
    """An estimator that finds what it is told, in each box or at once, and remembers what it was asked."""

    names, skeleton = COCO_17, COCO_SKELETON

    def __init__(self, *people, finds_people=False, person_scores=None):
        self.people, self.finds_people, self.person_scores = people or (leg(),), finds_people, person_scores
        self.asked, self.gate = [], threading.Event()
        self.gate.set()

    def estimate(self, image, boxes=None):
        self.gate.wait(5)
        self.asked.append((image, boxes, threading.current_thread().name))
        people = self.people if boxes is None else (self.people * (len(boxes) + 1))[: len(boxes)]
        n = len(people)
        keypoints = torch.stack([one for one, _ in people]) if n else torch.zeros(0, 17, 2)
        scores = torch.stack([one for _, one in people]) if n else torch.zeros(0, 17)
        boxes = torch.tensor([[0.0, 0, 100, 100]]).repeat(n, 1) if boxes is None else boxes
        given = None if self.person_scores is None else torch.tensor(self.person_scores)
        return Poses(keypoints, scores, boxes, COCO_17, COCO_SKELETON, given)


class Finder:
    """A finder of people that counts how often it is asked."""

    def __init__(self, *boxes):
        self.boxes, self.times = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4), 0

    def __call__(self, image):
        self.times += 1
        return self.boxes


IMAGE = torch.zeros(3, 100, 200, dtype=torch.uint8)


def wait_for(condition):
    until = time.monotonic() + 5
    while not condition() and time.monotonic() < until:
        time.sleep(0.002)
    assert condition()


# One picture


def test_the_image_reaches_the_estimator_in_the_inference_thread_as_it_is():
    estimator, frame = Fixed(), np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    assert len(examine(Request(estimator), planes(frame))) == 1
    image, boxes, thread = estimator.asked[0]
    assert image.dtype == torch.uint8 and boxes is None and thread.startswith("inference")
    assert np.array_equal(image.permute(1, 2, 0).numpy(), frame)
    assert image.stride() == (1, 180, 3)  # without a copy, in the layout that is resized quickly


def test_a_live_frame_does_not_wait_for_company():
    thread = InferenceThread("cpu", max_wait_ms=60_000)
    try:
        assert thread.submit(lambda batch: batch + 1, torch.zeros(2), alone=True).result(20).tolist() == [1, 1]
    finally:
        thread.stop()


def test_a_person_without_a_sure_joint_is_left_out():
    estimator = Fixed(leg(), leg(score=0.29))
    assert len(examine(Request(estimator), IMAGE)) == 1
    assert len(examine(Request(estimator, PoseThresholds(joint_confidence=0.2)), IMAGE)) == 2


def test_a_person_is_as_sure_as_asked_where_the_estimator_finds_them():
    scores = [0.9, 0.49, 0.5]
    found = examine(Request(Fixed(leg(), leg(), leg(), finds_people=True, person_scores=scores)), IMAGE)
    assert found.person_scores.tolist() == pytest.approx([0.9, 0.5])
    assert len(examine(Request(Fixed(leg(), leg(), leg(), person_scores=scores)), IMAGE)) == 3


def test_the_finders_boxes_are_those_of_the_people():
    boxes = [[0, 0, 10, 10], [5, 5, 20, 20]]
    assert examine(Request(Fixed(), find_people=Finder(*boxes)), IMAGE).boxes.tolist() == boxes
    assert len(examine(Request(Fixed(), find_people=Finder()), IMAGE)) == 0
    assert len(examine(Request(Fixed(), find_people=Finder(*boxes * MAX_PEOPLE)), IMAGE)) == MAX_PEOPLE
    finder = Finder(*boxes)
    assert len(examine(Request(Fixed(finds_people=True, person_scores=[0.9]), find_people=finder), IMAGE)) == 1
    assert finder.times == 0


def test_an_unknown_angle_is_refused():
    with pytest.raises(InvalidInput, match=r"The angle must be one of elbows, .*; got 'neck'"):
        Request(Fixed(), counted_angle="neck")


# A stream


def test_people_are_found_now_and_then_and_followed_between():
    finder, estimator, stream = Finder([0, 0, 90, 90]), Fixed(), PoseStream()
    request = Request(estimator, find_people=finder, smooth=False)
    for k in range(2 * FIND_EVERY + 1):
        stream.step(request, IMAGE, k / 10)
    assert finder.times == 3
    boxes = [boxes.tolist() for _, boxes, _ in estimator.asked]
    found, followed = [[0, 0, 90, 90]], [[44, 14, 61, 86]]  # a tenth of 60 px around the joints
    assert boxes == ([found] + [followed] * (FIND_EVERY - 1)) * 2 + [found]


def test_where_nobody_is_every_frame_is_searched():
    finder, stream = Finder(), PoseStream()
    for k in range(4):
        assert stream.step(Request(Fixed(), find_people=finder), IMAGE, k / 10).main is None
    assert finder.times == 4


def test_a_box_follows_the_joints():
    poses = Fixed().estimate(IMAGE)
    assert follow(poses, 0.3).tolist() == [[44, 14, 61, 86]]
    assert follow(poses.pick([]), 0.3).shape == (0, 4)


def test_people_keep_their_numbers_and_the_first_largest_is_the_main_one():
    stream, near, far = PoseStream(), Finder([0, 0, 90, 90]), Finder([0, 0, 9, 9], [100, 0, 190, 90])
    one = Request(Fixed(leg(150)), find_people=near)
    two = Request(Fixed(leg(20), leg(150)), find_people=far)
    assert stream.step(two, IMAGE, 0.0).main == 1
    stream._since_found = 0
    seen = stream.step(one, IMAGE, 0.1)
    assert seen.people == (2,) and seen.main == 0


def test_one_person_in_the_middle_stays_the_same_however_they_move():
    stream = PoseStream()
    seen = [stream.step(Request(Fixed(leg(x))), IMAGE, k / 10).people for k, x in enumerate((10, 90))]
    assert seen == [(1,), (1,)]


def test_joints_are_calmed_when_asked():
    def last(smooth):
        stream = PoseStream()
        for k, x in enumerate((50.0, 51.0)):
            seen = stream.step(Request(Fixed(leg(x)), smooth=smooth), IMAGE, k / 20)
        return seen.poses.keypoints[0, KNEE, 0].item()

    assert last(False) == 51 and 50.1 < last(True) < 50.9


def test_a_joint_that_comes_back_begins_anew():
    stream = PoseStream()
    stream.step(Request(Fixed(leg(50))), IMAGE, 0.0)
    keypoints, scores = leg(51)
    stream.step(Request(Fixed((keypoints, torch.where(torch.arange(17) == KNEE, 0.0, scores)))), IMAGE, 0.1)
    seen = stream.step(Request(Fixed(leg(52))), IMAGE, 0.2)
    assert seen.poses.keypoints[0, KNEE, 0] == 52 and seen.poses.keypoints[0, HIP, 0] < 52


def test_repetitions_are_counted_and_the_trace_grows():
    stream = PoseStream()
    for k, knee_x in enumerate((50, 20, 50, 20, 50)):
        request = Request(Fixed(leg(50, knee_x)), smooth=False, traced_joint="left_wrist", counted_angle="knees")
        seen = stream.step(request, IMAGE, k / 10)
    assert seen.count == 2 and seen.counted_deg == pytest.approx(180)
    assert seen.angles[0, list(ANGLES).index("left_knee")] == pytest.approx(180)
    assert seen.traces == {1: ((55, 30),) * 5}
    assert stream.step(replace(request, counted_angle="hips"), IMAGE, 1.0).count == 0  # another angle begins anew
    nothing = stream.step(replace(request, counted_angle=None, traced_joint=""), IMAGE, 1.1)
    assert nothing.count == 0 and nothing.traces == {} and nothing.counted_deg != nothing.counted_deg


def test_what_is_seen_fits_a_frame_of_another_size():
    stream = PoseStream()
    request = Request(Fixed(), traced_joint="left_wrist")
    seen = stream.step(request, IMAGE, 0.0)
    large = seen.scaled((2, 3))
    assert large.poses.keypoints[0, KNEE].tolist() == [100, 150] and large.poses.boxes.tolist() == [[0, 0, 200, 300]]
    assert large.traces == {1: (pytest.approx((110, 90)),)} and seen.scaled((1, 1)) is seen


# Live


FRAME = np.zeros((100, 120, 3), np.uint8)


def is_near(pixel, color):
    return np.abs(pixel.astype(int) - np.array(color)).max() <= 40


def test_the_picture_never_waits_for_the_estimator():
    estimator = Fixed()
    estimator.gate.clear()
    live = LivePoses(Request(estimator))
    for _ in range(5):
        assert live.show(FRAME) is FRAME  # at once, and without a skeleton
    assert (live.seen, live.angles, live.count, live.trace) == (None, {}, 0, ())
    estimator.gate.set()
    wait_for(lambda: live.newest.latest)
    assert is_near(live.show(FRAME)[35, 50], LEFT) and not FRAME.any()


def test_the_skeleton_follows_a_change_of_the_frames_size():
    live = LivePoses(Request(Fixed()))
    live.show(FRAME)
    wait_for(lambda: live.newest.latest)
    shown = live.show(np.zeros((200, 240, 3), np.uint8))
    assert is_near(shown[70, 100], LEFT) and not shown[35, 50].any()


def test_a_new_request_meets_the_next_frame_and_the_count_can_begin_anew():
    times = iter(k / 10 for k in range(100))
    live = LivePoses(Request(Fixed(), counted_angle="left_knee", smooth=False), clock=lambda: next(times))

    def feed(*knees):
        for knee_x in knees:
            live.request = replace(live.request, estimator=Fixed(leg(50, knee_x)), traced_joint="left_wrist")
            before = live.newest.latest
            live.show(FRAME)
            wait_for(lambda before=before: live.newest.latest is not before)

    feed(50, 20, 50)
    assert live.count == 1 and live.angles["left_knee"] == pytest.approx(180) and "left_elbow" not in live.angles
    assert live.trace == ((55, 30),) * 3
    assert [degrees > 170 for _, degrees in live.curve] == [True, False, True]
    assert [at for at, _ in live.curve] == [0, 0.1, 0.2]
    live.restart()
    feed(50)
    assert live.count == 0 and live.trace == ((55, 30),) and len(live.curve) == 1
    live.request = replace(live.request, counted_angle="knees")
    feed(50)
    assert len(live.curve) == 1
    live.request = replace(live.request, thresholds=PoseThresholds(joint_confidence=0.95))
    feed(50)
    assert live.seen.main is None and live.angles == {} and live.trace == ()


def differs(a, b):
    return bool((a != b).any())


def test_what_is_asked_for_is_drawn():
    request = Request(Fixed(), smooth=False)
    poses = examine(request, IMAGE)
    angles = torch.full((1, 8), torch.nan)
    angles[0, list(ANGLES).index("left_knee")] = 120
    seen, plain = Seen(poses, (1,), angles, main=0), np.zeros((100, 200, 3), np.uint8)
    bare = draw(plain, seen, request)
    written = draw(plain, seen, replace(request, show_angles=True))
    assert differs(written, bare) and not differs(written, draw(plain, seen, replace(request, counted_angle="knees")))
    assert not differs(bare, draw(plain, seen, replace(request, counted_angle="right_knee")))
    assert not differs(bare, draw(plain, replace(seen, main=None), replace(request, counted_angle="knees")))
    assert differs(bare, draw(plain, replace(seen, traces={1: ((150, 20), (150, 60))}), request))
    boxed = draw(plain, seen, replace(request, find_people=Finder()))
    assert is_near(boxed[60, 100], BOX) and not bare[60, 100].any()
