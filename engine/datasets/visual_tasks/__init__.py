"""The visual tasks world: pictures with the answers to questions of colour, material, pattern, shape and letter.

For training a small network whose features know texture and content. Most need only `make_sources` (once, then saved)
and `draw`. A question that a picture does not answer has NO_ANSWER.
"""

from engine.datasets.visual_tasks.examples import draw
from engine.datasets.visual_tasks.sources import Sources, draw_styles, joined, load_sources, make_sources
from engine.datasets.visual_tasks.tasks import NO_ANSWER, TASKS

__all__ = ["NO_ANSWER", "TASKS", "Sources", "draw", "draw_styles", "joined", "load_sources", "make_sources"]
