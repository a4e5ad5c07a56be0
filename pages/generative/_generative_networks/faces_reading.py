"""What the classifier reads in faces, in words and as tables."""

from __future__ import annotations

from typing import Any

from engine.datasets.avatars import FREQUENCIES
from engine.generative import models

WORDS = {"none": "none", "yes": "yes", "no": "no"}


def read(pictures: Any) -> dict[str, Any]:
    """Return attribute → probabilities (N, values) of pictures (N, 3, 64, 64)."""
    return models.avatar_reader("cpu").probabilities(pictures)


def in_words(answers: dict[str, Any], k: int = 0) -> dict[str, tuple[str, float]]:
    """Return attribute → its likeliest value and how likely, of picture k."""
    found = {}
    for name, values in FREQUENCIES.items():
        row = answers[name][k]
        best = int(row.argmax())
        found[name] = (list(values)[best], float(row[best]))
    return found


def tiles_of(answers: dict[str, Any], k: int = 0, before: dict[str, Any] | None = None) -> list[dict[str, str]]:
    """Return the tiles for `live` of one picture; with `before` those that changed are marked."""
    tiles = []
    was = in_words(before) if before is not None else {}
    for name, (value, sure) in in_words(answers, k).items():
        changed = was and was[name][0] != value
        tiles.append(
            {
                "label": name.replace("_", " ") + (" ●" if changed else ""),
                "text": value,
                "help": f"{100 * sure:.1f} % sure" + (f"; it was {was[name][0]}" if changed else ""),
            }
        )
    return tiles


def title_of(answers: dict[str, Any], k: int) -> str:
    """Name a face by what is read in it."""
    words = in_words(answers, k)
    worn = [words[name][0] for name in ("glasses", "hat", "beard") if words[name][0] != "none"]
    parts = [words["hair"][0], words["hair_colour"][0], *worn, *(["smiling"] if words["smiling"][0] == "yes" else [])]
    return f"Face {k + 1}: {', '.join(parts)}"


def shares(answers: dict[str, Any]) -> dict[str, list]:
    """Return a table: each attribute's value, its share among the faces and in the world they imitate."""
    table: dict[str, list] = {"attribute": [], "value": [], "these faces %": [], "the world %": []}
    for name, values in FREQUENCIES.items():
        found = answers[name].mean(0)
        for k, (value, share) in enumerate(values.items()):
            row = (name.replace("_", " "), value, round(100 * float(found[k]), 1), round(100 * share, 1))
            for column, cell in zip(table.values(), row, strict=True):
                column.append(cell)
    return table
