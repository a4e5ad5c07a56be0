"""Which model finds the joints and who finds the people: the visitor's choice, or the best at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.pose import models
from engine.runtime import choose_device
from pages._ui import controls
from pages._ui.fetching import fetched
from pages.vision._pose_estimation.watch_settings import AUTO, Watch

if TYPE_CHECKING:
    from engine.pose.estimator import Estimator


@dataclass(frozen=True)
class Chosen:
    """The model in use.

    Attributes:
        key: in `models.MODELS`; "" where none can be had.
        estimator: ready to use; None where none can be had.
        note: why it is this one, where it is not the one asked for.
    """

    key: str
    estimator: Estimator | None
    note: str = ""


def chosen(is_drawn: bool) -> Chosen:
    """Return the model to use now, fetching what was chosen where that takes no asking.

    Args:
        is_drawn: the picture is one of our own, which the models in the box were trained on.

    Raises:
        EngineError: even the model in the box cannot be loaded.
    """
    asked = controls.values(Watch).pose_model
    if asked == AUTO:
        asked = models.IN_THE_BOX if is_drawn else models.best_at_hand(choose_device())
        if asked in (None, models.IN_THE_BOX) and not (is_drawn and asked):
            asked = models.ON_A_CPU  # small enough to be fetched while the visitor looks at something else
    if not models.is_here(asked):
        why = fetched(models.get(asked).weights, models.get(asked).title)
        return _instead(asked, why) if why else Chosen(asked, models.get(asked).make(None))
    try:
        return Chosen(asked, models.get(asked).make(None))
    except EngineError as error:  # a damaged file
        return _instead(asked, str(error))


def _instead(asked: str, why: str) -> Chosen:
    said = f"{models.get(asked).title} is not here. {why}"
    if models.IN_THE_BOX is None:
        return Chosen("", None, said)
    box = models.MODELS[models.IN_THE_BOX]
    return Chosen(box.key, box.make(None), f"{said} Until then: {box.title}.")
