"""A training of one's own: a DCGAN, a conditional GAN or a VAE learns from avatars, digits or a visitor's pictures.

It is a generator of snapshots: every few steps the losses, and every so many steps the pictures of the same z, so that
one sees what becomes of each. It can be stopped at any snapshot; from its checkpoint it goes on as if it had not been
stopped: every step draws its chance from a seed of its own.

Conventions: samples are uint8 (16, C, side, side). Terms are means over the steps since the last snapshot: losses in
nats, `right_real` and `right_fake`, D's shares of right answers, in [0, 1]. Time is bounded by `minutes`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import safetensors.torch
import torch
from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.generative.adversaries import Adversaries, Duelling
from engine.generative.autoencoding import Autoencoder
from engine.generative.dcgan import Discriminator, Generator
from engine.generative.training_pictures import AVATARS, GLYPHS, OWN, SOURCES, Preparing, checked, draw_pictures
from engine.generative.vae import Elbo, Vae
from engine.runtime.device import as_device
from engine.runtime.seeds import child_seed, generator
from engine.settings import check, choice, integer, real

NETWORKS = {"dcgan": "DCGAN", "conditional": "conditional GAN", "vae": "VAE"}
SIDES = {"32": "32 × 32", "64": "64 × 64"}
N_SAMPLES = 16
N_CLASSES = 10
_WORK_A_SNAPSHOT = 32 * 32**2 * 64**2  # batch · width² · side²: about a quarter of a second on one core


@dataclass(frozen=True)
class OwnTraining:
    """What learns from what, and how."""

    network: str = choice("dcgan", NETWORKS, label="network")
    source: str = choice(AVATARS, SOURCES, label="pictures")
    side: str = choice("32", SIDES, label="size of the pictures")
    width: int = integer(24, 8, 32, step=8, label="width", help="Maps of the layer at half the picture's size.")
    latent: int = integer(32, 2, 128, label="length of z")
    batch_size: int = integer(16, 8, 32, step=8, label="minibatch", unit="pictures")
    learning_rate: float = real(5e-4, 1e-5, 1e-2, scale="log", label="learning rate α")
    penalty: float = real(5.0, 0.0, 20.0, label="penalty γ on D's slope", help="R1; 0 lets D become sure, and G stray.")
    noise: float = real(0.0, 0.0, 0.5, label="noise on what D sees", help="At first; falls to 0 over the training.")
    beta: float = real(1.0, 0.0, 10.0, label="weight of the VAE's KL β")
    steps: int = integer(3000, 20, 20_000, step=20, label="steps")
    sample_every: int = integer(50, 10, 1000, step=10, label="steps between samples")
    n_pictures: int = integer(2000, 100, 5000, step=100, label="pictures drawn", help="Of avatars or digits.")
    minutes: int = integer(20, 1, 120, label="time at most", unit="min")
    seed: int = integer(0, 0, 9999, label="seed")

    def __post_init__(self) -> None:
        check(self)
        if self.network == "conditional" and self.source != GLYPHS:
            advice = "Other pictures come without classes."
            raise InvalidInput(constraint("pictures of a conditional GAN", "digits", SOURCES[self.source], advice))


class Checkpoint:
    """The newest state of a training, shared by all of its snapshots: they are many, and it is large."""

    def __init__(self) -> None:
        self.step = 0
        self.state: Mapping[str, Tensor] | None = None


@dataclass(frozen=True, eq=False)
class Learned:
    """The training after `step` steps.

    Attributes:
        terms: name → mean since the last snapshot; empty at step 0.
        samples: (16, C, side, side) uint8 of the fixed z, where it is time for them, else None.
        checkpoint: the newest state, from which `train` goes on.
        is_over: whether it is the last, for the steps or for the time.
    """

    step: int
    total_steps: int
    terms: Mapping[str, float]
    samples: Tensor | None
    checkpoint: Checkpoint
    is_over: bool = False


def train(
    settings: OwnTraining, pictures: Tensor | None = None, checkpoint: Checkpoint | None = None
) -> Iterator[Preparing | Learned]:
    """Yield the progress of drawing the pictures, then the training, from step 0 or from a checkpoint on.

    Args:
        settings: what learns, and how; of a checkpoint, the same but for `steps`, `sample_every` and `minutes`.
        pictures: the visitor's own, (N, 3, s, s) uint8, 30 to 5,000, where the settings say so.
        checkpoint: of an earlier run of the same settings.

    Raises:
        InvalidInput: own pictures are asked for and not given, or too few or many.
    """
    side = int(settings.side)
    if settings.source == OWN:
        if pictures is None:
            raise InvalidInput("Your own pictures are missing. Bring 30 to 5,000 of them, as a zip or as files.")
        images, labels = checked(pictures, side), None
    else:
        seed = child_seed(settings.seed, "pictures")
        images, labels = yield from draw_pictures(settings.source, settings.n_pictures, side, seed, settings.steps)
    yield Preparing(0, settings.steps, len(images), len(images))
    yield from _learn(Learner(settings, images.shape[1]), images, labels, settings, checkpoint)


def _learn(
    learner: Learner, images: Tensor, labels: Tensor | None, settings: OwnTraining, start: Checkpoint | None
) -> Iterator[Learned]:
    newest, ends = Checkpoint(), time.monotonic() + 60 * settings.minutes
    if start is not None and start.state is not None:
        learner.load(start.state)
        newest.step, newest.state = start.step, start.state
    every = steps_a_snapshot(settings)
    sums: dict[str, Tensor] = {}
    n_summed, total = 0, settings.steps
    yield Learned(newest.step, total, {}, learner.samples(), newest, newest.step >= total)
    for step in range(newest.step + 1, total + 1):
        terms = learner.step(images, labels, step)
        sums = {name: sums.get(name, 0) + term for name, term in terms.items()}
        n_summed += 1
        is_over = step == total or time.monotonic() > ends
        is_time = is_over or step % settings.sample_every == 0
        if not is_time and step % every:
            continue
        if is_time:
            newest.step, newest.state = step, learner.state()
        means = {name: float(value) / n_summed for name, value in sums.items()}
        yield Learned(step, total, means, learner.samples() if is_time else None, newest, is_over)
        sums, n_summed = {}, 0
        if is_over:
            return


def steps_a_snapshot(settings: OwnTraining) -> int:
    """Return how many steps are taken between two snapshots, so that a stop is felt at once."""
    work = settings.batch_size * settings.width**2 * int(settings.side) ** 2
    return max(1, min(10, _WORK_A_SNAPSHOT // (2 * work)))


class Learner:
    """What learns: one face for a pair of adversaries and for an autoencoder."""

    def __init__(self, settings: OwnTraining, channels: int) -> None:
        self.settings, self.device = settings, as_device()
        side, classes = int(settings.side), N_CLASSES if settings.network == "conditional" else 0
        self.z = torch.randn(N_SAMPLES, settings.latent, generator=generator(child_seed(settings.seed, "samples")))
        self.labels = torch.arange(N_SAMPLES) % N_CLASSES if classes else None
        with torch.random.fork_rng(devices=[]):  # the layers' own initialisation knows only the global generator
            torch.manual_seed(child_seed(settings.seed, "weights"))
            if settings.network == "vae":
                vae = Vae(settings.latent, settings.width, channels, side)
                self.player = Autoencoder(vae, settings.learning_rate, Elbo(beta=settings.beta), self.device)
            else:
                pair = (
                    Generator(settings.latent, settings.width, channels, side, classes),
                    Discriminator(settings.width, channels, side, classes),
                )
                duelling = Duelling(learning_rate=settings.learning_rate, penalty=settings.penalty)
                self.player = Adversaries(*pair, duelling, self.device)

    def step(self, images: Tensor, labels: Tensor | None, step: int) -> Mapping[str, Tensor]:
        """Take step number `step`, counted from 1, on a minibatch drawn for it; return its terms."""
        settings = self.settings
        chance = generator(child_seed(settings.seed, f"step {step}"))
        rows = torch.randint(len(images), (settings.batch_size,), generator=chance)
        batch = images[rows].to(self.device).float() / 255
        averaging = min(0.999, step / (step + 10))
        if settings.network == "vae":
            return self.player.step(batch, chance, averaging)
        classes = labels[rows].to(self.device) if self.labels is not None else None
        noise = settings.noise * (1 - step / settings.steps)
        return vars(self.player.step(2 * batch - 1, chance, classes, noise, 1.0, averaging))

    @torch.no_grad()
    def samples(self) -> Tensor:
        """Return the pictures of the fixed z, of all digits in turn where a class is asked for."""
        made = self.player.averaged.eval()
        z = self.z.to(self.device)
        if self.settings.network == "vae":
            pictures = made.decode(z)
        else:
            pictures = (made(z, None if self.labels is None else self.labels.to(self.device)) + 1) / 2
        return (pictures.float() * 255).round().clamp(0, 255).byte().cpu().contiguous()

    def state(self) -> dict[str, Tensor]:
        """Return all that is needed to go on."""
        return self.player.state()

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a state."""
        self.player.load(state)


def model_file(checkpoint: Checkpoint, settings: OwnTraining) -> bytes:
    """Return what paints, generator or VAE, as safetensors; its metadata are texts, `settings` is JSON.

    Raises:
        InvalidInput: nothing has been learned yet.
    """
    if checkpoint.state is None:
        raise InvalidInput("There is no model yet. Let the training take some steps first.")
    kept = {key.removeprefix("averaged."): v for key, v in checkpoint.state.items() if key.startswith("averaged.")}
    says = {"format": f"tangent {settings.network} 1", "settings": json.dumps(asdict(settings))}
    return safetensors.torch.save({name: value.contiguous() for name, value in kept.items()}, says)
