"""Train a VAE on faces of the avatars world.

`python -m engine.recipes.train_vae_avatars --pool POOL --out FILE.safetensors --folder CHECKPOINTS`

At the end reconstruction and KL are measured on held-out faces, in nats.
"""

from __future__ import annotations

from functools import partial

import torch

from engine.generative.precision import fast_precision
from engine.generative.shapes import vae_avatars
from engine.generative.vae import Elbo, Vae, bound, losses
from engine.recipes.avatar_pool import HELD_OUT_SEED, load
from engine.recipes.reader_training import read_command_line
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud
from engine.runtime.seeds import generator

DEFAULT = Training(steps=10_000, batch_size=32, learning_rate=2e-3, weight_decay=0.0, averaging=0.999)
N_HELD_OUT = 2000
ELBO = Elbo()


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train a VAE on faces of the avatars world.", DEFAULT, N_HELD_OUT, pool=True)
    faces = load(chosen.pool, chosen.n_pictures).images
    held_out = load(chosen.pool, chosen.n_held_out, HELD_OUT_SEED).images.float() / 255
    model = new_model(vae_avatars, chosen.training.seed).to(memory_format=torch.channels_last).train()
    trained = train_aloud(model, partial(_loss_of, faces, chosen.training.batch_size), chosen.training, chosen.folder)
    save_aloud(trained, chosen.out)
    reconstruction, kl = bound(trained, held_out, generator(0), ELBO.spread)
    print(f"on {len(held_out)} held-out faces, in nats: reconstruction {reconstruction.mean():.1f}, ", end="")
    print(f"KL {kl.mean():.1f}", flush=True)


def _loss_of(faces: torch.Tensor, n: int, model: Vae, chance: torch.Generator) -> Terms:
    images = faces[torch.randint(len(faces), (n,), generator=chance)].float() / 255
    noise = torch.randn(n, model.latent, generator=chance)
    with fast_precision("cpu"):
        means, encoded = model(images, noise)
    reconstruction, kl = losses(images, means.float(), type(encoded)(*(part.float() for part in encoded)), ELBO)
    return {"reconstruction": reconstruction, "KL": ELBO.beta * kl}


if __name__ == "__main__":
    main()
