"""What can be set for a training of one's own; the field names are parameters of the link."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import streamlit as st

from engine.generative.training import OwnTraining
from engine.generative.training_pictures import GLYPHS, OWN
from engine.settings import check, default_of, integer, limits_of
from pages._ui import controls

EVERY = 10  # steps: what the steps between two samples are a multiple of


def _same(name: str, default: Any = None) -> Any:
    """Declare a field like the engine's."""
    default = default_of(OwnTraining, name) if default is None else default
    return field(default=default, metadata={"limits": limits_of(OwnTraining)[name]})


@dataclass(frozen=True)
class Learning:
    """What learns from what, and how long."""

    train_source: str = _same("source")
    train_network: str = _same("network")
    train_side: str = _same("side")
    train_steps: int = _same("steps", 1500)
    train_moments: int = integer(
        60, 10, 150, step=10, label="samples on the time line", help="Times at which the same z is painted."
    )
    train_minutes: int = _same("minutes", 10)
    train_width: int = _same("width")
    train_latent: int = _same("latent")
    train_batch_size: int = _same("batch_size")
    train_learning_rate: float = _same("learning_rate")
    train_penalty: float = _same("penalty")
    train_noise: float = _same("noise")
    train_beta: float = _same("beta")
    train_n_pictures: int = _same("n_pictures", 1000)
    train_seed: int = _same("seed")

    def __post_init__(self) -> None:
        check(self)


def own_training(chosen: Learning) -> OwnTraining:
    """Return the engine's settings; what has no classes is learned by a plain DCGAN."""
    engine = {one.name for one in fields(OwnTraining)}
    names = {one.name: one.name.removeprefix("train_") for one in fields(Learning)}
    values = {short: getattr(chosen, name) for name, short in names.items() if short in engine}
    if values["network"] == "conditional" and values["source"] != GLYPHS:
        values["network"] = "dcgan"
    return OwnTraining(**values, sample_every=between_samples(chosen.train_steps, chosen.train_moments))


def between_samples(steps: int, moments: int) -> int:
    """Return after how many steps the same z is painted again, so that it is about `moments` times in all."""
    return min(max(EVERY, -(-steps // moments // EVERY) * EVERY), limits_of(OwnTraining)["sample_every"].high)


def network_controls() -> None:
    """Show what learns, and for how long."""
    source = controls.values(Learning).train_source
    classless = () if source == GLYPHS else ("dcgan", "vae")
    network = controls.control(Learning, "train_network", only=classless)
    controls.control(Learning, "train_side")
    controls.control(Learning, "train_steps")
    controls.control(Learning, "train_minutes")
    with st.expander("How it learns"):
        for name in ("learning_rate", "batch_size", *(("beta",) if network == "vae" else ("penalty", "noise"))):
            controls.control(Learning, f"train_{name}")
    with st.expander("Size, samples, seed"):
        drawn = () if source == OWN else ("n_pictures",)
        for name in ("width", "latent", "moments", *drawn, "seed"):
            controls.control(Learning, f"train_{name}")
