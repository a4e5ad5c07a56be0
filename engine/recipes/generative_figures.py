"""The figures of the generative networks' cards: `python -m engine.recipes.generative_figures --weights FOLDER`.

Prints what is known of every network whose file is in the folder; both classifiers must be there. Real faces are drawn
anew from seeds of which nothing was learned.

    DCGAN, VAE        Fréchet distance to 5000 real faces, against that of 5000 other real ones, on the classifier's
                      features and on its last maps; precision, recall, density, coverage on the features; the
                      largest difference between an attribute's frequency and the world's; what each slider does to
                      its attribute and to the others
    conditional GAN   share of digits read as the one asked for
    VAE               reconstruction and KL on held-out faces, in nats
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from engine.datasets.avatars import FREQUENCIES, draw_bytes, labels_of, some_avatars
from engine.datasets.glyphs import make_glyphs
from engine.generative.attributes import SLIDERS, Probing, effect, find_directions
from engine.generative.declarations import BUILDS
from engine.generative.painter import Painter, of_generator, of_vae
from engine.generative.readers import LAYERS, AvatarReader, GlyphReader, features_of, right_answers
from engine.generative.sampling import MAX_PICTURES, Sampling, latents
from engine.generative.vae import Vae, bound
from engine.metrics.generative import frechet_distance, manifolds
from engine.runtime.seeds import generator

REAL_SEEDS = (20_000, 30_000)
N_DENSITY = 2000


def load(folder: Path, name: str) -> nn.Module | None:
    """Return a trained network, or None where the folder has no such file."""
    path = folder / f"{name}.safetensors"
    if not path.exists():
        return None
    model = BUILDS[name]()
    model.load_state_dict(load_file(path))
    return model.eval().requires_grad_(False)


def samples(painter: Painter, n: int, labels: Tensor | None = None) -> Tensor:
    """Return n pictures (n, …) of z without truncation."""
    parts = []
    for seed, first in enumerate(range(0, n, MAX_PICTURES)):
        count = min(MAX_PICTURES, n - first)
        chosen = None if labels is None else labels[first : first + count]
        parts.append(painter.paint(latents(Sampling(n=count, seed=seed), painter.latent), chosen))
    return torch.cat(parts)


def frequencies(reader: AvatarReader, images: Tensor) -> dict[str, dict[str, float]]:
    """Return attribute → value → share of the pictures that the classifier gives it to."""
    answers = reader.probabilities(images)
    found = {}
    for name, values in FREQUENCIES.items():
        shares = answers[name].argmax(1).bincount(minlength=len(values)).double() / len(images)
        found[name] = dict(zip(values, shares.tolist(), strict=True))
    return found


def largest_difference(found: Mapping[str, Mapping[str, float]]) -> tuple[float, str]:
    """Return how far the frequency furthest from the world's is from it, and which it is."""
    apart = {
        f"{name}: {value}": abs(found[name][value] - wanted)
        for name, values in FREQUENCIES.items()
        for value, wanted in values.items()
    }
    worst = max(apart, key=apart.get)
    return apart[worst], worst


def say_of_faces(painter: Painter, reader: AvatarReader, real: list[Tensor], n: int) -> None:
    """Print distances, frequencies and sliders of what paints avatars."""
    images = samples(painter, n)
    print(painter.name)
    for layer in LAYERS:
        first, second, made = (features_of(reader, one, layer) for one in (*real, images))
        between, to_made = frechet_distance(first, second), frechet_distance(first, made)
        ratio = f"{to_made:.3f} = {to_made / between:.2f} times {between:.3f} between two real samples of {n}"
        print(f"  Fréchet distance on the {layer}: {ratio}", flush=True)
    first, second, made = (features_of(reader, one[:N_DENSITY]) for one in (*real, images))
    for kind, one in (("made", made), ("real", second)):
        found = manifolds(first, one)
        print(f"  {kind}: " + "  ".join(f"{name} {value:.3f}" for name, value in vars(found).items()))
    shares = frequencies(reader, images)
    apart, worst = largest_difference(shares)
    print(f"  frequencies: at most {100 * apart:.1f} points from the world's ({worst})")
    for name, values in shares.items():
        print(f"    {name}: " + "  ".join(f"{value} {share:.3f}" for value, share in values.items()))
    for apart in (False, True):
        directions = find_directions(painter, reader, Probing(apart=apart))
        print("  sliders, apart from the others:" if apart else "  sliders:")
        for slider, vector in zip(SLIDERS, directions.vectors, strict=True):
            done = effect(painter, reader, slider, vector)
            print(f"    {slider.name}: own {done.own:.3f}  others {done.leak:.3f}  {done.disentanglement:.3f}")


def say_of_digits(painter: Painter, reader: GlyphReader, n: int) -> None:
    """Print how many digits are read as the one asked for."""
    asked = torch.arange(n) % 10
    read = reader.probabilities(samples(painter, n, asked)).argmax(1)
    each = [float((read[asked == digit] == digit).double().mean()) for digit in range(10)]
    print(f"{painter.name}: {float((read == asked).double().mean()):.4f} of {n} digits are read as asked for")
    print("  " + "  ".join(f"{digit} {share:.3f}" for digit, share in enumerate(each)))


def say_of_vae(vae: Vae, n: int) -> None:
    """Print reconstruction and KL on held-out faces."""
    images = draw_bytes(some_avatars(n, REAL_SEEDS[1])).float() / 255
    batches = images.split(250)
    parts = [bound(vae, part, generator(i)) for i, part in enumerate(batches)]
    reconstruction, kl = (torch.cat(values).mean() for values in zip(*parts, strict=True))
    error = torch.cat([(vae.decode(vae.encode(part).mean) - part).square().flatten(1).mean(1) for part in batches])
    print(f"VAE on {n} held-out faces: reconstruction {reconstruction:.1f} nats, KL {kl:.1f} nats, ", end="")
    print(f"root mean square error {float(error.mean().sqrt()):.4f}")


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description="The figures of the generative networks' cards.")
    parser.add_argument("--weights", type=Path, required=True, help="the folder of the safetensors files")
    parser.add_argument("--faces", type=int, default=5000)
    parser.add_argument("--digits", type=int, default=2000)
    chosen = parser.parse_args()
    faces, digits = (load(chosen.weights, name) for name in ("AVATAR_READER_V1", "GLYPH_READER_V1"))
    if digits is not None:
        images, labels = make_glyphs(chosen.digits, REAL_SEEDS[0])
        right = (digits.probabilities(images).argmax(1) == labels).double().mean()
        print(f"GLYPH_READER_V1: {right:.4f} of {chosen.digits} real digits are read right")
    if digits is not None and (pair := load(chosen.weights, "CONDITIONAL_GAN_GLYPHS_V1")) is not None:
        say_of_digits(of_generator(pair.generator, "CONDITIONAL_GAN_GLYPHS_V1"), digits, chosen.digits)
    if faces is not None:
        _say_of_avatars(chosen.weights, faces, chosen.faces)


def _say_of_avatars(folder: Path, reader: AvatarReader, n: int) -> None:
    real = []
    for seed in REAL_SEEDS:
        avatars = some_avatars(n, seed)
        real.append(draw_bytes(avatars))
    right = right_answers(reader.probabilities(real[-1].float() / 255), labels_of(avatars))
    print(f"AVATAR_READER_V1: mean accuracy {sum(right.values()) / len(right):.4f} on {n} real faces")
    print("  " + "  ".join(f"{name} {value:.4f}" for name, value in right.items()), flush=True)
    if (pair := load(folder, "DCGAN_AVATARS_V1")) is not None:
        say_of_faces(of_generator(pair.generator, "DCGAN_AVATARS_V1"), reader, real, n)
    if (vae := load(folder, "VAE_AVATARS_V1")) is not None:
        say_of_faces(of_vae(vae, "VAE_AVATARS_V1"), reader, real, n)
        say_of_vae(vae, n)


if __name__ == "__main__":
    main()
