# SPDX-License-Identifier: GPL-2.0-only
"""The registry of targets: a name, the module that makes it, loaded when it is asked for.

Each module has a factory ``target()``; that of ``dut`` takes the path of the file that describes the router,
that of FRR the version, where it is not the one of this release of Debian.
A path to a Python file with such a factory is a target, too. See ``conformance.harness.model.Target`` for
what it must do.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

from conformance.harness.model import Target
from conformance.harness.requirements import ConfigurationError

from . import unpacked

MODULES = {
    "core": "core",
    "ns3": "ns3",
    "mcastd": "mcastd",
    "linux-host": "linux_host",
    "linux-bridge": "linux_bridge",
    "frr": "frr",
    "frr-10.3": "frr",
    "frr-10.7.1": "frr",
    "pimd": "pimd",
    "igmpproxy": "igmpproxy",
    "dut": "dut",
}
# A failure of these is a failure of the project; a failure of any other is a finding about it.
OWN = ("core", "ns3", "mcastd")
# Of other releases of Debian: judged when they are asked for, or are there already.
FROM_AFAR = {"frr-10.3": "10.3", "frr-10.7.1": "10.7.1"}
REQUIRED = ("version", "missing", "open", "features", "timers", "tolerance", "virtual", "name")


# What is judged if nothing is named: a quarter of an hour. "all" takes twice that.
DEFAULT = ("core", "ns3", "mcastd", "linux-host", "frr", "pimd", "igmpproxy")


def all_targets() -> tuple[str, ...]:
    """What "all" stands for: everything that needs neither a file nor a download."""
    return tuple(
        name
        for name in MODULES
        if name != "dut" and (name not in FROM_AFAR or unpacked.folder(name) != Path("/"))
    )


def load_target(name: str, dut_file: str | None = None) -> Target:
    """The target of that name; ``ConfigurationError`` if there is none or its module is broken."""
    if name.endswith(".py"):
        module = _module_of_file(Path(name))
    elif name in MODULES:
        module = _module(name)
    else:
        raise ConfigurationError(f"--targets: no target {name!r}; there are {', '.join(MODULES)}")
    if not hasattr(module, "target"):
        raise ConfigurationError(f"target {name}: {module.__file__} has no function target()")
    if name == "dut":
        if dut_file is None:
            raise ConfigurationError("target dut: say with --dut FILE.yaml which router it is")
        made = module.target(dut_file)
    elif name in FROM_AFAR:
        made = module.target(FROM_AFAR[name])
    else:
        made = module.target()
    for attribute in REQUIRED:
        if not hasattr(made, attribute):
            raise ConfigurationError(f"target {name}: it lacks {attribute!r}")
    return made


def _module(name: str) -> ModuleType:
    full = f"{__name__}.{MODULES[name]}"
    try:
        return importlib.import_module(full)
    except ModuleNotFoundError as error:
        if error.name == full:
            raise ConfigurationError(
                f"target {name}: conformance/targets/{MODULES[name]}.py is not there"
            ) from error
        raise ConfigurationError(f"target {name}: needs the Python module {error.name}") from error
    except ImportError as error:
        raise ConfigurationError(f"target {name}: cannot be loaded: {error}") from error


def _module_of_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ConfigurationError(f"--targets: {path}: no such file")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # noqa: BLE001  (any mistake in a file that the user names)
        raise ConfigurationError(f"--targets: {path}: {type(error).__name__}: {error}") from error
    return module
