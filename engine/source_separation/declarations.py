"""The declared separators: plain facts, so that listing them does not import torch.

torchaudio publishes no hash of its file and checks none; the one declared here is what independent projects that
fetched the file have written down, together with its size. torchaudio keeps its own copy below torch.hub's folder, and
one that is there is found.

Conventions: no figure is declared that its publisher does not give for exactly this file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.weights import Download, Weights, register
from engine.weights.declaring import as_it_is, trained_here

if TYPE_CHECKING:
    from torch import nn

TORCHAUDIO = "https://download.pytorch.org/torchaudio/models/"
GTCRN = "https://raw.githubusercontent.com/Xiaobin-Rong/gtcrn/3862c44808dca492ea5a8a145d2dc2a1028d08c8/"


def _build_hdemucs() -> nn.Module:
    from engine.source_separation.hdemucs import build

    return build()


def _build_wave_u_net() -> nn.Module:
    from engine.source_separation.wave_u_net import WaveUNet

    return WaveUNet()


def _build_demucs() -> nn.Module:
    from engine.source_separation.demucs import Demucs

    return Demucs()


def _build_gtcrn() -> nn.Module:
    from engine.source_separation.gtcrn import Gtcrn

    return Gtcrn()


HDEMUCS_HIGH_MUSDB_PLUS = register(
    Weights(
        name="HDEMUCS_HIGH_MUSDB_PLUS",
        source=Download(
            TORCHAUDIO + "hdemucs_high_trained.pt",
            "hdemucs_high_trained.pt",
            334_697_255,
            also_in="torchaudio/models",
        ),
        build=_build_hdemucs,
        preprocess=as_it_is,
        sha256="a004b2790d73ffeaa535db458a1a79b539dfdbafbccc31f275d07e632ebd7816",
        licence="MIT",
        card="assets/cards/HDEMUCS_HIGH_MUSDB_PLUS.md",
        metrics={},
        num_params=83_639_368,
    )
)
GTCRN_DNS3 = register(
    Weights(
        name="GTCRN_DNS3",
        source=Download(GTCRN + "checkpoints/model_trained_on_dns3.tar", "model_trained_on_dns3.tar", 579_819),
        build=_build_gtcrn,
        preprocess=as_it_is,
        sha256="a630d992cf792daf4ce2bb5bcf9c4d389f740a8f09c6e0971184697fe6371b79",
        licence="MIT",
        card="assets/cards/GTCRN_DNS3.md",
        metrics={"DNSMOS OVRL": 2.70, "DNSMOS P.808": 3.44},
        num_params=48_245,
        part="model",
    )
)


def of_songs(name: str, build: Callable[[], nn.Module], sha256: str, num_params: int, improvement_db: float) -> Weights:
    """Declare a bundled network that a recipe trained on songs, with the SI-SDR improvement of its card."""
    metrics = {"SI-SDR improvement (dB)": improvement_db}
    return trained_here(name, build, sha256, num_params, metrics)


OF_SONGS = (
    of_songs(
        "WAVE_U_NET_SONGS_V1",
        _build_wave_u_net,
        sha256="30f85459819cab322515f29a85f235b9abc3eb069e926f21efc885f9bf153395",
        num_params=1_546_302,
        improvement_db=6.77,
    ),
    of_songs(
        "DEMUCS_SONGS_V1",
        _build_demucs,
        sha256="b02d92868ab44dbd497d6022a4cadd903f6d5bd864fb4065e8bf7425b38df491",
        num_params=5_725_000,
        improvement_db=7.77,
    ),
)
