"""docs/reliability.md is what the proofs' results say, and they say that nothing fails."""

import json
from pathlib import Path

import pytest

from scripts.reliability.report import main, page
from tests.documents import ROOT, anchors

PAGE = ROOT / "docs" / "reliability.md"
MACHINE = "Linux x86_64, 2 of 2 CPU cores; 2026-11-26, Python 3.11.7, gradio 6.31.0"
RESULTS = {
    "corpus": {
        "rows": [["batch", "posters", 1200, 900, 299, 1]],
        "failures": ["batch: posters/bomb.png"],
    },
    "offline": {
        "namespace": True,
        "strace": True,
        "rows": [{"program": "server", "look_ups": 0, "elsewhere": 0, "loopback": 2}],
        "page_requests": 103,
        "page_requests_elsewhere": 1,
    },
    "fuzz-zip-1": {"target": "zip", "seconds": 1800, "runs": 7, "finds": ["a.input", "a.txt"]},
    "fuzz-zip-2": {"target": "zip", "seconds": 1800, "runs": 5, "finds": ["a.input"]},
    "load": {
        "phases": [
            {
                "users": 64, "seconds": 600, "requests": 20000, "answered": 19000, "busy": 900,
                "refused": 70, "left": 30, "lost": 0, "wrong": 0, "files_most": 12,
                "film_p50_ms": 143, "film_p95_ms": 300, "film_p99_ms": 900,
                "memory_mb": {"start": 216, "warm": 400, "peak": 700, "end": 410},
            }
        ],
        "files_after_the_end": 0,
    },
    "kills": {"rows": [{"what": "batch, .csv", "kills": 10, "same": False}]},
}  # fmt: skip


@pytest.fixture
def results(tmp_path: Path) -> Path:
    for name, result in RESULTS.items():
        (tmp_path / f"{name}.json").write_text(json.dumps({"machine": MACHINE, **result}), "utf-8")
    return tmp_path


def tables(text: str) -> dict[str, list[list[str]]]:
    """Heading -> the rows of the table below it, the first of which names the columns."""
    found: dict[str, list[list[str]]] = {}
    heading = ""
    for line in text.splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif line.startswith("| "):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            found.setdefault(heading, []).append(cells)
    return found


def test_the_page_has_every_figure(results: Path):
    text = page(results)
    rows = tables(text)
    assert rows["Awful input"][1] == ["batch", "posters", "1,200", "900", "299", "1"]
    assert "- batch: posters/bomb.png" in text
    assert rows["Without a network"][1:] == [
        ["server", "0", "0", "2"],
        ["page, in the browser", "", "1", "102"],
    ]
    assert rows["Fuzzing"][1:] == [["zip", "1.00", "12", "1"], ["all", "1.00", "12", "1"]]
    assert rows["Many users"][1][:3] == ["64", "20,000", "19,000"]
    assert ["64", "143, 300, 900", ", ,", ", ,"] in rows["Many users"]
    assert rows["Many users"][-1] == ["64", "216", "400", "700", "410", "12"]
    assert "10.0 minutes each" in text
    assert rows["Kills"][1] == ["batch, .csv", "10", "NO"]
    assert text.count(MACHINE) == 5


def test_what_was_not_run_is_not_claimed(tmp_path: Path, capsys):
    main(["--results", str(tmp_path), "--page", str(tmp_path / "page.md")])
    assert "page.md written" in capsys.readouterr().out
    assert tables((tmp_path / "page.md").read_text("utf-8")) == {}


def test_a_section_without_a_result_stays_as_it_was(results: Path):
    former = page(results)
    assert page(results, former) == former
    for file in results.glob("*.json"):
        file.unlink()
    assert page(results, former) == former
    kills = {"machine": "Another", "rows": [{"what": "a server", "kills": 3, "same": True}]}
    (results / "kills.json").write_text(json.dumps(kills), "utf-8")
    text = page(results, former)
    assert text.count(MACHINE) == 4
    rows = tables(text)
    assert rows.pop("Kills")[1:] == [["a server", "3", "yes"]]
    assert rows == {title: rows for title, rows in tables(former).items() if title != "Kills"}


#: Heading -> the columns of the committed page in which only 0 stands.
NOTHING = {
    "Awful input": ("failures",),
    "Without a network": ("DNS look-ups", "connections elsewhere"),
    "Many users": ("lost", "wrong"),
}


def test_the_committed_page_tells_of_no_failure():
    text = PAGE.read_text("utf-8")
    assert {"awful-input", "without-a-network", "fuzzing", "many-users", "kills"} <= anchors(PAGE)
    for heading, (head, *rows) in tables(text).items():
        assert rows, heading
        for column in NOTHING.get(heading, ()):
            place = head.index(column)
            values = {row[place] for row in rows if len(row) == len(head)}  # of its first table
            assert values <= {"0", ""}, (heading, column)
        assert not any("NO" in row for row in rows), heading
