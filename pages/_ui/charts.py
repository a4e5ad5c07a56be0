"""The one table of colours, and the one Plotly template for light and dark.

The same thing has the same colour on every page. Colours are Okabe and Ito's, which colour-blind people can tell apart,
darkened or lightened until each reaches a contrast of 3 : 1 on its ground.

Reference: Okabe and Ito, Color Universal Design (2008); Nuñez, Anderton and Renslow, cividis (PLOS ONE, 2018).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    import plotly.graph_objects as go

# role → (on the light ground, on the dark ground)
ROLES: dict[str, tuple[str, str]] = {
    "data": ("#0072b2", "#56b4e9"),
    "fit": ("#c94f00", "#ff8b3d"),
    "truth": ("#00835f", "#2bc79a"),
    "validation": ("#a8447f", "#e59ac6"),
    "residual": ("#7b8791", "#8b98a3"),
    "before": ("#6b7780", "#9aa7b2"),
    "outlier": ("#8a6d00", "#f0e442"),
    "bad": ("#b3261e", "#ff9a8f"),
    "contour": ("#ffffff", "#ffffff"),
    "class 0": ("#0072b2", "#56b4e9"),
    "class 1": ("#c94f00", "#ff8b3d"),
    "class 2": ("#00835f", "#2bc79a"),
    "class 3": ("#a8447f", "#e59ac6"),
    "class 4": ("#8a6d00", "#f0e442"),
    "class 5": ("#1c1c1c", "#f2f2f2"),
    "class 6": ("#4d5bb5", "#a3aef5"),
    "class 7": ("#6b7780", "#9aa7b2"),
}
CIVIDIS = ("#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838")
DIVERGING = (
    ("#0a4f86", "#5f9fcb", "#f4f4f2", "#e39a62", "#a03d00"),
    ("#7cc4f2", "#3d7aa6", "#20282e", "#b3672f", "#ffa05c"),
)
GROUND = {  # kept equal to .streamlit/config.toml by a test
    "light": {"text": "#18212b", "line": "#daddd9", "background": "#fbfbf9"},
    "dark": {"text": "#e6eaed", "line": "#2a343c", "background": "#0f1418"},
}


def scheme() -> str:
    """Return "light" or "dark": what the visitor's browser shows."""
    return "dark" if st.context.theme.type == "dark" else "light"


def color(role: str) -> str:
    """Return the colour of a role on the visitor's ground, as "#rrggbb"."""
    return ROLES[role][scheme() == "dark"]


def figure(x_title: str, y_title: str, height_px: int = 300, **axes: dict) -> go.Figure:
    """Make an empty Plotly figure in the shared template; `xaxis` and `yaxis` may add to the axes."""
    import plotly.graph_objects as go

    ground = GROUND[scheme()]
    axis = {
        "gridcolor": ground["line"],
        "zerolinecolor": ground["line"],
        "linecolor": ground["line"],
        "automargin": True,
    }
    return go.Figure(
        layout={
            "height": height_px,
            "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"color": ground["text"], "size": 12, "family": "Inter, sans-serif"},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"},
            "hoverlabel": {"font": {"size": 12}},
            "xaxis": {"title": x_title, **axis, **axes.get("xaxis", {})},
            "yaxis": {"title": y_title, **axis, **axes.get("yaxis", {})},
        }
    )


def show(fig: go.Figure, key: str, alt: str) -> None:
    """Draw a figure at full width, with a text alternative below it for who cannot see it."""
    st.plotly_chart(
        fig, key=key, theme=None, config={"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d"]}
    )
    st.html(f'<p class="sr-only">{escape(alt)}</p>')


def escape(text: str) -> str:
    """Make text from a visitor safe inside HTML."""
    import html

    return html.escape(text)
