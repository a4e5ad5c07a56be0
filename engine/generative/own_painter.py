"""What a training of one's own has come to, ready to paint: its newest checkpoint as a `Painter`."""

from __future__ import annotations

from torch import Tensor

from engine.errors import InvalidInput
from engine.generative.dcgan import Generator
from engine.generative.painter import Painter, of_generator, of_vae
from engine.generative.training import N_CLASSES, Checkpoint, OwnTraining
from engine.generative.training_pictures import GLYPHS
from engine.generative.vae import Vae

NAME = "trained here"


def own_painter(checkpoint: Checkpoint, settings: OwnTraining) -> Painter:
    """Return what paints with the running mean of the weights.

    Raises:
        InvalidInput: nothing has been learned yet.
    """
    if checkpoint.state is None:
        raise InvalidInput("There is no model yet. Let the training take some steps first.")
    side, channels = int(settings.side), 1 if settings.source == GLYPHS else 3
    kept = {key.removeprefix("averaged."): v for key, v in checkpoint.state.items() if key.startswith("averaged.")}
    if settings.network == "vae":
        return of_vae(_with(Vae(settings.latent, settings.width, channels, side), kept), NAME)
    classes = N_CLASSES if settings.network == "conditional" else 0
    return of_generator(_with(Generator(settings.latent, settings.width, channels, side, classes), kept), NAME)


def _with(network: Vae | Generator, state: dict[str, Tensor]) -> Vae | Generator:
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)
