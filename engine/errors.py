"""The errors that a visitor may be shown, each as one sentence.

EngineError
├── InvalidInput (ValueError)
│   └── ShapeError
├── WeightsError
│   ├── DownloadError
│   ├── ChecksumError
│   └── IncompatibleWeights
└── ResourceLimit

Pages catch `EngineError` and show its text. Any other exception is a bug and is left to surface.
"""

from __future__ import annotations


class EngineError(Exception):
    """Base of every error whose text is meant for the visitor."""


class InvalidInput(EngineError, ValueError):
    """A value, file or setting that cannot be used as it is."""


class ShapeError(InvalidInput):
    """A tensor whose shape does not fit."""


class WeightsError(EngineError):
    """A model's weights cannot be had."""


class DownloadError(WeightsError):
    """The file could not be fetched or written in full."""


class ChecksumError(WeightsError):
    """The file is not the one that was declared."""


class IncompatibleWeights(WeightsError):
    """The file's tensors do not fit the model."""


class ResourceLimit(EngineError):
    """Too long, too large, or too many at once."""


def constraint(name: str, must_be: str, got: object, advice: str = "") -> str:
    """Write a message in the project's one form: "{name} must be {constraint}; got {value!r}. {what to do}".

    A long value is cut to 80 characters, so that what a visitor uploads cannot flood the page.
    """
    shown = repr(got)
    if len(shown) > 80:
        shown = shown[:77] + "…"
    return f"{name} must be {must_be}; got {shown}. {advice}".rstrip()
