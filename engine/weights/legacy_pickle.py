"""The tensors of a whole module that was pickled in torch's old format (before zip), read without running any of it.

    file = pickle(magic number) · pickle(protocol 1001) · pickle(machine) · pickle(module) · pickle(storage keys)
           · for each key: number of elements (int64) · the elements

Such a pickle names the classes and functions that are to be called when it is read: free unpickling runs whatever the
file says. Here `pickle_machine` follows its instructions and calls nothing; the tensors are built at the end, each
within its storage.

Conventions: names are those of `state_dict`, "module.submodule.weight". Little-endian, on the CPU. The caller checks
the file's hash first; nothing here depends on that.

Reference: "Serialization semantics" in PyTorch's notes.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.errors import IncompatibleWeights
from engine.weights.pickle_machine import Object, Refused, Storage, View, unpickle

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
MAX_MODULES = 10_000
MAX_DEPTH = 50  # of modules within modules


def read_tensors(source: Path | bytes) -> dict[str, Tensor]:
    """Return the parameters and buffers of a pickled module by name.

    Raises:
        IncompatibleWeights: the file is not a module in torch's old format, is damaged, or asks for anything else than
            tensors.
    """
    title = source.name if isinstance(source, Path) else "The file"
    try:
        file = io.BytesIO(source.read_bytes() if isinstance(source, Path) else source)
        return _read(file)
    except Refused as refused:
        reason = str(refused)
    except (ValueError, LookupError, TypeError, OverflowError, struct.error, Warning):  # what damaged bytes lead to
        reason = "it is damaged"
    except OSError as error:
        reason = f"it cannot be opened ({error.strerror})"
    advice = "Use the file that was published for this model."
    raise IncompatibleWeights(f"{title} must be a module pickled by torch before 1.6; {reason}. {advice}") from None


def _read(file: io.BytesIO) -> dict[str, Tensor]:
    if unpickle(file) != MAGIC_NUMBER or unpickle(file) != PROTOCOL_VERSION:
        raise Refused("it begins otherwise")
    machine = unpickle(file)
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise Refused("its numbers are not little-endian")
    storages: dict[str, Storage] = {}
    views = dict(_walk(unpickle(file, storages)))
    keys = unpickle(file)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys) or sorted(keys) != sorted(storages):
        raise Refused("its list of storages is not that of its tensors")
    elements = {key: _elements(file, storages[key]) for key in keys}
    return {
        name: elements[view.storage.key].as_strided(view.size, view.stride, view.offset) for name, view in views.items()
    }


def _elements(file: io.BytesIO, storage: Storage) -> Tensor:
    """Read one storage as (numel,); what is allocated is never more than what the file holds."""
    (numel,) = struct.unpack("<q", file.read(8))
    n_bytes = storage.numel * storage.dtype.itemsize
    if numel != storage.numel or n_bytes > len(file.getbuffer()) - file.tell():
        raise Refused("a storage is not of the size it is said to be")
    return torch.frombuffer(bytearray(file.read(n_bytes)), dtype=storage.dtype)


def _walk(top: Any) -> Iterator[tuple[str, View]]:
    """Yield name and view of every parameter and buffer; a module that contains itself ends at `MAX_DEPTH`."""
    waiting, n_modules = [("", top, 0)], 0
    while waiting:
        prefix, module, depth = waiting.pop()
        n_modules += 1
        if not isinstance(module, Object):
            raise Refused("it holds something else than a module")
        if depth > MAX_DEPTH or n_modules > MAX_MODULES:
            raise Refused(f"it is deeper than {MAX_DEPTH} or has more than {MAX_MODULES:,} modules")
        for kind in ("_parameters", "_buffers"):
            for name, view in _table(module, kind).items():
                if isinstance(view, View):
                    yield prefix + name, view
                elif view is not None:  # such as the bias of a layer without one
                    raise Refused("a parameter is not a tensor")
        inner = [(f"{prefix}{name}.", child, depth + 1) for name, child in _table(module, "_modules").items()]
        waiting += reversed([entry for entry in inner if entry[1] is not None])


def _table(module: Object, kind: str) -> dict[str, Any]:
    table = module.state.get(kind, {})
    if not isinstance(table, dict) or not all(isinstance(name, str) for name in table):
        raise Refused("a module's parts have no names")
    return table
