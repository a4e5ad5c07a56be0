"""What the part "Digits" is asked for, and where to start; the field names are parameters of the link."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings import check, flag, integer, real
from pages._ui.presets import Preset

ASKED, ASKED_AT_FIRST = "asked_digits", "0123456789"
MOST_DIGITS = 16
CELL = 34  # pixels of the sheet for a digit of 32


@dataclass(frozen=True)
class Digits:
    """How often the number is written, and from which z."""

    n_rows: int = integer(6, 1, 12, label="rows")
    same_z: bool = flag(True, label="One z for a whole row", help="All digits of a row are then in one hand.")
    digit_truncation: float = real(4.0, 0.1, 4.0, step=0.1, label="truncation t", help="z is cut at ± t.")
    digit_seed: int = integer(0, 0, 9999, label="seed")

    def __post_init__(self) -> None:
        check(self)


PRESETS = (
    Preset(
        "All ten",
        "Each row has one z, each column one class. What do the digits of a row have in common?",
        {},
        {ASKED: ASKED_AT_FIRST},
    ),
    Preset(
        "A nine, please",
        "Seventy-two nines. How many ways to write it did the network learn?",
        {"n_rows": 12},
        {ASKED: "999999"},
    ),
    Preset(
        "A phone number",
        "Every digit with a z of its own. Which of them would the classifier not read as it was meant?",
        {"same_z": False},
        {ASKED: "5550174238"},
    ),
    Preset(
        "The safe hand",
        "With t = 0.3 all rows are alike. What does the average hand look like?",
        {"digit_truncation": 0.3},
        {ASKED: ASKED_AT_FIRST},
    ),
)
