"""Hostile strings: valid ones that were changed, cut, joined and repeated, and noise. The same seed gives the same strings."""

from collections.abc import Iterator, Sequence
from random import Random

LONGEST = 4_096
EDGES = (0x00, 0x01, 0x7F, 0x80, 0xC0, 0xFE, 0xFF)


def strings(seeds: Sequence[bytes], seed: int, count: int) -> Iterator[bytes]:
    """So many strings, made from ``seeds``."""
    chance = Random(seed)
    for _ in range(count):
        if chance.random() < 0.1:
            yield chance.randbytes(chance.choice((0, 1, 2, 3, 7, 20, 64, 300)))
            continue
        made = bytearray(chance.choice(seeds))
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
            _change(made, seeds, chance)
        yield bytes(made[:LONGEST])


def _change(made: bytearray, seeds: Sequence[bytes], chance: Random) -> None:
    at = chance.randrange(len(made) + 1)
    end = min(len(made), at + chance.choice((1, 1, 2, 4, 16, 64)))
    match chance.randrange(8):
        case 0 if made:
            made[at % len(made)] ^= 1 << chance.randrange(8)
        case 1 if made:
            made[at % len(made)] = chance.choice(EDGES)
        case 2:
            del made[at:end]
        case 3:
            del made[at:]
        case 4:
            made[at:at] = chance.randbytes(chance.choice((1, 2, 8)))
        case 5:
            made[at:at] = made[at:end] * chance.choice((1, 2, 30))
        case 6:
            other = chance.choice(seeds)
            made[at:end] = other[chance.randrange(len(other) + 1) :][:64]
        case _:
            made[at:end] = bytes([chance.choice(EDGES)]) * (end - at)
