"""Try this: where to start on the regression page."""

from __future__ import annotations

from pages._ui.presets import Preset

PRESETS = (
    Preset(
        "Downhill",
        "How many of the 200 steps until the line looks right, and what does J still gain after that?",
        {},
    ),
    Preset(
        "Too fast",
        "α is a little too large. Will J fall, stay, or grow? See on which side of the valley each step lands.",
        {"alpha": 0.5, "steps": 50},
    ),
    Preset(
        "Unlike scales",
        "Size runs to 220 m², rooms to 8. Which coefficient is learned first, and why is the valley so narrow?",
        {"data": "houses", "alpha": 5e-5, "steps": 500, "tolerance": 0.0},
    ),
    Preset(
        "Scaled",
        "The same houses after subtracting each mean and dividing by each spread. How many steps does it take now?",
        {"data": "houses", "alpha": 0.5, "steps": 500, "scaling": "std"},
    ),
    Preset(
        "Overfit",
        "Degree 12 on a dozen points: the training error is tiny. What is the validation error? And with λ = 1?",
        {"data": "polynomial", "n": 20, "degree": 12, "scaling": "std", "method": "normal_equation", "validation": 0.4},
    ),
    Preset(
        "Outliers",
        "Three points are moved far away. How much does the line turn for them, and why does the square make it worse?",
        {"outliers": 3, "n": 30, "alpha": 0.1},
    ),
    Preset(
        "Draw",
        "Drag the points: which of them pull the curve most, those in the middle or those at the ends?",
        {"data": "drawn", "degree": 3, "scaling": "std", "method": "normal_equation", "validation": 0.0},
    ),
)
