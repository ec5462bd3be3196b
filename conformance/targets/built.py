# SPDX-License-Identifier: GPL-2.0-only
"""Finds the compiled Python modules: in ``build/python`` below the root, or below ``$MCAST_BUILD`` if that is set."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """Where the modules are looked for."""
    return Path(os.environ.get("MCAST_BUILD") or ROOT / "build") / "python"


def load(name: str) -> ModuleType:
    """The compiled module ``name``; ImportError if it was not built or does not fit this Python."""
    where = str(folder())
    if where not in sys.path:
        sys.path.insert(0, where)
    return importlib.import_module(name)


def missing(name: str) -> str | None:
    """Why the module cannot be had, with the command that helps, or None."""
    try:
        load(name)
    except ImportError as error:
        if not list(folder().glob(f"{name}.*.so")):
            return f"not built: {name} is not in {folder()}; run ./mcast build"
        return f"{name} cannot be loaded: {error}; run ./mcast build"
    return None
