# SPDX-License-Identifier: GPL-2.0-only
"""Finds the daemons that ``scripts/fetch-daemons.sh`` unpacked, or else the installed ones."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from .built import ROOT

FETCH = "run ./mcast setup, or scripts/fetch-daemons.sh"


def folder(name: str) -> Path:
    """Where the files of a daemon's packages are, as if it were the root of the file system.

    ``$MCAST_DAEMONS``/NAME, by default ``.cache/daemons``/NAME below the project's root; ``/`` if it was not
    fetched.
    """
    unpacked = Path(os.environ.get("MCAST_DAEMONS") or ROOT / ".cache" / "daemons") / name
    return unpacked if (unpacked / "packages").is_file() else Path("/")


def environment(root: Path) -> dict[str, str]:
    """What lets an unpacked program find its libraries."""
    if root == Path("/"):
        return {}
    libraries = sorted(
        {str(library.parent) for library in root.glob(f"usr/lib/{platform.machine()}-linux-gnu/**/*.so*")}
        | {str(library.parent) for library in root.glob(f"lib/{platform.machine()}-linux-gnu/**/*.so*")}
    )
    return {"LD_LIBRARY_PATH": ":".join(libraries)} if libraries else {}


def package_version(root: Path, package: str) -> str:
    """The version of the package that was unpacked there, or the empty text."""
    listing = root / "packages"
    for line in listing.read_text(encoding="utf-8").splitlines() if listing.is_file() else ():
        name, _, version = line.partition("\t")
        if name == package:
            return version
    return ""
