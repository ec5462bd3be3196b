# SPDX-License-Identifier: GPL-2.0-only
"""Finds and runs the daemons that ``scripts/fetch-daemons.sh`` unpacked, or else the installed ones.

A daemon of another release of Debian comes with all its libraries and the loader of its own C library, which
starts it (``command``); other programs on the way to it are not touched by that. One of this release needs
at most a few libraries (``environment``).
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
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


def fetch(name: str) -> str | None:
    """Fetches a daemon now; why that did not work, in one line, or None."""
    script = ROOT / "scripts" / "fetch-daemons.sh"
    print(f"fetching {name} (once, about a minute)", file=sys.stderr, flush=True)
    done = subprocess.run(["bash", str(script), name], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return said[0].removeprefix("fetch-daemons: ") if said else f"{name} could not be fetched"


def command(root: Path, program: str) -> list[str]:
    """What starts a program of the folder (a path below it)."""
    whole = str(root / program)
    loader = _loader(root)
    if loader is None:
        return [whole]
    return [str(loader), "--library-path", ":".join(_libraries(root)), whole]


def environment(root: Path) -> dict[str, str]:
    """What lets an unpacked program find its libraries, if it has no loader of its own."""
    if root == Path("/") or _loader(root) is not None:
        return {}
    libraries = _libraries(root)
    return {"LD_LIBRARY_PATH": ":".join(libraries)} if libraries else {}


def _loader(root: Path) -> Path | None:
    if root == Path("/"):
        return None
    return next(iter(sorted(root.glob("usr/lib/*/ld-linux*.so.*"))), None)


def _libraries(root: Path) -> list[str]:
    folders = (f"usr/lib/{platform.machine()}-linux-gnu", f"lib/{platform.machine()}-linux-gnu")
    return sorted({str(library.parent) for one in folders for library in root.glob(f"{one}/**/*.so*")})


def package_version(root: Path, package: str) -> str:
    """The version of the package that was unpacked there, or the empty text."""
    listing = root / "packages"
    for line in listing.read_text(encoding="utf-8").splitlines() if listing.is_file() else ():
        name, _, version = line.partition("\t")
        if name == package:
            return version
    return ""
