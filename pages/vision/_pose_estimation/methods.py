"""The part "Four methods": how each finds the joints, step by step, on the visitor's picture."""

from __future__ import annotations

from collections.abc import Callable

from pages._ui.sources import ask
from pages.vision._pose_estimation.pictures import SOURCES


def methods_part(chapter: Callable, left, right) -> None:
    """Draw the choice of picture at the left, and the open method, which is given the picture."""
    source, picture = SOURCES.choose(left, right)
    if picture is None:
        with right:
            ask(source)
    else:
        chapter(picture, left, right)
