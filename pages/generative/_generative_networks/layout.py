"""The parts of the page, and what of each stands in the link."""

from __future__ import annotations

from engine.generative.duel_settings import Game
from engine.generative.optimal_discriminator import TwoDensities
from pages._ui import controls
from pages._ui.parts import Part, Parts, lay_out
from pages.generative._generative_networks import (
    best_judge,
    faces_part,
    glyphs_part,
    judge_part,
    measures_part,
    plane_runs,
    train_here,
    two_dimensions,
)
from pages.generative._generative_networks.train_settings import Learning
from pages.generative._generative_networks.view import View

PARTS = {
    "plane": Part(two_dimensions.plane_part, (Game,)),
    "best": Part(best_judge.best_part, (TwoDensities,)),
    "faces": faces_part.FACES,
    "digits": Part(glyphs_part.glyphs_part, (glyphs_part.Digits,)),
    "judge": Part(judge_part.judge_part, (judge_part.Judging,)),
    "measures": Part(measures_part.measures_part, (measures_part.Measures, measures_part.Comparing)),
    "train": Part(train_here.train_part, (Learning,)),
}


def draw() -> None:
    """Draw the page below its title."""
    two_dimensions.presets()
    best_judge.presets()
    faces_part.presets()
    glyphs_part.presets()
    judge_part.presets()
    measures_part.presets()
    train_here.presets()
    lay_out(Parts(View, "gan_part", PARTS))
    if controls.values(View).gan_part != "plane":
        plane_runs.leave_link()
