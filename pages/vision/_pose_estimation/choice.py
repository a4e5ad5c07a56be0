"""Which model finds the joints: the visitor's choice, or the best at hand."""

from __future__ import annotations

from engine.pose import models
from engine.runtime import choose_device
from pages._ui import controls, model_choice
from pages._ui.model_choice import Chosen
from pages.vision._pose_estimation.watch_settings import AUTO, Watch


def chosen(is_drawn: bool) -> Chosen:
    """Return the model to use now, fetching what was chosen where that takes no asking.

    Args:
        is_drawn: the picture is one of our own, which the model in the box was trained on.

    Raises:
        EngineError: even the model in the box cannot be loaded.
    """
    asked = controls.values(Watch).pose_model
    if asked == AUTO:
        asked = models.IN_THE_BOX if is_drawn else models.best_at_hand(choose_device())
        if asked == models.IN_THE_BOX and not is_drawn:
            asked = models.ON_A_CPU  # small enough to be fetched while the visitor looks at something else
    return model_choice.chosen(models.MODELS, asked, models.IN_THE_BOX)
