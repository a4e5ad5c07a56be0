"""Numbers as a page writes them: the same form as the canvas gives them."""

from __future__ import annotations

import math

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 4) -> str:
    """Write a number with so many significant digits, and powers of ten from 10⁶ on and below 10⁻³: "2.5×10⁻⁷"."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)) + 1e-9)
    if -3 <= magnitude <= 5:
        return f"{value:.{max(digits, magnitude + 1)}g}".replace("-", "−")
    mantissa = f"{value / 10**magnitude:.{min(digits, 3)}g}".replace("-", "−")
    power = f"10{str(magnitude).translate(_RAISED)}"
    return {"1": power, "−1": f"−{power}"}.get(mantissa, f"{mantissa}×{power}")
