"""Steps of training with checkpoints, for every recipe that learns from batches.

Every step draws what it needs from a seed of its own, so that a run that was cut off goes on as if it had not been.
What is kept at the end is the running mean of the weights.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from engine.recipes.kernel_muon import KernelMuon, kernels_of
from engine.runtime.seeds import child_seed, generator
from engine.settings import check, choice, flag, integer, real

CHECKPOINT_STEPS = 100
SHOW_STEPS = 50
MAX_GRADIENT = 10.0

SCHEDULES = {
    "cycle": "up in the first 15 % of the steps, then down along a cosine",
    "plateau": "up in 200 steps, level, and down along a line in the last 25 % of the steps",
}
WARM_STEPS, DECAY_SHARE = 200, 0.25

Terms = dict[str, torch.Tensor]
LossOf = Callable[[nn.Module, torch.Generator], Terms]


@dataclass(frozen=True)
class Training:
    """How a network learns."""

    steps: int = integer(1000, 1, 100_000, label="steps")
    batch_size: int = integer(16, 1, 512, label="examples in a batch")
    learning_rate: float = real(2e-3, 1e-6, 1.0, label="highest learning rate")
    weight_decay: float = real(0.02, 0.0, 1.0, label="weight decay")
    averaging: float = real(0.99, 0.0, 1.0, label="decay of the running mean")
    schedule: str = choice("cycle", SCHEDULES, label="learning rate")
    kernel_rate: float = real(0.0, 0.0, 1.0, label="learning rate of Muon for kernels; 0 for AdamW alone")
    bfloat16: bool = flag(False, label="layers compute in bfloat16")  # weights, sums and losses stay float32
    seed: int = integer(0, 0, 2**31, label="seed")

    def __post_init__(self) -> None:
        check(self)


def command_line(sentence: str, steps: int, kept: str = "checkpoints") -> argparse.ArgumentParser:
    """Return the command line that recipes have in common: --out, --folder where `kept` is kept, and --steps."""
    parser = argparse.ArgumentParser(description=sentence)
    parser.add_argument("--out", type=Path, required=True, help="the safetensors file to write")
    parser.add_argument("--folder", type=Path, required=True, help=f"where {kept} are kept")
    parser.add_argument("--steps", type=int, default=steps)
    return parser


def new_model(build: Callable[[], nn.Module], seed: int) -> nn.Module:
    """Return an untrained network whose numbers depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):  # the layers' own initialisation knows only the global generator
        torch.manual_seed(child_seed(seed, "weights"))
        return build()


def train(
    model: nn.Module, loss_of: LossOf, settings: Training, folder: Path, last: Sequence[nn.Module] = ()
) -> Iterator[tuple[int, dict[str, float], nn.Module]]:
    """Train, going on from a checkpoint in `folder`; yield (steps done, terms of the loss, averaged network).

    Args:
        model: the network.
        loss_of: from the network and a step's own generator to the terms that are added up.
        settings: how it learns.
        folder: where the checkpoint is kept.
        last: the layers that say the answer, which Muon is not for.
    """
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(settings.averaging), use_buffers=True)
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimisers = _optimisers(model, settings, last)
    schedules = [_schedule(optimiser, settings) for optimiser in optimisers]
    parts = {"model": model, "averaged": averaged}
    parts |= {f"optimiser {i}": one for i, one in enumerate(optimisers)}
    parts |= {f"schedule {i}": one for i, one in enumerate(schedules)}
    done = _resume(parts, folder / "checkpoint.pt")
    if done == settings.steps:
        yield done, {}, averaged.module
    for step in range(done, settings.steps):
        with torch.autocast(learning[0].device.type, torch.bfloat16, enabled=settings.bfloat16):
            terms = loss_of(model, generator(child_seed(settings.seed, f"step {step}")))
        for optimiser in optimisers:
            optimiser.zero_grad()
        sum(terms.values()).backward()
        torch.nn.utils.clip_grad_norm_(learning, MAX_GRADIENT)
        for one in (*optimisers, *schedules):
            one.step()
        averaged.update_parameters(model)
        if (step + 1) % CHECKPOINT_STEPS == 0 or step + 1 == settings.steps:
            kept = {"step": step + 1} | {name: part.state_dict() for name, part in parts.items()}
            write(kept, folder / "checkpoint.pt")
        yield step + 1, {name: term.item() for name, term in terms.items()}, averaged.module


def train_aloud(
    model: nn.Module, loss_of: LossOf, settings: Training, folder: Path, last: Sequence[nn.Module] = ()
) -> nn.Module:
    """Train as `train`, saying now and then how far it is; return the averaged network, ready to be used."""
    started, trained = time.monotonic(), model
    for step, terms, averaged in train(model, loss_of, settings, folder, last):
        trained = averaged
        if step % SHOW_STEPS == 0:
            shown = "  ".join(f"{name} {value:.3f}" for name, value in terms.items())
            print(f"step {step} of {settings.steps}  {time.monotonic() - started:.0f} s  {shown}", flush=True)
    return trained.eval()


def save(model: nn.Module, path: Path) -> None:
    """Write the network's tensors to a safetensors file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, path)


def save_aloud(model: nn.Module, path: Path) -> None:
    """Write the network's tensors, and say what a declaration must know of the file."""
    save(model, path)
    n_params = sum(parameter.numel() for parameter in model.parameters())
    print(f"{path} has {n_params} parameters, {path.stat().st_size} bytes, ", end="")
    print(f"SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}", flush=True)


def write(values: object, path: Path) -> None:
    """Write what torch can save; a run that is cut off meanwhile leaves the older file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(values, part)
    os.replace(part, path)


def _optimisers(model: nn.Module, settings: Training, last: Sequence[nn.Module]) -> list[torch.optim.Optimizer]:
    kernels = kernels_of(model, last) if settings.kernel_rate else []
    others = [p for p in model.parameters() if p.requires_grad and not any(p is kernel for kernel in kernels)]
    adam = torch.optim.AdamW(others, settings.learning_rate, weight_decay=settings.weight_decay)
    return [adam, KernelMuon(kernels, settings.kernel_rate, settings.weight_decay)] if kernels else [adam]


def _schedule(optimiser: torch.optim.Optimizer, settings: Training) -> torch.optim.lr_scheduler.LRScheduler:
    steps = settings.steps
    if settings.schedule == "cycle":
        highest = optimiser.param_groups[0]["lr"]
        return torch.optim.lr_scheduler.OneCycleLR(optimiser, highest, steps + 1, pct_start=0.15)
    return torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / WARM_STEPS, (steps - step + 1) / (DECAY_SHARE * steps))
    )


def _resume(parts: dict, path: Path) -> int:
    if not path.exists():
        return 0
    kept = torch.load(path, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(kept[name])
    return kept["step"]
