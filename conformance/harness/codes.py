# SPDX-License-Identifier: GPL-2.0-only
"""The float codes of Max Resp Code and QQIC.                RFC 3376 4.1.1, 4.1.7, RFC 3810 5.1.3, 5.1.9

      0 1 2 3 4 5 6 7
     +-+-+-+-+-+-+-+-+
     |1| exp | mant  |                   value = (mant | 0x10) << (exp + 3)      for codes of 128 and more
     +-+-+-+-+-+-+-+-+                   Max Resp Code of IGMPv3 (tenths of a second), QQIC of both (seconds)

      0 1 2 3 4 5 6 7 8 9 A B C D E F
     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
     |1| exp |          mant         |   value = (mant | 0x1000) << (exp + 3)    for codes of 32768 and more
     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+   Maximum Response Code of MLDv2 (milliseconds)
"""

from __future__ import annotations

LARGEST = 31744  # code 0xff
LARGEST_OF_MLD = 8387584  # code 0xffff


def _decode(code: int, mantissa: int) -> int:
    """A code whose mantissa has so many bits, after one bit of form and three of exponent."""
    if code < 1 << (mantissa + 3):
        return code
    return ((code & ((1 << mantissa) - 1)) | 1 << mantissa) << (((code >> mantissa) & 0x07) + 3)


def _encode(value: int, mantissa: int, largest: int) -> int:
    form = 1 << (mantissa + 3)
    if value < form:
        return max(value, 0)
    value = min(value, largest)
    exponent = value.bit_length() - mantissa - 4  # mant and its hidden bit, the shift is exponent + 3
    return form | exponent << mantissa | (value >> (exponent + 3)) & ((1 << mantissa) - 1)


def decode_float_code(code: int) -> int:
    """The value that an IGMPv3 code (0..255) stands for."""
    return _decode(code, 4)


def encode_float_code(value: int) -> int:
    """The code of the largest representable value that is not above ``value`` (RFC 3376 8.8 rounds down)."""
    return _encode(value, 4, LARGEST)


def decode_mld_code(code: int) -> int:
    """Milliseconds that an MLDv2 Maximum Response Code (0..65535) stands for."""
    return _decode(code, 12)


def encode_mld_code(milliseconds: int) -> int:
    """The Maximum Response Code of the largest representable value that is not above (RFC 3810 9.8)."""
    return _encode(milliseconds, 12, LARGEST_OF_MLD)


def max_resp_code(seconds: float, version: int = 3, family: str = "ipv4") -> int:
    """Max Resp Code for ``seconds``: linear in the older version (at most 25.5 s, or 65.535 s in MLDv1), a
    float code in the newer one. version: 2, or 3 (IGMPv3, MLDv2)."""
    if family == "ipv6":
        milliseconds = int(seconds * 1000 + 1e-6)
        return min(milliseconds, 65535) if version < 3 else encode_mld_code(milliseconds)
    tenths = int(seconds * 10 + 1e-6)
    return min(tenths, 255) if version < 3 else encode_float_code(tenths)


def max_resp_time(code: int, version: int = 3, family: str = "ipv4") -> float:
    """Seconds that a Max Resp Code stands for; IGMPv1 (code 0 in eight octets) means 10 s."""
    if family == "ipv6":
        return (code if version < 3 else decode_mld_code(code)) / 1000
    if version == 1:
        return 10.0
    return (code if version == 2 else decode_float_code(code)) / 10


def qqic(seconds: float) -> int:
    """Querier's Query Interval Code for ``seconds``."""
    return encode_float_code(int(seconds + 1e-6))
