# SPDX-License-Identifier: GPL-2.0-only
"""The requirement files: one YAML file per standard, ids stable for ever.

``not-covered.yaml`` beside them says why no case covers a requirement: a mapping of id to reason.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent.parent / "requirements"
NOT_COVERED = "not-covered.yaml"


class ConfigurationError(Exception):
    """A file or an argument of the suite is wrong; the message names the file and the key."""


@dataclass(frozen=True)
class Requirement:
    """One testable statement of a standard."""

    id: str
    document: str  # stem of the file: "rfc3376"
    clause: str
    role: str
    level: str
    observable: str
    statement: str
    title: str  # of the document
    source: str = "text"  # "memory": to be checked before it fails anybody


def load_yaml(path: Path) -> object:
    """The content of a YAML file; ``ConfigurationError`` with file and line if it can't be read."""
    try:
        with path.open(encoding="utf-8") as file:
            return yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ConfigurationError(f"{where}: {getattr(error, 'problem', None) or error}") from error


def load_requirements(folder: Path = FOLDER) -> dict[str, Requirement]:
    """All requirements of a folder by id, in the order of the files."""
    found: dict[str, Requirement] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name == NOT_COVERED:
            continue
        for requirement in _load_document(path):
            if requirement.id in found:
                raise ConfigurationError(
                    f"{path}: {requirement.id} is also in {found[requirement.id].document}.yaml"
                )
            found[requirement.id] = requirement
    return found


def _load_document(path: Path) -> list[Requirement]:
    content = load_yaml(path)
    if not isinstance(content, dict) or not isinstance(content.get("requirements"), list):
        raise ConfigurationError(f"{path}: no list 'requirements'")
    result = []
    for number, entry in enumerate(content["requirements"], 1):
        try:
            result.append(
                Requirement(
                    id=entry["id"],
                    document=path.stem,
                    clause=str(entry["clause"]),
                    role=entry["role"],
                    level=entry["level"],
                    observable=entry["observable"],
                    statement=entry["statement"],
                    title=str(content.get("document", path.stem)),
                    source=entry.get("source", "text"),
                )
            )
        except (KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{path}: requirement {number}: {error} is missing or misplaced"
            ) from error
    return result


@functools.lru_cache(maxsize=1)
def requirements() -> dict[str, Requirement]:
    """The project's own requirements by id (read once)."""
    return load_requirements()


def load_not_covered(known: dict[str, Requirement], folder: Path = FOLDER) -> dict[str, str]:
    """Reasons for uncovered requirements by id; every id must exist and every reason say something."""
    path = folder / NOT_COVERED
    if not path.exists():
        return {}
    content = load_yaml(path) or {}
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: must map requirement ids to reasons")
    for key, reason in content.items():
        if key not in known:
            raise ConfigurationError(f"{path}: {key}: no such requirement")
        if not isinstance(reason, str) or not reason.strip():
            raise ConfigurationError(f"{path}: {key}: the reason is empty")
    return content
