"""Where and when things compute: device, seeds, shared models, batched inference, background jobs.

Importing this package does not import torch; the functions that need it do.
"""

from engine.runtime.device import as_device, choose_device, describe_device
from engine.runtime.inference import InferenceThread, inference
from engine.runtime.job import Job
from engine.runtime.jobs import JobRunner, submit
from engine.runtime.pool import ModelPool, models
from engine.runtime.seeds import child_seed, generator
from engine.runtime.tokens import Token, Tokens

__all__ = [
    "InferenceThread",
    "Job",
    "JobRunner",
    "ModelPool",
    "Token",
    "Tokens",
    "as_device",
    "child_seed",
    "choose_device",
    "describe_device",
    "generator",
    "inference",
    "models",
    "submit",
]
