"""Uploads: a file of the visitor's becomes something decoded, or one sentence that says why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from engine.errors import EngineError
from pages._ui.session import remember

Decoded = TypeVar("Decoded")


def upload(
    key: str, label: str, types: Sequence[str], decode: Callable[[bytes, str], Decoded], help: str
) -> Decoded | None:
    """Offer an upload and return what `decode(data, name)` makes of the file; None without one, or after a refusal.

    The decoded value is remembered, so a rerun does not decode again.
    """
    return decoded(key, st.file_uploader(label, type=list(types), key=key, help=help), decode)


def decoded(key: str, file: Any, decode: Callable[[bytes, str], Decoded]) -> Decoded | None:
    """Return what `decode` makes of a file that a widget gave, as `upload` does."""
    if file is None:
        return None
    try:
        return remember(key, file.file_id, lambda: decode(file.getvalue(), file.name))
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return None
