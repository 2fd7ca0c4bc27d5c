"""Where the proofs leave what they found, for `report.py`: one JSON file each, never committed."""

import json
from pathlib import Path
from typing import Any

from benchmarks.timing import machine

__all__ = ["RESULTS", "read_results", "write_result"]

RESULTS = Path(__file__).parent / "results"


def write_result(name: str, document: dict[str, Any], *packages: str) -> Path:
    """Keep what a proof found, with the machine, the day and the versions of these packages."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    whole = {"machine": machine(*packages).replace("\n", "; "), **document}
    file.write_text(json.dumps(whole, indent=2) + "\n", "utf-8")
    return file


def read_results(kind: str, folder: Path) -> list[dict[str, Any]]:
    """Return all results of a kind, such as "fuzz", in the order of their names."""
    return [json.loads(file.read_text("utf-8")) for file in sorted(folder.glob(f"{kind}*.json"))]
