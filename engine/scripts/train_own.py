"""Train as on the page again, and print where it ends: `python train_own.py`.

settings.json holds the stretches of the training, each with its settings and the step where it was left;
pictures.safetensors, where there is one, the pictures that it learns from. It writes samples.png and model.safetensors.
On another kind of processor sums may be rounded otherwise, and a game of two amplifies that.
"""

import json
from pathlib import Path

import safetensors.torch

from engine.generative.sheets import sheet_png
from engine.generative.training import Learned, OwnTraining, model_file, train

NO_LIMIT = 120  # minutes


def main() -> None:
    """Print the losses now and then; the last line is that of the page."""
    told = json.loads(Path("settings.json").read_text(encoding="utf-8"))
    own = Path("pictures.safetensors")
    pictures = safetensors.torch.load_file(own)["pictures"] if own.exists() else None
    checkpoint = None
    for stretch in told["stretches"]:
        settings = OwnTraining(**{**stretch["settings"], "minutes": NO_LIMIT})
        for one in train(settings, pictures, checkpoint):
            if not isinstance(one, Learned):
                continue
            if one.samples is not None:
                last, samples = one, one.samples
                print(f"step {one.step}  " + "  ".join(f"{name} {term:.5g}" for name, term in one.terms.items()))
            if one.step >= stretch["until"]:
                break
        checkpoint = one.checkpoint
    if one is not last:
        print(f"step {one.step}  " + "  ".join(f"{name} {term:.5g}" for name, term in one.terms.items()))
    Path("samples.png").write_bytes(sheet_png(samples))
    if checkpoint.state is not None:
        Path("model.safetensors").write_bytes(model_file(checkpoint, settings))


if __name__ == "__main__":
    main()
