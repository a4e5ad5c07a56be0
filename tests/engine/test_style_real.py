"""The real judge, photographs and paintings: what style transfer does to them, seen by features it never used."""

from engine.style_transfer.gatys import Gatys, optimise
from engine.style_transfer.random_filters import RandomFilters
from tests.reference import real_styles
from tests.reference.real_data import need


def test_random_filters_bring_a_photograph_nearer_to_a_painting():
    need("weights/squeezenet1_0")
    judge = real_styles.load_judge()
    photograph, painting = (
        real_styles.read(path, 128) for path in (real_styles.PHOTOGRAPHS[1], real_styles.PAINTINGS[1])
    )
    nothing = real_styles.figures(judge, photograph, photograph, painting)
    assert (nothing.closed, nothing.cost) == (0, 0)
    settings = Gatys(size_px=128, steps=45, style_weight=20.0)
    *_, last = optimise(RandomFilters(), photograph, [painting], settings)
    found = real_styles.figures(judge, last.picture.float() / 255, photograph, painting)
    assert found.closed > 0.15 and found.cost < 0.9


def test_the_reference_is_read_between_its_points():
    points = [real_styles.StyleTransferFigures(0.5, 0.4), real_styles.StyleTransferFigures(0.7, 0.8)]
    assert abs(real_styles.at_cost(points, 0.6) - 0.6) < 1e-9
    assert abs(real_styles.at_cost(points, 0.2) - 0.25) < 1e-9
    assert real_styles.at_cost(points, 2.0) == 0.7
