# SPDX-License-Identifier: GPL-2.0-only
"""The lists of files: the same in CMakeLists.txt and wscript, complete, and fit for ns-3's one folder of headers."""

from __future__ import annotations

import re
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def cmake_list(name: str) -> list[str]:
    """A list of files that the root CMakeLists.txt sets by this name."""
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(rf"^set\({name}\s(.*?)\)", text, re.MULTILINE | re.DOTALL)
    assert found, f"CMakeLists.txt sets no {name}"
    return found[1].split()


class Env:
    """waf's environment, as far as wscript uses it."""

    ENABLE_EXAMPLES = True
    ENABLE_MPI = True

    def append_value(self, name: str, value: str) -> None:
        assert name == "CXXFLAGS" and value == "-std=c++17"


class Build:
    """waf's build context, as far as wscript uses it: remembers what is made."""

    def __init__(self) -> None:
        self.env = Env()
        self.made: dict[str, types.SimpleNamespace] = {}
        self.recursed: list[str] = []

    def _make(self, key: str, /, **fields: object) -> types.SimpleNamespace:
        self.made[key] = types.SimpleNamespace(env=Env(), **fields)
        return self.made[key]

    def create_ns3_module(self, name: str, dependencies: list[str]) -> types.SimpleNamespace:
        return self._make("module", name=name, dependencies=dependencies)

    def create_ns3_module_test_library(self, name: str) -> types.SimpleNamespace:
        return self._make("test", name=name)

    def create_ns3_program(self, name: str, dependencies: list[str]) -> types.SimpleNamespace:
        return self._make(name, dependencies=dependencies)

    def __call__(self, features: str) -> types.SimpleNamespace:
        assert features == "ns3header"
        return self._make("headers")

    def recurse(self, folder: str) -> None:
        self.recursed.append(folder)


def run_wscript(folder: Path) -> Build:
    """Runs build() of the wscript in a folder."""
    names: dict[str, object] = {}
    exec(compile((folder / "wscript").read_text(encoding="utf-8"), "wscript", "exec"), names)
    build = Build()
    names["build"](build)  # type: ignore[operator]
    return build


@pytest.fixture(scope="module")
def waf() -> Build:
    return run_wscript(ROOT)


def test_wscript_has_the_sources_of_cmake(waf: Build) -> None:
    assert waf.made["module"].source == cmake_list("core_sources") + cmake_list("ns3_sources")


def test_wscript_has_the_headers_of_cmake(waf: Build) -> None:
    assert waf.made["headers"].source == cmake_list("ns3_headers")
    assert waf.made["headers"].module == waf.made["module"].name == "multicast"


def test_wscript_has_the_suites_of_cmake(waf: Build) -> None:
    assert waf.made["test"].source == cmake_list("ns3_test_sources")


def test_wscript_depends_on_the_modules_that_cmake_links(waf: Build) -> None:
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    linked = re.search(r"LIBRARIES_TO_LINK (.*)", text)
    assert linked and re.findall(r"\$\{lib([a-z0-9-]+)\}", linked[1]) == waf.made["module"].dependencies


def test_examples_are_in_both(waf: Build) -> None:
    assert waf.recursed == ["examples"]
    programs = {name: program.source for name, program in run_wscript(ROOT / "examples").made.items()}
    on_disk = {path.stem: path.name for path in (ROOT / "examples").glob("*.cc")}
    in_cmake = re.findall(r"SOURCE_FILES (\S+)", (ROOT / "examples/CMakeLists.txt").read_text(encoding="utf-8"))
    assert programs == on_disk
    assert sorted(in_cmake) == sorted(on_disk.values())


@pytest.mark.parametrize(("name", "patterns"), [
    ("core_sources", ["model/core/**/*.cc", "wireless/core/*.cc"]),
    ("ns3_sources", ["model/*.cc", "helper/*.cc", "wireless/model/*.cc", "wireless/helper/*.cc"]),
    ("ns3_test_sources", ["test/multicast-*.cc", "wireless/test/multicast-*.cc"]),
])
def test_every_source_on_disk_is_listed(name: str, patterns: list[str]) -> None:
    on_disk = {str(path.relative_to(ROOT)) for pattern in patterns for path in ROOT.glob(pattern)}
    listed = cmake_list(name)
    assert sorted(listed) == sorted(on_disk)
    assert len(listed) == len(set(listed)), "twice in the list"


def test_exported_headers_have_names_of_their_own() -> None:
    """ns-3 copies headers into one folder, where a second one of a name is silently left out."""
    names = [Path(header).name for header in cmake_list("ns3_headers")]
    assert all(name.startswith("multicast-") for name in names)
    assert len(names) == len(set(names))
    assert all((ROOT / header).is_file() for header in cmake_list("ns3_headers"))


@pytest.mark.parametrize("header", cmake_list("ns3_headers"))
def test_exported_headers_include_exported_headers_only(header: str) -> None:
    exported = {Path(other).name for other in cmake_list("ns3_headers")}
    for included in re.findall(r'^#include "([^"]+)"', (ROOT / header).read_text(encoding="utf-8"), re.MULTILINE):
        folder, _, name = included.rpartition("/")
        if folder == "ns3":
            assert not name.startswith("multicast-") or name in exported
        else:
            assert folder == "" and name in exported, f"{included} is not installed"
