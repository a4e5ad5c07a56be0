"""Command line: `python -m engine.weights list | fetch NAME | verify [NAME]`. Exit status 1 when something failed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from engine.errors import EngineError
from engine.weights.declaration import Bundled, Download, Weights
from engine.weights.fetch import download
from engine.weights.files import path_of, state, verify
from engine.weights.registry import all_weights, get


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m engine.weights", description="The models that Tangent can load.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every model, and where its file is")
    commands.add_parser("fetch", help="download a model's file").add_argument("name")
    commands.add_parser("verify", help="check the files that are here").add_argument("name", nargs="?")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "list":
            return _list()
        return _fetch(get(chosen.name)) if chosen.command == "fetch" else _verify(chosen.name)
    except EngineError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130  # what shells report for Ctrl-C


def _list() -> int:
    if not all_weights():
        print("No weights are registered.")
    for weights in all_weights():
        size = f"{weights.source.size_bytes / 1e6:.1f} MB" if isinstance(weights.source, Download) else ""
        print(f"{weights.name:40} {state(weights):9} {size:>10}  {weights.licence}".rstrip())
    return 0


def _fetch(weights: Weights) -> int:
    shown = 0
    for fetched in download(weights):
        tenths = 10 * fetched.step // fetched.total_steps
        if tenths > shown:
            shown = tenths
            print(f"{fetched.step / 1e6:.1f} of {fetched.total_steps / 1e6:.1f} MB", flush=True)
    print(f"{weights.name} is at {path_of(weights)}")
    return 0


def _verify(name: str | None) -> int:
    """Check one file, which must be here, or all: of those that can be downloaded only the ones that are here."""
    if name is not None:
        print(f"{get(name).name} is right: {verify(get(name))}")
        return 0
    if not all_weights():
        print("No weights are registered.")
    status = 0
    for weights in all_weights():
        try:
            is_absent = state(weights) in ("download", "missing") and not isinstance(weights.source, Bundled)
            print(f"{weights.name} " + ("is not here" if is_absent else f"is right: {verify(weights)}"))
        except EngineError as error:
            print(error, file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
