"""Actions in time: when one starts and ends, how often it is repeated, and the pose at each frame.

Before its start and after its end a person stands; between, the pose leaves the standing one and comes back to it, so
that the two frames can be read from the pose alone.

Conventions: frames count from 0; `start` is the first frame of the action and `end` the first one after it. Repetitions
are counted for squat, jump and wave; the other actions have 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.figures import poses

CLIP_ACTIONS = ("walk", "run", "jump", "wave", "point", "sit", "squat", "stand")
COUNTED = ("squat", "jump", "wave")
_CYCLE_FRAMES = {"walk": (24, 34), "run": (15, 22), "squat": (22, 48), "jump": (18, 32), "wave": (10, 20)}
_SPEED_M = {"walk": 1.35, "run": 2.6}  # of an adult, to one cycle
_MAX_REPETITIONS = 8


@dataclass(frozen=True)
class Performance:
    """One person's action in a clip.

    Attributes:
        action: its name, one of `CLIP_ACTIONS`.
        start, end: frames.
        repetitions: how often it is done, 0 for an action that is not counted.
        cycles: turns of the motion between start and end.
        style: (16,) numbers in [0, 1).
    """

    action: str
    start: int
    end: int
    repetitions: int
    cycles: float
    style: np.ndarray

    def pose(self, frame: int) -> tuple[np.ndarray, float, float]:
        """Return the pose (17, 3), the lift over the ground and the way forward in metres of an adult."""
        rest = poses.stand(self.style)
        time = float(np.clip((frame + 1 - self.start) / (self.end + 1 - self.start), 0, 1))
        inside = self.start <= frame < self.end
        way = _SPEED_M.get(self.action, 0.0) * self.cycles * (time - 0.5)
        if not inside or self.action == "stand":
            return rest, 0.0, way
        pose, lift, share = self._moving(time, time * self.cycles)
        return rest * (1 - share) + pose * share, lift * share, way

    def action_at(self, frame: int) -> str:
        """Return what the person does in a frame."""
        return self.action if self.start <= frame < self.end else "stand"

    def _moving(self, time: float, turns: float) -> tuple[np.ndarray, float, float]:
        """Return pose and lift at `time` from 0 to 1, and how far the motion has taken over from standing."""
        edge = _smooth(min(time, 1 - time) * max(self.end - self.start, 1) / 5)
        if self.action == "walk":
            return *poses.walk(turns, self.style), edge
        if self.action == "run":
            return *poses.run(turns, self.style), edge
        if self.action == "jump":
            return *poses.jump(turns % 1, self.style), _smooth(4 * min(turns % 1, 1 - turns % 1) * 2)
        if self.action == "squat":
            return poses.crouch(1.0, self.style), 0.0, float(np.sin(np.pi * turns) ** 2)
        slow = _smooth(min(time, 1 - time) * 4)
        if self.action == "wave":
            raised = _smooth(min(time, 1 - time) * max(2 * (self.cycles + 1), 4) / 1.0)
            return poses.wave(self.cycles * time, raised, self.style), 0.0, 1.0
        if self.action == "point":
            return poses.point(slow, self.style), 0.0, 1.0
        return poses.sit(slow, self.style), 0.0, 1.0


def performance(chance: Chance, action: str, n_frames: int) -> Performance:
    """Draw how an action is done in a clip: as often as it fits, with standing before and after."""
    style = chance.numbers(poses.N_STYLE)
    before, after = chance.between(0.05, 0.25), chance.between(0.05, 0.25)
    start = int(before * n_frames)
    room = max(n_frames - start - int(after * n_frames), 1)
    if action == "stand":
        return Performance(action, 0, n_frames, 0, 0.0, style)
    if action not in _CYCLE_FRAMES:
        return Performance(action, start, start + room, 0, 1.0, style)
    cycle = chance.between(*_CYCLE_FRAMES[action])
    if action in ("walk", "run"):
        return Performance(action, start, start + room, 0, room / cycle, style)
    most = int(np.clip(room // cycle, 1, _MAX_REPETITIONS))
    times = 1 + chance.whole(most)
    length = min(max(round(times * cycle), min(room, 3)), room)
    return Performance(action, start, start + length, times, float(times), style)


def _smooth(x: float) -> float:
    """Return 0 below 0, 1 above 1, and a smooth way between."""
    x = min(max(x, 0.0), 1.0)
    return x * x * (3 - 2 * x)
