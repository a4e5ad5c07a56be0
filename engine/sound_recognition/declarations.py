"""The declared recognisers of sound: plain facts, so that listing them does not import torch.

Conventions: metrics are accuracies in [0, 1]: on held-out recordings of the world, and on real ones.
"""

from __future__ import annotations

from engine.sound_recognition import shapes
from engine.weights.declaring import trained_here

MEL_CNN_DIGITS_V1 = trained_here(
    "MEL_CNN_DIGITS_V1",
    shapes.mel_cnn_digits,
    "81971b47596e4c0f5fe45a61b6defbf5dc0a2b329ca5811e99600249bf057d5f",
    95_059,
    {"held out accuracy": 0.922, "real accuracy": 0.817},
)
M5_DIGITS_V1 = trained_here(
    "M5_DIGITS_V1",
    shapes.m5_digits,
    "61d6b4fd7d115508dc55c8ab7fd8165e905036368a4b61a000c0941f088553af",
    114_347,
    {"held out accuracy": 0.805, "real accuracy": 0.700},
    "train_waveform_cnn_digits",
)
MEL_CNN_INSTRUMENTS_V1 = trained_here(
    "MEL_CNN_INSTRUMENTS_V1",
    shapes.mel_cnn_instruments,
    "003a528119e39521f846d678c9756bb125847c52543af470fa2bc29423c6e79c",
    95_253,
    {"held out accuracy": 0.588, "real accuracy": 0.546},
)
M5_INSTRUMENTS_V1 = trained_here(
    "M5_INSTRUMENTS_V1",
    shapes.m5_instruments,
    "f7c46ba73f6831db5bab7bb6273aa0e318f09bee2de7c4a311bf56c74388c08f",
    118_573,
    {"held out accuracy": 0.385, "real accuracy": 0.591},
    "train_waveform_cnn_instruments",
)
