"""Boxes as plain text: a line per box, with its class, its score if it is a detection, and four numbers in pixels.

Reference: R. Padilla et al., "A Survey on Performance Metrics for Object-Detection Algorithms", IWSSIP 2020.
"""

from __future__ import annotations

from engine.datasets import annotation_limits as limits
from engine.datasets.annotation_limits import RawBox, corners, number
from engine.errors import InvalidInput, ResourceLimit, constraint
from engine.io.csv_text import NUMBER


def read(data: bytes, key: str, name: str, form: str, has_scores: bool) -> list[RawBox]:
    """Read one image's file; it may be empty, and a class's name may have spaces in it.

    Args:
        data: its content.
        key: the image's key for the boxes.
        name: the file's name, for messages.
        form: "xywh" or "xyxy".
        has_scores: whether a score stands before the four numbers.

    Raises:
        InvalidInput: not text, or a line that is no box.
        ResourceLimit: more lines than `MAX_BOXES_PER_IMAGE`.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(constraint("The file", "text in UTF-8", name, "Save it again as UTF-8.")) from error
    lines = [(place, line.split()) for place, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > limits.MAX_BOXES_PER_IMAGE:
        bound = f"at most {limits.MAX_BOXES_PER_IMAGE:,} boxes"
        raise ResourceLimit(constraint(f"The file {name}", bound, len(lines), "Put each image in a file of its own."))
    return [_box(words, key, f"Line {place} of {name}", form, has_scores) for place, words in lines]


def _box(words: list[str], key: str, where: str, form: str, has_scores: bool) -> RawBox:
    n_numbers = 4 + has_scores
    if len(words) <= n_numbers:
        must_be = "a class, a score and four numbers" if has_scores else "a class and four numbers"
        raise InvalidInput(constraint(where, must_be, f"{len(words)} words", "Separate them by spaces."))
    category, score = " ".join(words[:-n_numbers]), words[-n_numbers] if has_scores else "1"
    if len(words) > n_numbers + 1 and NUMBER.fullmatch(words[-n_numbers - 1]):
        advice = "These may be detections." if not has_scores else "Leave the other numbers out."
        raise InvalidInput(constraint(where, f"a class and {n_numbers} numbers", f"{n_numbers + 1} or more", advice))
    return RawBox(
        image=key,
        category=category,
        corners=corners(words[-4:], where, form),
        score=number(score, f"The score in {where}", -limits.MAX_SCORE, limits.MAX_SCORE),
    )
