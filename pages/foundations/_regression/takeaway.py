"""Take it away: coefficients, trace, model and script of the fit."""

from __future__ import annotations

import io
import zipfile

from engine.io.tables import write_csv
from engine.linear_model.model_file import save_model
from engine.linear_model.script import needs_data_file, standalone_script, table_csv
from pages._ui.exports import Export, take_away
from pages.foundations._regression import runs
from pages.foundations._regression.view import theta_name


def take_away_part(fitted: runs.Fitted) -> None:
    """Offer what the newest run came to; each file is made when it is asked for."""
    settings, shown, table, full = fitted.settings, fitted.shown, fitted.ready.table, fitted.run.full
    theta, original = full.theta[-1], full.original[-1]
    start = full.theta[0] if fitted.before else None

    def coefficients() -> bytes:
        names = [theta_name(j) for j in range(len(theta))]
        columns = {"parameter": names, "term": list(shown.problem.names), "on scaled columns": theta.tolist()}
        return write_csv(columns | {"on original columns": original.tolist()})

    script = lambda: standalone_script(settings, table, start).encode()  # noqa: E731
    with_data = lambda: _zip({"regression.py": script(), "data.csv": table_csv(table)})  # noqa: E731
    large = needs_data_file(table)
    take_away(
        [
            Export("Coefficients", "coefficients.csv", coefficients, "θ on the scaled and on the original columns."),
            Export("Trace", "trace.csv", lambda: write_csv(full.columns()), "θ, J and the errors at every step."),
            Export(
                "Model",
                "regression.safetensors",
                lambda: save_model(shown.problem, theta, settings),
                "θ with the scaling and the names, as plain tensors.",
            ),
            Export(
                "Script",
                "regression.zip" if large else "regression.py",
                with_data if large else script,
                "Computes the same numbers again from public packages alone.",
            ),
        ]
    )


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
