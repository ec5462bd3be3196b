# SPDX-License-Identifier: GPL-2.0-only
"""What a hostapd.conf says about group delivery."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .pcap_file import CaptureError

DEFAULTS = {"a": [60, 120, 240], "b": [10, 20], "g": [10, 20, 55, 110]}  # basic rates, where no line says them
DSSS = (10, 20, 55, 110)
NEWER = {"ieee80211ax": "ax", "ieee80211ac": "ac", "ieee80211n": "n"}


@dataclass
class Conf:
    """``standard`` is the newest that the access point speaks: a, b, g, n, ac or ax."""

    dtim_period: int = 2
    beacon_interval: int = 100  # TU
    basic_rates: list[int] = field(default_factory=list)  # 100 kb/s; empty: not said
    standard: str = "g"
    band5: bool = False
    ssid: str = ""

    @staticmethod
    def read(path: Path) -> "Conf":
        """``CaptureError`` if it cannot be read, or where a number is none."""
        keys = _lines(path)
        mode = keys.get("hw_mode", "g")
        newest = next((standard for key, standard in NEWER.items() if keys.get(key) == "1"), "")
        return Conf(
            _number(path, keys, "dtim_period", 2, 1, 255),
            _number(path, keys, "beacon_int", 100, 15, 65535),
            _rates(path, keys),
            newest or (mode if mode in DEFAULTS else "g"),
            mode == "a" or newest == "ac",
            keys.get("ssid", ""),
        )

    def mode_of(self, rate: int) -> str:
        """ns-3's name of a legacy rate in this band."""
        if rate in DSSS and not self.band5:
            return f"DsssRate{rate // 10}Mbps" if rate != 55 else "DsssRate5_5Mbps"
        return ("Ofdm" if self.band5 else "ErpOfdm") + f"Rate{rate // 10}Mbps"

    @property
    def lowest_basic(self) -> int:
        """What mac80211 sends group frames with."""
        return min(self.basic_rates or DEFAULTS["a" if self.band5 else "b" if self.standard == "b" else "g"])


def _lines(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise CaptureError(f"{path}: {error.strerror or error}") from error
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.lstrip().startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _number(path: Path, keys: dict[str, str], key: str, default: int, low: int, high: int) -> int:
    value = keys.get(key, str(default))
    if not value.isdigit() or not low <= int(value) <= high:
        raise CaptureError(f"{path}: {key}={value} is no number from {low} to {high}")
    return int(value)


def _rates(path: Path, keys: dict[str, str]) -> list[int]:
    words = keys.get("basic_rates", "").split()
    if not all(word.isdigit() for word in words):
        raise CaptureError(f"{path}: basic_rates={keys['basic_rates']} are no rates")
    return [int(word) for word in words]
