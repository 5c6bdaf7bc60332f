"""The copy of a run's settings in run.json, used to list and compare runs without reading YAML."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nncli.file_limits import MAX_DEPTH, MAX_VALUES, read_file
from nncli.store.atomic import indented_json
from nncli.store.data_files import RELATIVE, relative_paths

SETTINGS, DIGEST = "settings", "config_sha256"
MAX_COPY_SIZE = 1 << 18  # bytes, so that run.json stays far below the size limit for reading it


class SettingsCopy(NamedTuple):
    """The settings in run.json, None if missing or unusable, and whether config.yaml has changed since."""

    settings: dict[str, Any] | None
    stale: bool = False


def with_settings(info: Mapping[str, Any], settings: Mapping[str, Any], config_text: str, run: Path) -> dict[str, Any]:
    """Add a copy of the settings, the digest of config.yaml, and the relative paths of the data files to `info`.

    `settings` is nested plain data. The copy is omitted if it is too large for a file that every list of runs reads.
    """
    files = relative_paths(settings, run)
    info = {**info, RELATIVE: files} if files else dict(info)
    if len(indented_json(settings).encode()) > MAX_COPY_SIZE:
        return info
    return {**info, SETTINGS: settings, DIGEST: _digest(config_text.encode("utf-8", "backslashreplace"))}


def settings_copy(config: Path, info: Mapping[str, Any]) -> SettingsCopy:
    """Return the copy unless it is damaged or the file `config` has changed since; a missing `config` is ignored."""
    settings, digest = info.get(SETTINGS), info.get(DIGEST)
    if not isinstance(settings, dict) or not isinstance(digest, str) or not is_within_limits(settings):
        return SettingsCopy(None)
    try:
        text = read_file(config)
    except OSError:
        return SettingsCopy(settings)
    return SettingsCopy(None, stale=True) if text is None or _digest(text) != digest else SettingsCopy(settings)


def _digest(data: bytes) -> str:
    import hashlib  # imported here because it loads OpenSSL

    return hashlib.sha256(data).hexdigest()


def is_within_limits(settings: dict[str, Any]) -> bool:
    """Return whether settings are within the limits of experiment files (depth, size) and all numbers are finite."""
    level: list[Any] = [settings]
    count = 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        if count > MAX_VALUES:
            return False
        inner = [value.values() if isinstance(value, dict) else value for value in level if _is_collection(value)]
        if not all(_is_collection(value) or _is_scalar(value) for value in level):
            return False
        level = [value for values in inner for value in values]
        if not level:
            return True
    return False


def _is_collection(value: Any) -> bool:
    return isinstance(value, dict | list)


def _is_scalar(value: Any) -> bool:
    if type(value) in (int, float):
        return bool(abs(value) <= sys.float_info.max)  # excludes NaN and integers beyond the range of a float
    return value is None or isinstance(value, str | bool)
