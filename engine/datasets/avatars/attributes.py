"""What can be chosen of a cartoon face, and how often each choice is made.

Every attribute is drawn independently of all others, with the frequencies written here. `smile` is a grade: uniform in
[0, 1], and "smiling" means more than ½. What is left (`SHAPE`) makes no two faces alike: width and tilt of the head and
where it looks, each uniform in its range.

Conventions: attributes are named by their values, not by numbers; the order of the values is that of the class labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.datasets.chance import Chance
from engine.errors import InvalidInput, constraint

FREQUENCIES: Mapping[str, Mapping[str, float]] = {
    "hair": {"short": 0.18, "spiky": 0.16, "curly": 0.16, "bob": 0.16, "long": 0.18, "buns": 0.16},
    "hair_colour": {"black": 0.24, "brown": 0.24, "blond": 0.2, "red": 0.2, "blue": 0.12},
    "skin": {"porcelain": 0.2, "peach": 0.2, "honey": 0.2, "bronze": 0.2, "cocoa": 0.2},
    "glasses": {"none": 0.6, "round": 0.2, "square": 0.2},
    "hat": {"none": 0.7, "beret": 0.15, "party": 0.15},
    "beard": {"none": 0.68, "moustache": 0.14, "full": 0.18},
    "smiling": {"no": 0.5, "yes": 0.5},
    "eyes": {"open": 0.85, "closed": 0.15},
    "eye_colour": {"brown": 0.4, "blue": 0.3, "green": 0.3},
    "age": {"young": 0.7, "old": 0.3},
    "freckles": {"no": 0.75, "yes": 0.25},
    "earrings": {"no": 0.7, "yes": 0.3},
    "background": {"sky": 0.2, "mint": 0.2, "sand": 0.2, "rose": 0.2, "lilac": 0.2},
}
ATTRIBUTES = tuple(FREQUENCIES)
SHAPE = {"width": (0.94, 1.06), "tilt_deg": (-5.0, 5.0), "gaze": (-1.0, 1.0)}


@dataclass(frozen=True)
class Avatar:
    """One face: a value of each attribute, a grade of smile and the shape of the head.

    Raises:
        InvalidInput: a value that its attribute does not have, or a number out of its range.
    """

    hair: str = "short"
    hair_colour: str = "brown"
    skin: str = "peach"
    glasses: str = "none"
    hat: str = "none"
    beard: str = "none"
    smile: float = 0.7
    eyes: str = "open"
    eye_colour: str = "brown"
    age: str = "young"
    freckles: str = "no"
    earrings: str = "no"
    background: str = "sky"
    width: float = 1.0
    tilt_deg: float = 0.0
    gaze: float = 0.0

    def __post_init__(self) -> None:
        for name, values in FREQUENCIES.items():
            if name != "smiling" and getattr(self, name) not in values:
                raise InvalidInput(constraint(name, f"one of {', '.join(values)}", getattr(self, name)))
        for name, (low, high) in {"smile": (0.0, 1.0), **SHAPE}.items():
            if not low <= getattr(self, name) <= high:
                raise InvalidInput(constraint(name, f"from {low:g} to {high:g}", getattr(self, name)))

    @property
    def smiling(self) -> str:
        """ "yes" where the smile is more than ½."""
        return "yes" if self.smile > 0.5 else "no"

    def label(self, attribute: str) -> int:
        """Return which of its attribute's values it has, counted from 0."""
        return list(FREQUENCIES[attribute]).index(getattr(self, attribute))


def random_avatar(generator: torch.Generator) -> Avatar:
    """Return a face whose attributes are drawn independently with `FREQUENCIES`."""
    chance = Chance(generator)
    return _random(chance)


def random_avatars(n: int, generator: torch.Generator) -> list[Avatar]:
    """Return n faces, drawn one after another from one generator."""
    chance = Chance(generator)
    return [_random(chance) for _ in range(n)]


def labels_of(avatars: list[Avatar]) -> Tensor:
    """Return which value each has of each attribute, (N, 13) int64, columns as `ATTRIBUTES`."""
    return torch.tensor([[avatar.label(name) for name in ATTRIBUTES] for avatar in avatars]).view(-1, len(ATTRIBUTES))


def _random(chance: Chance) -> Avatar:
    chosen = {name: chance.weighted(dict(values)) for name, values in FREQUENCIES.items() if name != "smiling"}
    shape = {name: chance.between(low, high) for name, (low, high) in SHAPE.items()}
    return Avatar(smile=chance.unit(), **chosen, **shape)
