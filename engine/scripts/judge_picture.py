"""Let the discriminator judge picture.png, drawn faces and generated ones: `python judge_picture.py` prints scores."""

import json
from pathlib import Path

import torch

from engine.datasets.avatars import make_avatars
from engine.generative import declarations  # noqa: F401  the networks of this folder
from engine.generative.judging import HELD_OUT, auc, probability, scores
from engine.generative.latent_views import face_latents
from engine.generative.models import DCGAN, discriminator, painter
from engine.io.images import decode_image


def main() -> None:
    """Read settings.json and picture.png, judge, print."""
    torch.set_num_threads(1)
    said = json.loads(Path("settings.json").read_text(encoding="utf-8"))
    judge, network = discriminator(DCGAN, "cpu"), painter(DCGAN, "cpu")
    drawn = scores(judge, make_avatars(said["n"], HELD_OUT, said["seed"] * said["n"])[0])
    made = scores(judge, network.paint(face_latents(said["seed"], said["n"], network.latent)))
    print(f"drawn: mean score {float(drawn.mean()):.3f}")
    print(f"generated: mean score {float(made.mean()):.3f}")
    print(f"a drawn one is scored above a generated one: {100 * auc(drawn, made):.1f} %")
    if Path("picture.png").exists():
        score = float(scores(judge, decode_image(Path("picture.png").read_bytes(), "picture.png")[None])[0])
        print(f"picture: score {score:.3f}, D = {probability(score):.4f}")


if __name__ == "__main__":
    main()
