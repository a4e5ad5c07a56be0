"""Measure this project against peers on the same work in the same run: `python -m tests.benchmarks [name …]`.

Each module of this folder with a generator `rows()` is a benchmark, named as the module. It yields tuples

    (work, against, ours, theirs, unit)

texts but for the two numbers: smaller is better, and the ratio printed is theirs / ours, so 1 or more is at least as
good. `theirs` may also be an aim; None prints no ratio. Numbers depend on the machine and on what else it does; no test
reads them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

LINE = "{:<58} {:<34} {:>12} {:>12} {:>7}"


def main(names: list[str]) -> int:
    """Run the benchmarks named, or all; return 2 for a name that does not exist."""
    modules = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    unknown = [name for name in names if name not in modules]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(modules)}.", file=sys.stderr)
        return 2
    print(LINE.format("work", "against", "ours", "theirs", "ratio"))
    for name in names or modules:
        module = import_module(f"tests.benchmarks.{name}")
        for work, against, ours, theirs, unit in getattr(module, "rows", tuple)():
            other, ratio = ("", "") if theirs is None else (f"{theirs:.3g} {unit}", f"{theirs / ours:.2f}")
            print(LINE.format(work, against, f"{ours:.3g} {unit}", other, ratio), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
