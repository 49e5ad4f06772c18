"""The line code of the radio, 4b6b: each nibble becomes six bits, so that no 00 octet stands in coded data.

High nibble first, bits packed with the most significant first; the last octet is filled up with zero bits.
"""

CODES = (
    0b010101,
    0b110001,
    0b110010,
    0b100011,
    0b110100,
    0b100101,
    0b100110,
    0b010110,
    0b011010,
    0b011001,
    0b101010,
    0b001011,
    0b101100,
    0b001101,
    0b001110,
    0b011100,
)
"""The code of each nibble."""
_NIBBLES = {code: nibble for nibble, code in enumerate(CODES)}


def coded(octets: bytes) -> bytes:
    """The octets as they go on the air."""
    bits = 0
    for octet in octets:
        bits = bits << 12 | CODES[octet >> 4] << 6 | CODES[octet & 0xF]
    padding = -12 * len(octets) % 8
    return (bits << padding).to_bytes((12 * len(octets) + padding) // 8, "big")


def decoded(line: bytes) -> bytes:
    """The octets that were coded, up to the first group of six bits that is no code; half an octet is left out."""
    bits, nibbles = int.from_bytes(line, "big"), []
    for left in range(8 * len(line) - 6, -1, -6):
        nibble = _NIBBLES.get(bits >> left & 0x3F)
        if nibble is None:
            break
        nibbles.append(nibble)
    return bytes(high << 4 | low for high, low in zip(nibbles[::2], nibbles[1::2], strict=False))
