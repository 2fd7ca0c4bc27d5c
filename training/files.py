"""JSON files of run folders and teacher folders."""

import json
from pathlib import Path

__all__ = ["read_json", "write_json"]


def read_json(file: Path):
    return json.loads(file.read_text("utf-8"))


def write_json(file: Path, value) -> None:
    file.write_text(json.dumps(value, indent=1) + "\n", "utf-8")
