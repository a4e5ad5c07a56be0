"""A person's joint angles: a table of all, and one of them drawn into the picture and explained with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.pose.angles import ANGLES, BOTH_SIDES, SIDES, joint_angles, one_angle
from pages._ui.live import layer
from pages._ui.numbers import number
from pages.vision._pose_estimation.skeletons import in_words

if TYPE_CHECKING:
    from engine.pose.poses import Poses

ARC_STEPS = 24
ARC_SHARE = 0.35  # of the shorter bone
ARC_ROLE = "validation"


class Angles:
    """The angles of one person.

    Args:
        poses: in which the person is.
        person: which one.
        name: the angle that is explained, of `COUNTABLE`.
        least: the confidence below which a joint is not known.
    """

    def __init__(self, poses: Poses, person: int, name: str, least: float) -> None:
        self._poses, self._person, self._name, self._least = poses, person, name, least
        self._all = joint_angles(poses.pick([person]), least)[0]
        self.degrees = dict(zip(ANGLES, self._all.tolist(), strict=True))
        self._shown = BOTH_SIDES.get(name, (name,))

    def layers(self) -> list[dict]:
        """Draw an arc at each joint of the angle that is explained."""
        arcs = [self._arc(one) for one in self._shown if self.degrees[one] == self.degrees[one]]
        return [part for arc in arcs for part in arc]

    def text(self) -> dict[tuple[int, int], str]:
        """Return what to write beside the joints of that angle."""
        known = [one for one in self._shown if self.degrees[one] == self.degrees[one]]
        names = self._poses.names
        return {(self._person, names.index(ANGLES[one][1])): f"{self.degrees[one]:.0f}°" for one in known}

    def table(self) -> None:
        """Show every angle, left and right."""
        rows = list(dict.fromkeys(in_words(name).split()[1] for name in ANGLES))
        columns = {"angle": rows}
        for side in SIDES:
            values = [self.degrees[f"{side}_{row}"] for row in rows]
            columns[side] = ["–" if value != value else f"{value:.0f}°" for value in values]
        st.dataframe(columns, hide_index=True, height="content")

    def equations(self) -> list[str]:
        """Return the formula with its numbers."""
        lines = [line for one in self._shown for line in self._explained(one)]
        if len(self._shown) > 1 and (mean := one_angle(self._all, self._name)) == mean:
            lines.append(f"{self._name} = the mean of what is known = {mean:.1f}°")
        return lines

    def _arms(self, one: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the joint and the ways to its neighbours, u and v, (2,) each, px."""
        places = [self._poses.names.index(name) for name in ANGLES[one]]
        a, b, c = self._poses.keypoints[self._person, places].double().numpy()
        return b, a - b, c - b

    def _explained(self, one: str) -> list[str]:
        name, ends = in_words(one), [end.split("_")[1] for end in ANGLES[one][::2]]  # of the same side
        if self.degrees[one] != self.degrees[one]:
            return [f"{name}: not known, as one of the three joints is less sure than {self._least:g}"]
        _, u, v = self._arms(one)
        cross, dot = abs(u[0] * v[1] - u[1] * v[0]), u @ v
        pair = lambda w: f"({number(w[0], 3)}, {number(w[1], 3)})"  # noqa: E731
        return [
            f"{name}: u = {pair(u)} to the {ends[0]},  v = {pair(v)} to the {ends[1]}",
            f"θ = atan2(|u × v|, u · v) = atan2({number(cross, 4)}, {number(dot, 4)}) = {self.degrees[one]:.1f}°",
        ]

    def _arc(self, one: str) -> list[dict]:
        """Draw the arc from u to v, the short way round."""
        joint, u, v = self._arms(one)
        begin, end = np.arctan2(u[1], u[0]), np.arctan2(v[1], v[0])
        turn = (end - begin + np.pi) % (2 * np.pi) - np.pi
        along = begin + np.linspace(0, turn, ARC_STEPS)
        radius = ARC_SHARE * min(np.hypot(*u), np.hypot(*v))
        x, y = joint[0] + radius * np.cos(along), joint[1] + radius * np.sin(along)
        tips = [f"{in_words(one)} {self.degrees[one]:.1f}°"] * ARC_STEPS
        return [
            layer("line", "contour", x=x, y=y, width=5.5, alpha=0.7, tips=tips),
            layer("line", ARC_ROLE, x=x, y=y, width=3, tips=tips),
        ]
