"""Trained models: what they are, where their files are, and how one is loaded.

Importing this package does not import torch; the functions that need it do.
"""

from engine.weights.declaration import Bundled, Download, UserFile, Weights
from engine.weights.fetch import Fetched, download, fetch
from engine.weights.files import path_of, state, verify
from engine.weights.load import load
from engine.weights.registry import all_weights, get, register

__all__ = [
    "Bundled",
    "Download",
    "Fetched",
    "UserFile",
    "Weights",
    "all_weights",
    "download",
    "fetch",
    "get",
    "load",
    "path_of",
    "register",
    "state",
    "verify",
]
