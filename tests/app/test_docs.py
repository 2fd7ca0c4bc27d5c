"""What README.md and docs/ say is so."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import gradio_app
from gradio_app.artifact import sha256
from gradio_app.readers import FOLDERS
from tests.documents import ROOT, anchors, blocks, commands, links, pages, prose

#: For someone who has five minutes.
MOST_WORDS = 900

#: Arguments of `python -m gradio_app` in all pages: of runs that end, and of those that serve.
#: Those of the cluster need its requirements, and run in tests/cluster.
OURS = {
    each.words[1:]
    for each in commands()
    if each.program == "gradio_app" and each.whole and "--engine" not in each.words
}
#: What the pages call the models of a reader, who is served the shipped ones here.
OWN_MODELS = ("my_models", "my_work/models")
ENDING = sorted(words for words in OURS if words and words[0] in ("classify", "batch"))
SERVING = sorted(OURS - set(ENDING))


@pytest.fixture(scope="module")
def readme():
    return (ROOT / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def evaluated():
    """The rows of the shipped models' evaluation, genres as listed."""
    places = (ROOT / folder / "evaluation.json" for folder in ("onnx_models", "docs"))
    file = next(place for place in places if place.is_file())
    return json.loads(file.read_text("utf-8"))["label_sets"]["as listed"]["rows"]


def relative(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def run_here(*arguments: str) -> str:
    """What `python ARGUMENTS` prints, run in the root of the repository."""
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def front_matter(text: str) -> dict[str, str]:
    lines = text.split("---\n")[1].splitlines()
    return {key: value.strip(' "') for key, _, value in (line.partition(":") for line in lines)}


def requirements(name: str) -> list[Requirement]:
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text("utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-r")]


def test_the_space_is_described(readme):
    space = front_matter(readme)
    assert space["sdk"] == "gradio"
    assert space["license"] == "apache-2.0"
    assert (ROOT / space["app_file"]).is_file()
    assert 0 < len(space["short_description"]) <= 60  # the hub's limit
    assert re.fullmatch(r"3\.\d+", space["python_version"])
    (gradio,) = [line for line in requirements("requirements.txt") if line.name == "gradio"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", space["sdk_version"])
    assert gradio.specifier.contains(space["sdk_version"])


def test_the_runtime_is_light_and_pinned():
    runtime = requirements("requirements.txt")
    names = {
        "gradio",
        "onnxruntime",
        "tokenizers",
        "numpy",
        "pillow",
        "fastparquet",
        "tqdm",
        "filelock",
    }
    assert {line.name for line in runtime} == names
    for line in runtime:
        assert {">=", "<"} == {part.operator for part in line.specifier}


def test_the_readme_takes_five_minutes(readme):
    assert len(readme.split()) <= MOST_WORDS


def test_the_two_commands_are_there(readme):
    commands = [block.strip() for block in blocks(readme, "sh")]
    assert "pip install -r requirements.txt && python -m gradio_app" in commands
    assert "pip install -r requirements-dev.txt && python -m pytest" in commands


@pytest.mark.parametrize("page", ["README.md", "docs/usage.md"])
def test_every_way_to_use_it_is_shown(page):
    shown = {each.words[:2] for each in commands() if each.page == ROOT / page}
    for way in ((), ("classify",), ("batch",)):
        assert ("gradio_app", *way) in shown
    assert len(blocks((ROOT / page).read_text("utf-8"), "python")) == 2  # library and HTTP


@pytest.mark.parametrize("arguments", ENDING, ids=" ".join)
def test_commands_that_end_run(arguments, film_folder, tmp_path):
    places = {
        "films.csv": film_folder / "films.csv",
        "posters": film_folder / "posters",
        "posters.zip": shutil.make_archive(film_folder / "all", "zip", film_folder / "posters"),
        "library": tmp_path / "library",
    }
    film = tmp_path / "library" / "Lemon Season (2019)"
    film.mkdir(parents=True)
    (film / "movie.nfo").write_text("<movie><plot>A summer by the sea.</plot></movie>\n")
    words = [str(places.get(word, word)) for word in arguments]
    for number, word in enumerate(words):
        if word in ("--output", "--audit"):
            words[number + 1] = str(tmp_path / words[number + 1])
    run_here("-m", "gradio_app", *words)


@pytest.fixture(scope="module")
def address(start_server):
    """The page, with the options of all commands that serve it: a start takes seconds.

    A password would keep the code of the pages out; tests/app/ui/server/test_life.py has one.
    """
    words = [word for arguments in SERVING if "--auth" not in arguments for word in arguments]
    return start_server(
        "-m", "gradio_app", *("onnx_models" if word in OWN_MODELS else word for word in words)
    )


@pytest.mark.parametrize("page", ["README.md", "docs/usage.md"])
def test_code_runs(page, address):
    for code in blocks((ROOT / page).read_text("utf-8"), "python"):
        here = code.replace("http://127.0.0.1:7860", address)
        assert run_here("-c", here).splitlines()[-1].startswith("[")


def test_the_tree_names_what_exists(readme):
    (tree,) = blocks(readme, "text")
    folder, named = ROOT, set()
    for line in tree.splitlines():
        name = line.split()[0]
        folder = ROOT if not line.startswith(" ") else folder
        path = folder / name
        assert path.exists(), name
        named.add(path)
        if name.endswith("/") and not line.startswith(" "):
            folder = path
    modules = {
        path for path in (ROOT / "gradio_app").glob("*.py") if not path.name.startswith("__")
    }
    assert modules <= named


@pytest.mark.parametrize("page", pages(), ids=relative)
def test_links_lead_somewhere(page):
    for target in links(page):
        file, _, fragment = target.partition("#")
        place = page.parent / file if file else page
        if not target.startswith(("http:", "https:")):
            assert place.exists(), target
            assert not fragment or fragment in anchors(place), target


@pytest.mark.parametrize(
    "page", [each for each in pages() if each.name != "CHANGELOG.md"], ids=relative
)
def test_files_that_are_named_exist(page):
    folders = "benchmarks|docs|export|gradio_app|onnx_models|scripts|tests|training"
    named = re.findall(rf"`((?:{folders})/[\w./-]*)`", prose(page.read_text("utf-8")))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_page_is_found_from_the_readme():
    found, unread = set(), [ROOT / "README.md"]
    while unread:
        page = unread.pop()
        found.add(page)
        targets = {(page.parent / link.split("#")[0]).resolve() for link in links(page)}
        unread += [each for each in targets - found if each.suffix == ".md" and each.is_file()]
    assert set(pages()) <= found


def figures(page: str) -> dict[tuple[str, str], str]:
    """(row, column) -> cell of the first table of figures on a Markdown page."""
    lines = page[page.index("| | mAP ") :].split("\n\n", maxsplit=1)[0].splitlines()
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {
        (row[0], column): cell
        for row in rows
        for column, cell in zip(head[1:], row[1:], strict=True)
    }


def test_figures_of_the_readme_are_those_of_the_evaluation(evaluated, readme):
    rows = {row["name"]: row for row in evaluated}
    shown = figures(readme)
    assert {"poster CNN", "overview LSTM", "fused"} < {row for row, _ in shown}
    for (row, column), figure in shown.items():
        value = rows[row]["at_thresholds"][column.removesuffix(" @t")]
        assert figure == f"{value:.3f}", (row, column)


def test_the_baseline_of_the_readme_is_the_best_one(evaluated, readme):
    models = {"poster CNN", "overview LSTM", "fused"}
    rows = [row for row in evaluated if row["name"] not in models]
    best = max(rows, key=lambda row: row["at_thresholds"]["mAP"])["name"]
    assert {row for row, _ in figures(readme)} - models == {best}


def test_the_evaluation_is_of_the_shipped_models():
    evaluation = (ROOT / "docs" / "evaluation.md").read_text("utf-8")
    for folder in FOLDERS.values():
        digest = sha256(ROOT / "onnx_models" / folder / "model.onnx")[:12]
        assert f"{folder} `{digest}`" in evaluation


def test_the_model_cards_are_of_their_models():
    for folder in FOLDERS.values():
        spec = json.loads((ROOT / "onnx_models" / folder / "spec.json").read_text("utf-8"))
        card = (ROOT / "onnx_models" / folder / "README.md").read_text("utf-8")
        assert ", ".join(spec["genres"]) in card
        for films in spec["training"]["films"].values():
            assert f"{films:,}" in card
        assert f"{spec['metrics']['validation at 0.5']['mAP']:.3f}" in card


def test_all_model_files_together_are_small():
    size = sum(file.stat().st_size for file in (ROOT / "onnx_models").rglob("*"))
    assert size < 30_000_000


def test_the_project_is_described_once(readme):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert project["version"] == gradio_app.__version__
    assert f"version: {project['version']}\n" in citation
    assert f'title: "{front_matter(readme)["title"]}"\n' in citation
    assert project["license"] == "Apache-2.0"
    assert "license: Apache-2.0\n" in citation
