"""The parts of the page, and what of each stands in the link."""

from __future__ import annotations

from engine.generative.duel_settings import Game
from engine.generative.optimal_discriminator import TwoDensities
from pages._ui import controls
from pages._ui.parts import Part, Parts, lay_out
from pages.generative._generative_networks import best_judge, plane_runs, train_here, two_dimensions
from pages.generative._generative_networks.train_settings import Learning
from pages.generative._generative_networks.view import View

PARTS = {
    "plane": Part(two_dimensions.plane_part, (Game,)),
    "best": Part(best_judge.best_part, (TwoDensities,)),
}
PARTS |= {"train": Part(train_here.train_part, (Learning,))}


def draw() -> None:
    """Draw the page below its title."""
    two_dimensions.presets()
    best_judge.presets()
    train_here.presets()
    lay_out(Parts(View, "gan_part", PARTS))
    if controls.values(View).gan_part != "plane":
        plane_runs.leave_link()
