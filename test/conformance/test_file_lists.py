# SPDX-License-Identifier: GPL-2.0-only
"""The lists of source files: those of wscript are those of CMakeLists.txt, and no file on disk is in neither."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTS = ("core_sources", "ns3_sources", "ns3_headers", "ns3_test_sources")


def cmake_list(name: str) -> list[str]:
    """The files of a set() of the root's CMakeLists.txt."""
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(rf"^set\({name}\n(.*?)^\)", text, re.DOTALL | re.MULTILINE)
    assert found, f"CMakeLists.txt has no list {name}"
    return found[1].split()


def waf_list(name: str) -> list[str]:
    """The files of a list of wscript."""
    for node in ast.parse((ROOT / "wscript").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name.upper():
            return ast.literal_eval(node.value)
    raise AssertionError(f"wscript has no list {name.upper()}")


@pytest.mark.parametrize("name", LISTS)
def test_both_build_systems_have_the_same_files(name: str) -> None:
    assert waf_list(name) == cmake_list(name)


@pytest.mark.parametrize("name", LISTS)
def test_every_listed_file_is_there_once(name: str) -> None:
    files = cmake_list(name)
    assert len(files) == len(set(files))
    assert [file for file in files if not (ROOT / file).is_file()] == []


@pytest.mark.parametrize("pattern, names", [
    ("model/core/**/*.cc", ("core_sources",)),
    ("model/*.cc", ("ns3_sources",)),
    ("helper/*.cc", ("ns3_sources",)),
    ("test/multicast-*.cc", ("ns3_test_sources",)),
])
def test_every_source_file_is_listed(pattern: str, names: tuple[str, ...]) -> None:
    on_disk = {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern)}
    listed = {file for name in names for file in cmake_list(name)}
    assert on_disk <= listed


def test_exported_headers_are_prefixed_and_include_no_header_of_the_core() -> None:
    for header in cmake_list("ns3_headers"):
        assert Path(header).name.startswith("multicast-"), header
        text = (ROOT / header).read_text(encoding="utf-8")
        assert not re.search(r'#include "(?:.*/)?(?:base|wire|gm|mfc)/|#include ".*core/', text), header


def test_examples_are_the_same_in_both_build_systems() -> None:
    cmake = set(re.findall(r"NAME ([a-z-]+)", (ROOT / "examples/CMakeLists.txt").read_text(encoding="utf-8")))
    waf = set(re.findall(r"create_ns3_program\('([a-z-]+)'", (ROOT / "examples/wscript").read_text(encoding="utf-8")))
    assert cmake == waf
