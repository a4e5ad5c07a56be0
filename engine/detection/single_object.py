"""Pictures of at most one object, a small ConvNet that turns each into a vector, and how it is trained.

    picture (3, 64, 64) ─four convolutions→ (64, 8, 8) ─fully connected→ 128 ─fully connected→ z, one number per output

What z means is for `localisation` and `landmarks` to say. Training is Adam on minibatches, g the gradient:

    m ← β₁ m + (1 − β₁) g     v ← β₂ v + (1 − β₂) g²     θ ← θ − α · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)

The learning rate α rises for 20 steps on its way to 0, to which it falls in a straight line. Every picture is mirrored
by chance, and the colours of each minibatch change places: neither tells the kind of an object or where it is.

Conventions: images are float32 (N, 3, 64, 64) in [0, 1]. The held-out pictures are the same for every seed.

Reference: D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil

import safetensors.torch
import torch
from torch import Tensor, nn

from engine.datasets.scenes import Scene
from engine.datasets.scenes.layout import Layout, layout
from engine.datasets.scenes.render import render
from engine.errors import ShapeError, constraint
from engine.runtime.seeds import child_seed, generator
from engine.settings import check, integer, real

SIDE_PX = 64
N_HELD_OUT = 80
N_EXAMPLES = 8  # the first of the held-out pictures, followed along the training
EMPTY_EVERY = 4  # where pictures may be empty, one of so many is
HELD_OUT_SEED = 2**40  # no visitor's seed
WARM_UP_STEPS = 20
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8
CLOSER = 0.3  # of the picture's side, what an object gains that is seen from close up
SCENES_A_SLICE = 16
SCENES_A_STEP = 8  # about as many scenes are drawn in the time of one step
PICTURES_A_SNAPSHOT = 128


@dataclass(frozen=True)
class Training:
    """How the network is trained, and on how many scenes."""

    learning_rate: float = real(2e-3, 1e-5, 0.1, label="learning rate α", scale="log")
    batch_size: int = integer(32, 8, 64, step=8, label="minibatch", unit="pictures")
    training_steps: int = integer(600, 20, 1500, step=20, label="training steps")
    n_scenes: int = integer(
        800, 50, 2000, step=50, label="training scenes", help="With few scenes, the network learns them by heart."
    )
    seed: int = integer(0, 0, 9999, label="seed", help="Of the scenes, the initial weights and the minibatches.")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Drawing:
    """Progress before the training: `drawn` of `n_scenes` scenes are there.

    `step` counts up to 0 in training steps that would take as long as what is left to draw.
    """

    step: int
    total_steps: int
    drawn: int
    n_scenes: int


class ConvNet(nn.Sequential):
    """The network: images (N, 3, 64, 64) in, `n_outputs` plain numbers (N, n_outputs) out, 0.5 M parameters or so."""

    def __init__(self, n_outputs: int, random: torch.Generator) -> None:
        super().__init__(
            *_conv(3, 16, 5, 2),  # → 32
            *_conv(16, 32, 3, 2),  # → 16
            *_conv(32, 64, 3, 2),  # → 8
            *_conv(64, 64, 3, 1),
            nn.Flatten(),
            nn.Linear(64 * 8 * 8, 128),
            nn.ReLU(inplace=True),
            nn.Linear(128, n_outputs),
        )
        for layer in self:
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=random)
        nn.init.normal_(self[-1].weight, std=0.01, generator=random)  # so that it begins undecided
        for layer in (self[-1], self[-3]):
            nn.init.zeros_(layer.bias)

    def forward(self, images: Tensor) -> Tensor:
        if images.ndim != 4 or images.shape[1:] != (3, SIDE_PX, SIDE_PX):
            raise ShapeError(constraint("images", f"of shape (N, 3, {SIDE_PX}, {SIDE_PX})", tuple(images.shape)))
        return super().forward(images - 0.5)


class Adam:
    """The update above. torch.optim's first use in a process takes seconds and imports its compiler: too long here."""

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self.parameters = parameters
        self._t = 0
        self._m = [torch.zeros_like(theta) for theta in parameters]
        self._v = [torch.zeros_like(theta) for theta in parameters]

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], learning_rate: float) -> None:
        """Change the parameters by one step; a gradient for each."""
        self._t += 1
        rate = learning_rate / (1 - BETA_1**self._t)
        for theta, g, m, v in zip(self.parameters, gradients, self._m, self._v, strict=True):
            m.lerp_(g, 1 - BETA_1)
            v.mul_(BETA_2).addcmul_(g, g, value=1 - BETA_2)
            theta.addcdiv_(m, (v / (1 - BETA_2**self._t)).sqrt_().add_(EPSILON), value=-rate)


@dataclass(frozen=True)
class World:
    """Which pictures: the kinds in them, whether every fourth is empty, whether the object is seen from close up."""

    labels: tuple[int, ...]
    may_be_empty: bool = False
    close_up: bool = False


def draw_scenes(settings: Training, world: World) -> Iterator[Drawing]:
    """Yield the progress of drawing, and return (training scenes, held-out scenes) as a generator does."""
    total = settings.n_scenes + N_HELD_OUT
    seeds = (HELD_OUT_SEED, child_seed(settings.seed, "scenes"))
    held_out, training = (_layouts(world, seed) for seed in seeds)
    layouts = itertools.chain(itertools.islice(held_out, N_HELD_OUT), itertools.islice(training, settings.n_scenes))
    scenes: list[Scene] = []
    while len(scenes) < total:
        yield Drawing(-ceil((total - len(scenes)) / SCENES_A_STEP), settings.training_steps, len(scenes), total)
        scenes += [render(one, SIDE_PX, SIDE_PX) for one in itertools.islice(layouts, SCENES_A_SLICE)]
    return scenes[N_HELD_OUT:], scenes[:N_HELD_OUT]


def example_scenes(world: World, size_px: int) -> list[Scene]:
    """Return the first held-out scenes at any size: sharper, but the same."""
    layouts = itertools.islice(_layouts(world, HELD_OUT_SEED), N_EXAMPLES)
    return [render(one, size_px, size_px) for one in layouts]


def images_of(scenes: list[Scene]) -> Tensor:
    """Return the pictures as (N, 3, H, W)."""
    return torch.stack([scene.image for scene in scenes])


def optimise(
    net: nn.Module, settings: Training, n: int, terms_of: Callable[[Tensor, torch.Generator], Tensor], weights: Tensor
) -> Iterator[tuple[int, Tensor]]:
    """Train, and yield (step, mean terms of the loss since the last yield), first of all for step 0.

    Args:
        n: how many training pictures there are.
        terms_of: of indices (B,) and a random generator, the terms (T,) of the minibatch's loss, with their gradient.
        weights: (T,), the loss is terms · weights.
    """
    random = generator(child_seed(settings.seed, "minibatches"))
    batches = _minibatches(n, settings.batch_size, random)
    optimiser = Adam(list(net.parameters()))
    net.train()
    with torch.no_grad():
        yield 0, terms_of(next(batches), random)
    every, seen = max(1, PICTURES_A_SNAPSHOT // settings.batch_size), []
    for step in range(1, settings.training_steps + 1):
        net.train()
        terms = terms_of(next(batches), random)
        gradients = torch.autograd.grad(terms @ weights, optimiser.parameters)
        optimiser.step(gradients, learning_rate_at(step, settings))
        seen.append(terms.detach())
        if step % every == 0 or step == settings.training_steps:
            yield step, torch.stack(seen).mean(0)
            seen = []


def learning_rate_at(step: int, settings: Training) -> float:
    """Return the learning rate of a step, counted from 1."""
    left = 1 - (step - 1) / settings.training_steps
    return settings.learning_rate * min(1.0, step / WARM_UP_STEPS) * left


def augment(images: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return the images with their colours exchanged and by chance mirrored, and which were mirrored, bool (N,)."""
    mirrored = torch.rand(len(images), generator=random) < 0.5
    images = images[:, torch.randperm(3, generator=random)]
    return torch.where(mirrored[:, None, None, None], images.flip(-1), images), mirrored


@torch.no_grad()
def answer(net: nn.Module, images: Tensor) -> Tensor:
    """Return what the network says of images (N, 3, 64, 64) when it does not learn, (N, n_outputs)."""
    return net.eval()(images)


def parameters_of(net: nn.Module) -> dict[str, Tensor]:
    """Return copies of the network's weights and running means, by name."""
    return {name: value.detach().clone() for name, value in net.state_dict().items()}


def model_file(parameters: Mapping[str, Tensor], settings: Training, kind: str, outputs: tuple[str, ...]) -> bytes:
    """Return a trained network as safetensors; its metadata are texts, `settings` and `outputs` JSON."""
    says = {"format": f"tangent {kind} 1", "settings": json.dumps(asdict(settings)), "outputs": json.dumps(outputs)}
    return safetensors.torch.save(dict(parameters), says)


def _conv(inputs: int, outputs: int, side: int, stride: int) -> tuple[nn.Module, ...]:
    conv = nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False)
    return conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)


def _layouts(world: World, seed: int) -> Iterator[Layout]:
    """Yield layouts with one object of the given kinds, without end."""
    tried = itertools.count()
    for i in itertools.count(1):
        n = 0 if world.may_be_empty and i % EMPTY_EVERY == 0 else 1
        while True:  # what is not of these kinds costs a layout, not a picture
            found = layout(generator(child_seed(seed, f"scene {next(tried)}")), (n, n), 1.0)
            if len(found.items) == n and all(item.label in world.labels for item in found.items):
                break
        yield _close_up(found) if world.close_up else found


def _close_up(far: Layout) -> Layout:
    """Return the layout with its object larger and nearer the middle."""
    (item,) = far.items
    x, y = item.centre
    nearer = replace(item, side=item.side + CLOSER, centre=(0.25 + x / 2, 0.25 + y / 2))
    return replace(far, items=(nearer,))


def _minibatches(n: int, size: int, random: torch.Generator) -> Iterator[Tensor]:
    """Yield indices (min(size, n),) without end, every picture once before any is there again."""
    size = min(size, n)
    while True:
        order = torch.randperm(n, generator=random)
        yield from order[: n - n % size].split(size)
