"""How large a drawn picture may be, and how many of anything: what every world of ours checks first."""

from __future__ import annotations

from engine.errors import InvalidInput, constraint

MIN_PX, MAX_PX = 32, 2048
MAX_ASPECT = 4
MAX_FRAMES = 3000


def checked_size(size: int | tuple[int, int]) -> tuple[int, int]:
    """Return (height, width) of a number of pixels of both sides, or of such a pair.

    Raises:
        InvalidInput: too small, too large, or too long for its width.
    """
    height, width = size if isinstance(size, tuple) else (size, size)
    check_whole("height", height, MIN_PX, MAX_PX)
    check_whole("width", width, MIN_PX, MAX_PX)
    if max(height, width) > MAX_ASPECT * min(height, width):
        raise InvalidInput(constraint("size", f"at most {MAX_ASPECT} times as long as wide", size))
    return height, width


def check_whole(name: str, value: int, low: int, high: int) -> None:
    """Refuse what is not a whole number from `low` to `high`, with InvalidInput."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InvalidInput(constraint(name, f"a whole number from {low} to {high}", value))
