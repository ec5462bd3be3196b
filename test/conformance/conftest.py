# SPDX-License-Identifier: GPL-2.0-only
"""Makes the project's root importable, whatever the folder that pytest was started in."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
