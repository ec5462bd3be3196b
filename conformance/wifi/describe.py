# SPDX-License-Identifier: GPL-2.0-only
"""Frames in words."""

from __future__ import annotations

from .capture import Frame

TYPES = {
    (0, 0): "Association Request", (0, 1): "Association Response", (0, 8): "Beacon", (0, 10): "Disassociation",
    (0, 12): "Deauthentication", (0, 13): "Action", (1, 8): "BlockAckReq", (1, 9): "BlockAck", (1, 10): "PS-Poll",
    (1, 11): "RTS", (1, 12): "CTS", (1, 13): "Ack", (2, 0): "Data", (2, 4): "Null", (2, 8): "QoS Data",
    (2, 12): "QoS Null",
}  # fmt: skip


def describe(frame: Frame) -> str:
    """A frame in a line."""
    what = TYPES.get((frame.type, frame.subtype), f"type {frame.type} subtype {frame.subtype}")
    flags = [
        name
        for name, on in (
            ("Retry", frame.retry), ("PM", frame.power_management), ("More Data", frame.more_data),
            ("Protected", frame.protected),
        )  # fmt: skip
        if on
    ]
    tim = ""
    if frame.beacon:
        body = frame.element(5)
        tim = f" DTIM {body[0]}/{body[1]}{' group' if body[2] & 1 else ''}" if body and len(body) >= 4 else " no TIM"
    to = f" to {frame.a1}" if frame.a1 else ""
    return f"frame {frame.number}: {what}{tim}{to} SN {frame.sequence}{' [' + ', '.join(flags) + ']' if flags else ''}"
