"""The names of COCO's 80 classes at their ids of 1 to 90; 0 is the background, and ten ids were never used.

Reference: Lin et al., "Microsoft COCO: Common Objects in Context", 2014.
"""

from __future__ import annotations

_UNUSED = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}

_USED = (
    "person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign, "
    "parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, "
    "handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, "
    "surfboard, tennis racket, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, "
    "broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed, dining table, toilet, tv, "
    "laptop, mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase, "
    "scissors, teddy bear, hair drier, toothbrush"
)


def _by_id() -> tuple[str, ...]:
    names = iter(_USED.split(", "))
    return ("background", *("" if k in _UNUSED else next(names) for k in range(1, 91)))


COCO_NAMES = _by_id()  # by label id, 91 of them; "" where there is no class
