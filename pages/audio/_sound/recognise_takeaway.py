"""Take it away: the answers as a table, both networks, and the script that gives the same answers again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from safetensors.numpy import save

from engine.io.tables import write_csv
from engine.sound_recognition.models import both
from engine.weights import path_of
from pages._ui.exports import Export, take_away
from pages._ui.scripts import script, weight_files

if TYPE_CHECKING:
    from engine.sound_recognition.examine import Look, Mute
    from engine.sound_recognition.recogniser import Recognition
    from pages.audio._sound.sources import Sound

MOST_SAMPLES = 16_000_000  # of the script's sound


def draw(
    sound: Sound, task: str, found: Recognition | None, looks: list[Look], moment_s: float, mute: Mute | None
) -> None:
    """Offer what is shown."""
    exports = [
        Export("Answers", "recognised.csv", lambda: answers_csv(looks), "Both networks' probabilities of this window.")
    ]
    if found is not None and len(found.times_s) > 1:
        exports.append(
            Export(
                "Over time", "recognised_over_time.csv", lambda: over_time_csv(task, found), "A row for each window."
            )
        )
    for row in both(task):
        name = f"{row.key.lower()}.safetensors"
        exports.append(Export(row.title, name, path_of(row.weights).read_bytes, f"The trained {row.title}."))
    if sound.waveform.numel() <= MOST_SAMPLES:
        exports.append(script("recognise_sound", lambda: _of_script(sound, task, looks, moment_s, mute)))
    take_away(exports)


def answers_csv(looks: list[Look]) -> bytes:
    """Write a row for each class, a column for each network."""
    columns = {one.title: [float(p) for p in one.probabilities] for one in looks}
    return write_csv({"class": list(looks[0].labels), **columns})


def over_time_csv(task: str, found: Recognition) -> bytes:
    """Write a row for each window that both have heard, a column for each network and class."""
    n = min(len(rows) for rows in found.probabilities.values())
    columns = {"time s": [round(float(t), 4) for t in found.times_s[:n]]}
    for row in both(task):
        labels = row.make(None).labels
        for k, label in enumerate(labels):
            columns[f"{row.title} {label}"] = [round(float(p), 5) for p in found.probabilities[row.key][:n, k]]
    return write_csv(columns)


def _of_script(
    sound: Sound, task: str, looks: list[Look], moment_s: float, mute: Mute | None
) -> tuple[dict, dict[str, bytes]]:
    rows = both(task)
    settings = {
        "task": task,
        "labels": list(looks[0].labels),
        "sample_rate": sound.sample_rate,
        "moment_s": moment_s,
        "mute": asdict(mute) if mute else None,
        "networks": {row.key: row.title for row in rows},
    }
    waveform = save({"waveform": sound.waveform.contiguous().numpy()})
    return settings, {"sound.safetensors": waveform, **weight_files(*(row.weights for row in rows))}
