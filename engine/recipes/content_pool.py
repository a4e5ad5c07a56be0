"""What the recipes of style transfer learn on: crops of pictures of everything, and the features of TextureVGG.

The pictures are photographs that come with libraries, drawn scenes, figures and style pictures; crops are cut at any
place and scale.

Conventions: pictures are kept as uint8 (3, H, W), crops are float (B, 3, S, S) in [0, 1].
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.datasets.content_pictures import PHOTOGRAPHS, load_content
from engine.datasets.figures import make_figure
from engine.datasets.scenes import make_scene
from engine.datasets.style_pictures import draw_random
from engine.recipes.training import command_line, write
from engine.runtime.seeds import child_seed, generator
from engine.style_transfer.sizes import fit
from engine.style_transfer.texture_vgg import TextureVGG

DRAWN_PX = 256
N_DRAWN = {"scenes": 60, "figures": 30, "styles": 40}
PHOTOGRAPH_SHARE = 0.6
SMALLEST_CROP_PX = 96  # of the picture, before it is enlarged


class ContentPool:
    """Photographs and drawn pictures, uint8, to cut crops from.

    Args:
        seed: of what is drawn.
        folder: where the drawn ones are kept, or None.
        share: of the numbers drawn; less than 1 for a trial.
    """

    def __init__(self, seed: int, folder: Path | None = None, share: float = 1.0) -> None:
        self.photographs = [_bytes(load_content(name)) for name in PHOTOGRAPHS]
        path = folder / f"content_{share:g}.pt" if folder else None
        if path is not None and path.exists():
            self.drawn = torch.load(path, weights_only=True)
            return
        self.drawn = [_bytes(picture) for picture in _draw_all(seed, share)]
        if path is not None:
            write(self.drawn, path)

    def crops(self, n: int, side_px: int, chance: torch.Generator) -> Tensor:
        """Return n crops (n, 3, side_px, side_px) at any place and scale, half of them mirrored."""
        return torch.stack([self._crop(side_px, chance) for _ in range(n)]).contiguous(
            memory_format=torch.channels_last
        )

    def _crop(self, side_px: int, chance: torch.Generator) -> Tensor:
        r = torch.rand(6, generator=chance).tolist()
        pictures = self.photographs if r[0] < PHOTOGRAPH_SHARE else self.drawn
        picture = pictures[int(r[1] * len(pictures))]
        largest = min(picture.shape[1:])
        side = round(SMALLEST_CROP_PX * (largest / SMALLEST_CROP_PX) ** r[2])
        top, left = (int(r[k] * (n - side + 1)) for k, n in zip((3, 4), picture.shape[1:], strict=True))
        crop = fit(picture[None, :, top : top + side, left : left + side].float() / 255, (side_px, side_px))[0]
        return crop.flip(2) if r[5] < 0.5 else crop


def _draw_all(seed: int, share: float) -> list[Tensor]:
    size = (DRAWN_PX, DRAWN_PX)
    n = {name: max(1, round(count * share)) for name, count in N_DRAWN.items()}
    scenes = [make_scene(i, seed, size).image for i in range(n["scenes"])]
    figures = [make_figure(i, seed, size).image for i in range(n["figures"])]
    styles = [draw_random(generator(child_seed(seed, f"style {i}")), DRAWN_PX) for i in range(n["styles"])]
    return scenes + figures + styles


def _bytes(picture: Tensor) -> Tensor:
    return (picture * 255).round().clamp(0, 255).byte()


def load_features(path: Path) -> TextureVGG:
    """Return a trained TextureVGG whose numbers stay."""
    features = TextureVGG()
    features.load_state_dict(load_file(path))
    return features.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def style_command_line(sentence: str, steps: int) -> argparse.ArgumentParser:
    """Return the command line of a recipe that learns on a `ContentPool`, with trained features."""
    parser = command_line(sentence, steps, "the checkpoint and the pictures")
    parser.add_argument("--features", type=Path, required=True, help="the safetensors file of TEXTURE_VGG_V1")
    parser.add_argument("--drawn", type=float, default=1.0, help="share of the drawn pictures; less for a trial")
    return parser


def learned_on(chosen: argparse.Namespace, seed: int) -> tuple[TextureVGG, ContentPool]:
    """Return the features and the pictures that a command line names."""
    return load_features(chosen.features), ContentPool(seed, chosen.folder, chosen.drawn)
