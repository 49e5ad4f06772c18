"""The code words of the Insulin Delivery Service: the values that an enumeration may ever use. Source: IDS 1.0.2, section 5."""

from functools import reduce
from operator import xor


def is_code_word(value: int) -> bool:
    """Whether a value is in the set of code words; others are prohibited (IDS 1.0.2, sections 1.3.3 and 5).

    An extended Hamming code: not 0, an even number of one bits, and their positions cancel out.
    """
    positions = [place for place in range(value.bit_length()) if value >> place & 1]
    return value > 0 and len(positions) % 2 == 0 and reduce(xor, positions) == 0
