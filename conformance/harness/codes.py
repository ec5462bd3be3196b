# SPDX-License-Identifier: GPL-2.0-only
"""The float codes of IGMPv3: Max Resp Code (tenths of a second) and QQIC (seconds).     RFC 3376 4.1.1, 4.1.7

      0 1 2 3 4 5 6 7
     +-+-+-+-+-+-+-+-+
     |1| exp | mant  |     value = (mant | 0x10) << (exp + 3)      for codes of 128 and more
     +-+-+-+-+-+-+-+-+
"""

from __future__ import annotations

LARGEST = 31744  # code 0xff


def decode_float_code(code: int) -> int:
    """The value that an IGMPv3 code (0..255) stands for."""
    if code < 128:
        return code
    return ((code & 0x0F) | 0x10) << (((code >> 4) & 0x07) + 3)


def encode_float_code(value: int) -> int:
    """The code of the largest representable value that is not above ``value`` (RFC 3376 8.8 rounds down)."""
    if value < 128:
        return max(value, 0)
    if value >= LARGEST:
        return 0xFF
    exponent = value.bit_length() - 8  # mant | 0x10 has five bits, the shift is exponent + 3
    return 0x80 | exponent << 4 | (value >> (exponent + 3)) & 0x0F


def max_resp_code(seconds: float, version: int = 3) -> int:
    """Max Resp Code for ``seconds``: linear tenths in IGMPv2 (at most 25.5 s), float code in IGMPv3."""
    tenths = int(seconds * 10 + 1e-6)
    return min(tenths, 255) if version < 3 else encode_float_code(tenths)


def max_resp_time(code: int, version: int = 3) -> float:
    """Seconds that a Max Resp Code stands for; IGMPv1 (code 0 in eight octets) means 10 s."""
    if version == 1:
        return 10.0
    return (code if version == 2 else decode_float_code(code)) / 10


def qqic(seconds: float) -> int:
    """Querier's Query Interval Code for ``seconds``."""
    return encode_float_code(int(seconds + 1e-6))
