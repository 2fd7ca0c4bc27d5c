"""What README.md and docs/ say is so."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from gradio_app.artifact import sha256
from gradio_app.readers import FOLDERS


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def run_here(root, *arguments: str) -> str:
    """What `python ARGUMENTS` prints, run in the root of the repository."""
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def front_matter(text: str) -> dict[str, str]:
    lines = text.split("---\n")[1].splitlines()
    return {key: value.strip(' "') for key, _, value in (line.partition(":") for line in lines)}


def requirements(root, name: str) -> list[Requirement]:
    lines = (line.split("#")[0].strip() for line in (root / name).read_text("utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-r")]


def test_the_space_is_described(root, readme):
    space = front_matter(readme)
    assert space["sdk"] == "gradio"
    assert space["license"] == "apache-2.0"
    assert (root / space["app_file"]).is_file()
    assert 0 < len(space["short_description"]) <= 60  # the hub's limit
    assert re.fullmatch(r"3\.\d+", space["python_version"])
    (gradio,) = [line for line in requirements(root, "requirements.txt") if line.name == "gradio"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", space["sdk_version"])
    assert gradio.specifier.contains(space["sdk_version"])


def test_the_runtime_is_light_and_pinned(root):
    runtime = requirements(root, "requirements.txt")
    names = {"gradio", "onnxruntime", "tokenizers", "numpy", "pillow", "fastparquet"}
    assert {line.name for line in runtime} == names
    for line in runtime:
        assert {">=", "<"} == {part.operator for part in line.specifier}


def test_the_two_commands_are_there(readme):
    commands = [block.strip() for block in blocks(readme, "sh")]
    assert "pip install -r requirements.txt && python -m gradio_app" in commands
    assert "pip install -r requirements-dev.txt && python -m pytest" in commands


def test_commands_of_the_readme_run(root, readme, film_folder, tmp_path):
    lines = [line for block in blocks(readme, "sh") for line in block.splitlines()]
    commands = [line for line in lines if line.startswith("python -m gradio_app ")]
    kinds = [shlex.split(line)[3] for line in commands]
    assert {"classify", "batch", "--models"} <= set(kinds)
    places = {
        "films.csv": str(film_folder / "films.csv"),
        "posters": str(film_folder / "posters"),
        "genres.csv": str(tmp_path / "genres.csv"),
    }
    for line, kind in zip(commands, kinds, strict=True):
        if kind == "--models":
            continue  # serves until stopped: test_command_line.py
        words = [places.get(word, word) for word in shlex.split(line)]
        run_here(root, *words[1:])


def test_code_of_the_readme_runs(root, readme, start_server):
    address = start_server("-m", "gradio_app")
    for code in blocks(readme, "python"):
        here = code.replace("http://127.0.0.1:7860", address)
        assert run_here(root, "-c", here).splitlines()[-1].startswith("[")


def test_the_tree_names_what_exists(root, readme):
    (tree,) = blocks(readme, "text")
    folder, named = root, set()
    for line in tree.splitlines():
        name = line.split()[0]
        folder = root if not line.startswith(" ") else folder
        path = folder / name
        assert path.exists(), name
        named.add(path)
        if name.endswith("/") and not line.startswith(" "):
            folder = path
    modules = {
        path for path in (root / "gradio_app").glob("*.py") if not path.name.startswith("__")
    }
    assert modules <= named


def test_links_lead_somewhere(root, readme):
    pages = [root / "README.md", *(root / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8")):
            file, _, fragment = target.partition("#")
            place = page.parent / file if file else page
            if not target.startswith("http"):
                assert place.exists(), f"{page.name}: {target}"
                assert not fragment or fragment in anchors(place), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    """What GitHub makes of the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


def figures(page: str) -> dict[tuple[str, str], str]:
    """(row, column) -> cell of the first table of figures on a Markdown page."""
    lines = page[page.index("| | mAP ") :].split("\n\n", maxsplit=1)[0].splitlines()
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {(row[0], column): cell for row in rows for column, cell in zip(head, row, strict=True)}


def test_figures_of_the_readme_are_those_of_the_evaluation(root, readme):
    evaluation = figures((root / "docs" / "evaluation.md").read_text("utf-8"))
    shown = figures(readme)
    assert {row for row, _ in shown} == {row for row, _ in evaluation}
    assert ("poster CNN", "mAP") in shown
    for place, figure in shown.items():
        assert evaluation[place] == figure, place


def test_the_evaluation_is_of_the_shipped_models(root):
    evaluation = (root / "docs" / "evaluation.md").read_text("utf-8")
    for folder in FOLDERS.values():
        digest = sha256(root / "onnx_models" / folder / "model.onnx")[:12]
        assert f"{folder} `{digest}`" in evaluation


def test_the_model_cards_are_of_their_models(root):
    for folder in FOLDERS.values():
        spec = json.loads((root / "onnx_models" / folder / "spec.json").read_text("utf-8"))
        card = (root / "onnx_models" / folder / "README.md").read_text("utf-8")
        assert ", ".join(spec["genres"]) in card
        for films in spec["training"]["films"].values():
            assert f"{films:,}" in card
        assert f"{spec['metrics']['validation at 0.5']['mAP']:.3f}" in card


def test_all_model_files_together_are_small(root):
    size = sum(file.stat().st_size for file in (root / "onnx_models").rglob("*"))
    assert size < 30_000_000
