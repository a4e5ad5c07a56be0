"""A small machine that follows the instructions of a pickle and calls nothing.

A pickle is a program for a stack: push this text, make a tuple of the last three values, call that function with these
arguments. Python's own reader imports what is named and calls what is to be called. Here a name stays a `Name`, an
object of any class becomes an empty `Object` that keeps its state, and of all calls only those in `_CALLS` mean
something, none of which is made: a tensor becomes a `View` of a storage. Any other instruction or call is refused.

Conventions: the values are None, bool, int, float, str, tuple, list, dict with keys of text or number, and the four
classes below. Nothing here hashes, compares or prints a value that the file has nested, for that can be too deep.

Reference: the `pickle` and `pickletools` modules of Python, protocol 2.
"""

from __future__ import annotations

import io
import math
import pickletools
from dataclasses import dataclass, field
from typing import Any

import torch

MAX_INSTRUCTIONS = 1_000_000
MAX_DIMENSIONS = 8
_DTYPES = {
    "torch FloatStorage": torch.float32,
    "torch DoubleStorage": torch.float64,
    "torch HalfStorage": torch.float16,
    "torch LongStorage": torch.int64,
    "torch IntStorage": torch.int32,
    "torch ShortStorage": torch.int16,
    "torch CharStorage": torch.int8,
    "torch ByteStorage": torch.uint8,
    "torch BoolStorage": torch.bool,
}


@dataclass(frozen=True)
class Name:
    """A class or function that the pickle names; never imported."""

    text: str  # "module name"


@dataclass(eq=False)
class Object:
    """What an object of any class becomes."""

    state: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Storage:
    """Where a file keeps the elements of tensors."""

    key: str
    dtype: torch.dtype
    numel: int


@dataclass(frozen=True, eq=False)
class View:
    """A tensor: where its elements are in a storage."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


class Refused(Exception):
    """Why a file is not read, as the middle of a sentence."""


def unpickle(file: io.BytesIO, storages: dict[str, Storage] | None = None) -> Any:
    """Follow one pickle and return what it describes; storages it refers to are noted in `storages`."""
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}
    for n, (instruction, argument, _) in enumerate(pickletools.genops(file)):
        if n >= MAX_INSTRUCTIONS:
            raise Refused(f"it has more than {MAX_INSTRUCTIONS:,} instructions")
        match instruction.name:
            case "PROTO":
                continue
            case "STOP":
                return stack.pop()
            case "MARK":
                marks.append(len(stack))
            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "BINPERSID":
                stack.append(_persistent(stack.pop(), storages))
            case name if name in _VALUES:
                stack.append(_VALUES[name](argument))
            case name if name in _TAKES:
                _TAKES[name][1](stack, _popped(stack, marks.pop() if _TAKES[name][0] is None else -_TAKES[name][0]))
            case name:
                raise Refused(f"it has the instruction {name}, which no module needs")
    raise Refused("it ends too early")


def _popped(stack: list[Any], start: int) -> list[Any]:
    """Take the values from `start` on, or the last ones, off the stack."""
    if not -len(stack) <= start <= len(stack):
        raise Refused("it takes more values than it has")
    start = start if start >= 0 else len(stack) + start
    values = stack[start:]
    del stack[start:]
    return values


def _tuple(stack: list[Any], values: list[Any]) -> None:
    stack.append(tuple(values))


def _set_items(stack: list[Any], values: list[Any]) -> None:
    if not isinstance(stack[-1], dict) or not all(isinstance(key, str | int) for key in values[::2]):
        raise Refused("it sets an item of what has none, or by a name that is none")
    stack[-1].update(zip(values[::2], values[1::2], strict=True))


def _extend(stack: list[Any], values: list[Any]) -> None:
    if not isinstance(stack[-1], list):
        raise Refused("it appends to what is no list")
    stack[-1].extend(values)


def _set_state(stack: list[Any], values: list[Any]) -> None:
    if not isinstance(stack[-1], Object) or not isinstance(values[0], dict):
        raise Refused("it gives a state to what has none")
    stack[-1].state.update(values[0])


def _create(stack: list[Any], values: list[Any]) -> None:
    if not isinstance(values[0], Name):
        raise Refused("it makes an object of what is no class")
    stack.append(Object())


def _call(stack: list[Any], values: list[Any]) -> None:
    """Put what stands for the result of a call on the stack; the call is not made."""
    called, arguments = values
    if not isinstance(called, Name) or not isinstance(arguments, tuple):
        raise Refused("it calls what is no function")
    if called.text not in _CALLS:
        raise Refused(f"it asks to call {called.text.replace(' ', '.')[:60]!a}")
    stack.append(_CALLS[called.text](*arguments))


def _persistent(reference: Any, storages: dict[str, Storage] | None) -> Any:
    """Return a storage, noted in `storages`, or the class whose source text the file brings."""
    kind = reference[0] if isinstance(reference, tuple) and reference else None
    if kind == "module" and isinstance(reference[1], Name):
        return reference[1]
    if kind != "storage" or storages is None or not isinstance(reference[1], Name):
        raise Refused("it refers to something else than a storage")
    _, typename, key, _, numel, view = reference
    if typename.text not in _DTYPES or not isinstance(key, str) or not _is_count(numel) or view is not None:
        raise Refused("a storage is of no known kind")
    storage = Storage(key, _DTYPES[typename.text], numel)
    if storages.setdefault(key, storage) != storage:
        raise Refused("a storage is given twice")
    return storage


def _view(storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any = None, hooks: Any = None) -> View:
    """Return the view that `torch._utils._rebuild_tensor_v2` would make, if it lies within its storage."""
    is_shape = isinstance(size, tuple) and isinstance(stride, tuple) and len(size) == len(stride) <= MAX_DIMENSIONS
    if (
        not isinstance(storage, Storage)
        or not is_shape
        or not all(map(_is_count, (offset, *size, *stride)))
        or 0 in size
    ):
        raise Refused("a tensor is malformed")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if math.prod(size) > storage.numel or last >= storage.numel:
        raise Refused("a tensor is larger than its storage")
    return View(storage, offset, size, stride)


def _parameter(data: Any, requires_grad: Any = None, hooks: Any = None) -> View:
    if not isinstance(data, View):
        raise Refused("a parameter is not a tensor")
    return data


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62


def _dict() -> dict:
    return {}


_CALLS = {
    "torch._utils _rebuild_tensor_v2": _view,
    "torch._utils _rebuild_parameter": _parameter,
    "collections OrderedDict": _dict,
    "torch.nn.backends.thnn _get_thnn_function_backend": _dict,  # in every module of torch 1.0; holds nothing of use
}
_VALUES = {
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE"), lambda argument: argument),
    **{"NONE": lambda _: None, "NEWTRUE": lambda _: True, "NEWFALSE": lambda _: False},
    **{"EMPTY_TUPLE": lambda _: (), "EMPTY_LIST": lambda _: [], "EMPTY_DICT": lambda _: {}, "GLOBAL": Name},
}
_TAKES = {  # how many values an instruction takes, None for those after the last mark, and what it does with them
    "TUPLE": (None, _tuple),
    "TUPLE1": (1, _tuple),
    "TUPLE2": (2, _tuple),
    "TUPLE3": (3, _tuple),
    "SETITEM": (2, _set_items),
    "SETITEMS": (None, _set_items),
    "APPEND": (1, _extend),
    "APPENDS": (None, _extend),
    "REDUCE": (2, _call),
    "NEWOBJ": (2, _create),
    "BUILD": (1, _set_state),
}
