"""What is known of a trained model before any of it is read: where its file is, what it must be, how it is built.

Conventions: SHA-256 in lower-case hex; sizes in bytes; a bundled path is relative to assets/weights.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine.errors import InvalidInput, constraint

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Bundled:
    """A file that comes with Tangent, in assets/weights."""

    path: str

    @property
    def file_name(self) -> str:
        """The path's last part."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Download:
    """A file on a server, kept under `file_name` in torch.hub's cache folder.

    `size_bytes` may be off by `tolerance_bytes`, where a publisher gives the size only in rounded megabytes. `also_in`
    is a folder below torch.hub's own in which another library keeps the same file; a copy there is used as well.
    """

    url: str
    file_name: str
    size_bytes: int
    tolerance_bytes: int = 0
    also_in: str = ""

    def __post_init__(self) -> None:
        _check_file_name(self.file_name)
        for folder in self.also_in.split("/") if self.also_in else ():
            _check_file_name(folder)
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise InvalidInput(constraint("url", "an http or https address", self.url))
        if self.size_bytes < 1:
            raise InvalidInput(constraint("size_bytes", "at least 1", self.size_bytes))


@dataclass(frozen=True)
class UserFile:
    """A file that the owner of this machine must get and put into torch.hub's cache folder under `file_name`."""

    file_name: str

    def __post_init__(self) -> None:
        _check_file_name(self.file_name)


@dataclass(frozen=True)
class Weights:
    """One declared model.

    Attributes:
        name: in capitals, such as "DCGAN_AVATARS_V1".
        source: where its file is.
        build: makes the untrained model, which the file's tensors fill; None where the file is a TorchScript program,
            which brings its code with it and is therefore only run with a `sha256`.
        preprocess: makes the function that turns an input into what the model takes.
        sha256: the file's hash; None for a `UserFile`, or where its publisher gives only the `sha256_prefix`.
        licence: under which it may be used.
        card: its model card, assets/cards/<name>.md.
        metrics: the figures it reaches, by name.
        num_params: how many numbers were trained.
        recipe: the module that made it, or None.
        sha256_prefix: the first digits of the hash, at least 8, where no more are published.
        part: in a checkpoint that holds more than the model's state, the name under which that lies; else "".
        convert: given where the file is a whole module pickled in torch's old format: makes the model's state of the
            tensors in it, which are read without running anything, and then only with a `sha256`.
    """

    name: str
    source: Bundled | Download | UserFile
    build: Callable[[], nn.Module] | None
    preprocess: Callable[[], Callable]
    sha256: str | None
    licence: str
    card: str
    metrics: Mapping[str, float] = field(hash=False)
    num_params: int
    recipe: str | None = None
    sha256_prefix: str = ""
    part: str = ""
    convert: Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]] | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch("([0-9a-f]{8,64})?", self.sha256_prefix):
            must_be = "8 to 64 lower-case hex digits, or empty"
            raise InvalidInput(constraint(f"sha256_prefix of {self.name}", must_be, self.sha256_prefix))
        if self.sha256 is None:
            if self.build is None or self.convert is not None:
                kind = "a TorchScript program" if self.build is None else "a pickled module"
                raise InvalidInput(constraint(f"sha256 of {self.name}", f"given for {kind}", None))
            if not (isinstance(self.source, UserFile) or self.sha256_prefix):
                raise InvalidInput(constraint(f"sha256 of {self.name}", "given for this kind of source", None))
        elif not re.fullmatch("[0-9a-f]{64}", self.sha256):
            raise InvalidInput(constraint(f"sha256 of {self.name}", "64 lower-case hex digits", self.sha256))

    def accepts(self, digest: str) -> bool:
        """Whether a file with this SHA-256 is the declared one, as far as its hash is known."""
        return digest.startswith(self.sha256 or self.sha256_prefix)


def _check_file_name(file_name: str) -> None:
    """Refuse a name that would lead out of the cache folder."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*", file_name):
        raise InvalidInput(constraint("file_name", "letters, digits, '_', '-' and '.', without a folder", file_name))
