"""Whole numbers that the owner of a server sets in environment variables."""

from __future__ import annotations

import os

from engine.errors import InvalidInput, constraint


def positive_integer(name: str) -> int | None:
    """Return the value of an environment variable, or None where it is unset or empty.

    Raises:
        InvalidInput: it is not a whole number of at least 1.
    """
    text = os.environ.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise InvalidInput(constraint(name, "a whole number of at least 1", text, "Correct it, or unset it."))
    return int(text)
