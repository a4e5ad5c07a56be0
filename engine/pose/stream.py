"""From single pictures to a stream: who is who, calm joints, angles, a trace, a count.

    frame ─people?→ boxes ─estimator→ poses ─tracks→ numbers ─One Euro→ calm joints ─→ angles, trace, repetitions

To find people costs more than to find their joints. So a detector looks at every `FIND_EVERY`-th frame only; between,
each box follows from the joints of the frame before, a tenth of its longer side wider on every side.

Conventions: as in `poses`; times in seconds. The main person, whose angle is counted, is the largest one at first, and
stays the same for as long as they are seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.pose import one_euro
from engine.pose.angles import COUNTABLE, joint_angles, one_angle
from engine.pose.estimator import Estimator
from engine.pose.poses import Poses
from engine.pose.repetitions import Repetitions
from engine.pose.settings import PoseThresholds
from engine.pose.tracks import Trace, Tracks, joint_boxes
from engine.runtime import inference

FIND_EVERY = 10  # frames
FOLLOW_MARGIN = 0.1  # of the longer side
MAX_PEOPLE = 16
PATIENCE_S = 60.0  # for a turn in the inference thread and the slowest model


@dataclass(frozen=True)
class Request:
    """What is asked of each frame.

    Attributes:
        estimator: finds the joints.
        thresholds: which joints and people count.
        find_people: image (3, H, W) → boxes (N, 4), best first; None for one person in the middle. An estimator that
            finds people itself does not need it.
        smooth: whether the joints of a stream are calmed.
        traced_joint: whose way is drawn; "" or None for none, as for a joint that the estimator does not know.
        counted_angle: one of `angles.COUNTABLE`; "" or None for none.
        show_angles: whether the angles are written at the joints.

    Raises:
        InvalidInput: there is no such angle.
    """

    estimator: Estimator
    thresholds: PoseThresholds = PoseThresholds()  # noqa: RUF009, frozen
    find_people: Callable[[Tensor], Tensor] | None = None
    smooth: bool = True
    traced_joint: str | None = None
    counted_angle: str | None = None
    show_angles: bool = False

    def __post_init__(self) -> None:
        if self.counted_angle and self.counted_angle not in COUNTABLE:
            raise InvalidInput(constraint("The angle", f"one of {', '.join(COUNTABLE)}", self.counted_angle))

    @property
    def has_boxes(self) -> bool:
        """Whether people have boxes of their own."""
        return self.estimator.finds_people or self.find_people is not None


@dataclass(frozen=True)
class Seen:
    """What one frame of a stream shows.

    Attributes:
        people: the numbers of the people, the same from frame to frame.
        angles: (N, A) degrees, in the order of `angles.ANGLES`.
        traces: number → where the traced joint of a person was, (x, y), oldest first.
        main: the row of the main person; None where nobody is.
        counted_deg: the counted angle of the main person; NaN where there is none.
        count: its repetitions so far.
    """

    poses: Poses
    people: tuple[int, ...]
    angles: Tensor
    traces: dict[int, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    main: int | None = None
    counted_deg: float = float("nan")
    count: int = 0

    def scaled(self, scale: tuple[float, float]) -> Seen:
        """Return this for a frame so many times wider and higher."""
        if scale == (1, 1):
            return self
        x, y = scale
        factor = self.poses.keypoints.new_tensor(scale)
        poses = replace(self.poses, keypoints=self.poses.keypoints * factor, boxes=self.poses.boxes * factor.repeat(2))
        traces = {person: tuple((x * u, y * v) for u, v in line) for person, line in self.traces.items()}
        return replace(self, poses=poses, traces=traces)


def examine(request: Request, image: Tensor, boxes: Tensor | None = None) -> Poses:
    """Find the people of one picture, in the inference thread.

    Args:
        image: RGB (3, H, W), float in [0, 1] or, quicker, uint8.
        boxes: of the people (N, 4), if they are known already.

    Raises:
        ResourceLimit: too many wait already.
    """

    def one(batch: Tensor) -> list[Poses]:  # a batch of this one image
        return [_estimate(request, batch[0], boxes)]

    return inference().submit(one, image, alone=True).result(PATIENCE_S)


def _estimate(request: Request, image: Tensor, boxes: Tensor | None) -> Poses:
    """Return the people who are sure enough, of those in whom a joint is."""
    estimator, thresholds = request.estimator, request.thresholds
    if not estimator.finds_people and boxes is None and request.find_people is not None:
        boxes = request.find_people(image)
    poses = estimator.estimate(image, None if boxes is None else boxes[:MAX_PEOPLE])
    is_shown = (poses.scores >= thresholds.joint_confidence).any(dim=1)
    if estimator.finds_people:
        is_shown &= poses.person_scores >= thresholds.person_confidence
    return poses if is_shown.all() else poses.pick(is_shown.nonzero()[:, 0].tolist())


def follow(poses: Poses, least_score: float) -> Tensor:
    """Return the boxes (N, 4) in which the people of this frame are to be sought in the next."""
    boxes = joint_boxes(poses, least_score)
    margin = FOLLOW_MARGIN * (boxes[:, 2:] - boxes[:, :2]).amax(dim=1, keepdim=True)
    return torch.cat([boxes[:, :2] - margin, boxes[:, 2:] + margin], dim=1)


class PoseStream:
    """The state between the frames of one stream; not for several threads at once."""

    def __init__(self, calm: one_euro.OneEuro = one_euro.OneEuro()) -> None:  # noqa: B008, frozen
        self._calm = calm
        self._boxes: Tensor | None = None
        self._since_found = 0
        self._tracks = Tracks()
        self._filters: dict[int, tuple[one_euro.Filtered, Tensor]] = {}  # number → state, which joints it knows
        self._main: int | None = None
        self._asked: tuple[str | None, str | None] = (None, None)
        self.restart()

    def restart(self) -> None:
        """Count from 0, and draw the trace anew."""
        self._repetitions, self._trace = Repetitions(), Trace()

    def step(self, request: Request, image: Tensor, time_s: float) -> Seen:
        """Examine the next frame, (3, H, W) as in `examine`.

        Raises:
            ResourceLimit: as `examine`.
        """
        least = request.thresholds.joint_confidence
        if self._asked != (asked := (request.traced_joint, request.counted_angle)):
            self._asked = asked
            self.restart()
        poses = examine(request, image, self._followed(request))
        self._boxes = follow(poses, least)
        where = joint_boxes(poses, least) if request.has_boxes else poses.boxes  # without boxes, one and the same
        people = self._tracks.update(where, time_s)
        if request.smooth:
            poses = self._smoothed(poses, people, time_s, image.shape[1], least)
        return self._seen(request, poses, people, time_s)

    def _followed(self, request: Request) -> Tensor | None:
        """Return the boxes of the people from the frame before; None where they are to be found anew."""
        is_due = self._since_found == 0 or self._boxes is None or not len(self._boxes)
        if request.find_people is None or request.estimator.finds_people or is_due:
            self._since_found = 1
            return None
        self._since_found = (self._since_found + 1) % FIND_EVERY
        return self._boxes

    def _smoothed(
        self, poses: Poses, people: tuple[int, ...], time_s: float, height_px: int, least_score: float
    ) -> Poses:
        """Return the poses with filtered joints; one that was not known in the last frame begins anew."""
        filters, rows = {}, []
        known = poses.scores >= least_score
        for person, places, is_known in zip(people, poses.keypoints / height_px, known, strict=True):
            state = one_euro.begin(places, time_s)
            if person in self._filters:
                old, was_known = self._filters[person]
                goes_on = (is_known & was_known)[:, None]
                state = one_euro.follow(old, places, time_s, self._calm)
                values = torch.where(goes_on, state.values, places)
                state = replace(state, values=values, speeds=torch.where(goes_on, state.speeds, 0.0))
            filters[person] = state, is_known
            rows.append(state.values * height_px)
        self._filters = filters
        return replace(poses, keypoints=torch.stack(rows)) if rows else poses

    def _seen(self, request: Request, poses: Poses, people: tuple[int, ...], time_s: float) -> Seen:
        least = request.thresholds.joint_confidence
        angles, main, counted = joint_angles(poses, least), self._main_row(poses, people), float("nan")
        if request.counted_angle and main is not None:
            counted = one_angle(angles[main], request.counted_angle)
            self._repetitions.add(counted)
        if request.traced_joint in poses.names:
            k = poses.names.index(request.traced_joint)
            places, scores = poses.keypoints[:, k].tolist(), poses.scores[:, k].tolist()
            known = zip(people, places, scores, strict=True)
            self._trace.update(time_s, {person: tuple(place) for person, place, score in known if score >= least})
        count = self._repetitions.count if request.counted_angle else 0
        return Seen(poses, people, angles, self._trace.lines, main, counted, count)

    def _main_row(self, poses: Poses, people: tuple[int, ...]) -> int | None:
        if not people:
            return None
        if self._main not in people:
            sizes = poses.boxes[:, 2:] - poses.boxes[:, :2]
            self._main = people[int(sizes.prod(dim=1).argmax())]
        return people.index(self._main)
