# SPDX-License-Identifier: GPL-2.0-only
"""The judge: ``from conformance.harness import *`` gives a case author everything.

See ``conformance/cases/README.md``; the words for packets are in ``packets``, the moves in ``lab``.
"""

from . import packets as _packets
from .addressing import global_of, is_group, is_link_local_group, link_local_of
from .pim_packets import *  # noqa: F401,F403
from .pim_packets import __all__ as _pim_words
from .pim_setup import LAN2_ROUTER, OTHER_RP, OTHER_UPSTREAM, OWN_RP, RP, UPSTREAM, UnicastRoute
from .registry import case, igmp, mld, pim_case
from .codes import (
    decode_float_code,
    decode_mld_code,
    encode_float_code,
    encode_mld_code,
    max_resp_code,
    max_resp_time,
    qqic,
)
from .lab import Lab
from .model import Delivery, GroupState, InterfaceSetup, StaticRoute, TargetDied, TimerSet, Unsupported
from .packets import *  # noqa: F401,F403
from .wire import Message, Record, decode


def seconds(value: float) -> float:
    """Seconds, said aloud: ``after=seconds(1)``."""
    return float(value)


def milliseconds(value: float) -> float:
    """Milliseconds as seconds."""
    return value / 1000


__all__ = [
    *_packets.__all__,
    *_pim_words,
    "LAN2_ROUTER",
    "OTHER_RP",
    "OTHER_UPSTREAM",
    "OWN_RP",
    "RP",
    "UPSTREAM",
    "UnicastRoute",
    "pim_case",
    "case",
    "igmp",
    "mld",
    "global_of",
    "is_group",
    "is_link_local_group",
    "link_local_of",
    "decode_mld_code",
    "encode_mld_code",
    "decode_float_code",
    "encode_float_code",
    "max_resp_code",
    "max_resp_time",
    "qqic",
    "Lab",
    "Delivery",
    "GroupState",
    "InterfaceSetup",
    "StaticRoute",
    "TargetDied",
    "TimerSet",
    "Unsupported",
    "Message",
    "Record",
    "decode",
    "seconds",
    "milliseconds",
]
