"""Take it away: the generator, its samples, the film of how it learned, the numbers, and the script."""

from __future__ import annotations

from dataclasses import asdict

from engine.generative.sheets import sheet_film, sheet_png
from engine.generative.training import model_file
from engine.generative.training_pictures import pictures_file
from engine.io.tables import write_csv
from pages._ui.exports import Export, take_away
from pages._ui.scripts import script
from pages.generative._generative_networks.train_runs import Run
from pages.generative._generative_networks.train_scene import terms_of

FILM_FRAMES = 200


def take_away_part(run: Run, step: int | None) -> None:
    """Offer what the training came to; the samples are those where the playhead rests."""
    here, last = run.at(step), run.snapshots[-1]
    exports = [
        Export("Samples", "samples.png", lambda: sheet_png(here.samples), f"What the z gave at step {here.step}."),
        Export("Film", "training.mp4", lambda: film(run), "The same z, from the first step to the last."),
        Export("Numbers", "training.csv", lambda: numbers_csv(run), "Losses and D's right answers."),
        script("train_own", lambda: script_files(run)),
    ]
    if last.checkpoint.state is not None:
        at = f"The running mean of its weights at step {last.checkpoint.step}."
        name = "Model" if run.settings.network == "vae" else "Generator"
        file = "vae" if run.settings.network == "vae" else "own_generator"
        exports.insert(0, Export(name, f"{file}.safetensors", lambda: model_file(last.checkpoint, run.settings), at))
    take_away(exports)


def film(run: Run) -> bytes:
    """Return the sheets along the time line as an MP4."""
    kept = run.painted
    every = -(-len(kept) // FILM_FRAMES)
    return sheet_film([one.samples for one in kept[::-1][::every][::-1]])


def numbers_csv(run: Run) -> bytes:
    """Write the terms of every snapshot."""
    kept = [one for one in run.snapshots if one.terms]
    return write_csv({"step": [one.step for one in kept]} | {n: [one.terms[n] for one in kept] for n in terms_of(run)})


def script_files(run: Run) -> tuple[dict, dict[str, bytes]]:
    """Return the stretches of the training with the step where each was left, and the visitor's pictures."""
    stretches = [*run.started.stretches, (run.settings, run.snapshots[-1].step)]
    told = {"stretches": [{"settings": asdict(settings), "until": step} for settings, step in stretches]}
    own = run.started.own
    return told, {} if own is None else {"pictures.safetensors": pictures_file(own.images)}
