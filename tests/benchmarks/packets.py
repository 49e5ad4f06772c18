"""How fast packets are decoded and encoded beside construct's interpretation of the same layout, as ratios of one run.

python -m tests.benchmarks.packets [--json]
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from isletbench.protocols.errors import Unencodable, WireError
from isletbench.protocols.packet import _layout
from tests.protocols.test_compiled import PACKETS

ROUNDS, REPEATS = 200, 5
COMMON = (0, 0, 1, 2, 3, 0x0F, 0x33, 0x55, 0x5A, 0x96)


def valid(cls: type[Any], chance: random.Random) -> Any:
    """The longest valid value of a packet that random octets have brought forth; None when they have brought none."""
    layout = _layout(cls)
    found: list[tuple[int, int, Any]] = []
    for _ in range(3_000):
        octets = bytes(chance.choice((*COMMON, chance.randrange(256))) for _ in range(chance.randrange(24)))
        try:
            value = layout.interpreted_decode(octets, trailing=True)
            found.append((len(layout.interpreted_encode(value)), len(found), value))
        except (WireError, Unencodable):
            continue
    return max(found)[2] if found else None


def timed(act: Callable[[], object]) -> float:
    """The best of several means, s a call."""
    means = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        for _ in range(ROUNDS):
            act()
        means.append((time.perf_counter() - began) / ROUNDS)
    return min(means)


def ratios(cls: type[Any], value: Any) -> tuple[float, float]:
    """Decode and encode, each divided by what the bare interpreted Struct needs for the same."""
    layout = _layout(cls)
    octets, container = layout.interpreted_encode(value), layout.container(value)
    decode = timed(lambda: layout.decode(octets, trailing=False)) / timed(lambda: layout.struct.parse(octets))
    encode = timed(lambda: layout.encode(value)) / timed(lambda: layout.struct.build(container))
    return decode, encode


def main(as_json: bool) -> None:
    """Print a line for each packet and the medians, or all of it as JSON."""
    chance = random.Random(1)
    found = {cls.__qualname__: ratios(cls, value) for cls in PACKETS if (value := valid(cls, chance)) is not None}
    decode, encode = (statistics.median(ratio[way] for ratio in found.values()) for way in (0, 1))
    if as_json:
        rows = {name: {"decode": round(d, 3), "encode": round(e, 3)} for name, (d, e) in found.items()}
        print(json.dumps({"median": {"decode": round(decode, 3), "encode": round(encode, 3)}, "packets": rows}))
        return
    for name, (d, e) in sorted(found.items()):
        print(f"{name:<44} decode {d:5.2f} x   encode {e:5.2f} x")
    print(f"{f'median of {len(found)} of {len(PACKETS)}':<44} decode {decode:5.2f} x   encode {encode:5.2f} x   (goal 0.3 x)")


if __name__ == "__main__":
    main("--json" in sys.argv[1:])
