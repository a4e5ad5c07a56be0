"""What a canvas reports as it is edited: {revision, sequence, moving, <name>: flat numbers}; none of it is trusted."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st


def generation(key: str, revision: str | int) -> int:
    """Count the changes of `revision`, so that a return to an earlier one is new as well."""
    name = f"{key}:revision"
    last, count = st.session_state.get(name, (revision, 0))
    count += last != revision
    st.session_state[name] = (revision, count)
    return count


def rows(report: Any, name: str, generation: int, width: int, most: int) -> np.ndarray | None:
    """Read a browser's report as (m, width), NaN for what is no number; None without a report of this revision."""
    if not isinstance(report, Mapping) or report.get("revision") != generation:
        return None
    values = report.get(name)
    if not isinstance(values, list):
        return None
    values = values[: width * min(len(values) // width, most)]
    largest = sys.float_info.max  # JSON's whole numbers have no limit of their own
    numbers = [float(v) if type(v) in (int, float) and abs(v) <= largest else np.nan for v in values]
    return np.array(numbers, dtype=np.float64).reshape(-1, width)


def sequence(report: Any) -> int:
    """Return the number of a browser's report, 0 if it has none that can be sent back."""
    number = report.get("sequence") if isinstance(report, Mapping) else None
    return number if type(number) is int and 0 <= number < 2**53 else 0


def is_moving(key: str, name: str) -> bool:
    """Return whether the visitor is in the middle of a change: more reports follow, and a last one ends them."""
    report = (st.session_state.get(key) or {}).get(name)
    return isinstance(report, Mapping) and report.get("moving") is True
