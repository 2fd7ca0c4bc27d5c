"""Which way modules may import, how many lie side by side, and what answering may load."""

import ast
import re
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: Modules and packages of each package, in layers: each imports from earlier layers alone.
_LAYERS = {
    "": [{"gradio_app"}, {"training"}, {"export"}],
    "gradio_app": [
        {"errors", "limits", "memory", "sentences"},
        {"readers", "preprocessing", "workers"},
        {"artifact", "films"},
        {"prediction"},
        {"classifier"},
        {"explain", "evaluation"},
        {"catalogue"},
        {"ui"},
        {"cli"},
        {"__main__"},
    ],
    "gradio_app.preprocessing": [
        {"overview", "resize", "source", "tiff"},
        {"colour", "directory"},
        {"jpeg"},
        {"structure"},
        {"poster"},
    ],
    "gradio_app.artifact": [{"external_data", "files"}, {"spec"}, {"artifact"}],
    "gradio_app.evaluation": [{"schema"}, {"file"}],
    "gradio_app.cli": [{"audit", "nfo"}, {"batch", "classify", "serve"}],
    "gradio_app.classifier": [{"poster", "overview", "fusion"}, {"film"}],
    "gradio_app.catalogue": [
        {"audit", "results", "sources", "thumbnails"},
        {"blocks", "output", "review"},
        {"batch", "uploaded"},
        {"cluster"},
    ],
    "gradio_app.catalogue.uploaded": [{"posters"}, {"catalogue"}, {"opening"}],
    "gradio_app.catalogue.audit": [
        {"genre_names", "label_errors", "report"},
        {"audit", "page"},
    ],
    "gradio_app.catalogue.review": [{"decisions", "order", "place"}, {"review"}],
    "gradio_app.catalogue.sources": [
        {"nfo", "posters", "rows"},
        {"table"},
        {"folders"},
        {"archive", "library"},
        {"source"},
        {"zipped"},
        {"opening"},
    ],
    "gradio_app.catalogue.sources.rows": [
        {"bounds", "parquet_process"},
        {"text"},
        {"delimited", "json_lines", "parquet"},
        {"reader"},
    ],
    "gradio_app.catalogue.sources.nfo": [{"elements"}, {"reader"}, {"writer"}],
    "gradio_app.catalogue.sources.folders": [{"names"}, {"artwork"}, {"listing"}, {"film_folder"}],
    "gradio_app.ui": [
        {"browser", "film", "html", "theme", "uploads"},
        {"about", "api", "catalogue", "classify", "figures", "tools"},
        {"page"},
        {"server"},
    ],
    "gradio_app.ui.server": [
        {"connections", "login", "logs", "routes", "sessions", "storage"},
        {"endpoints", "guard"},
        {"app"},
        {"serve"},
    ],
    "gradio_app.ui.html": [{"markup", "markdown"}, {"cards"}, {"charts"}, {"panels"}],
    "gradio_app.ui.about": [{"tab"}],
    "gradio_app.ui.catalogue": [
        {"films", "held", "progress", "told"},
        {"findings", "program"},
        {"controls"},
        {"decisions"},
        {"tab"},
    ],
    "gradio_app.ui.classify": [
        {"heat", "readings", "scripts", "share"},
        {"reasons"},
        {"answers"},
        {"controls"},
        {"handlers"},
        {"tab"},
    ],
    "gradio_app.ui.figures": [{"findings"}, {"curves"}, {"report"}, {"tab"}],
    "training": [
        {"config", "files", "metrics", "pytorch_weights"},
        {"data"},
        {"models"},
        {"evaluation", "teacher"},
        {"recipe", "runs"},
        {"__main__"},
    ],
    "training.data": [
        {"films", "made_overviews", "made_pictures", "overviews", "pipeline"},
        {"labels"},
        {"posters", "rows"},
        {"check"},
    ],
    "training.models": [
        {"efficientnet_lite", "losses", "outputs", "stacking", "tfidf"},
        {"fusion", "overview_lstm", "probe"},
        {"poster_cnn"},
        {"build"},
    ],
    "training.teacher": [
        {"pretrained", "teacher", "variants"},
        {"encoder", "finetuning"},
        {"teach"},
    ],
    "training.evaluation": [
        {"bootstrap"},
        {"comparison"},
        {"answer", "baselines", "earlier", "examples", "tables"},
        {"evaluate", "page"},
        {"plots"},
    ],
    "training.recipe": [{"child", "steps"}, {"records"}, {"summary"}, {"sequence"}],
    "training.runs": [
        {"history", "run", "task"},
        {"fitting", "nothing", "overview_task", "poster_task"},
        {"train", "fuse"},
        {"average"},
    ],
    "export": [
        {"card", "convert", "inputs", "prove", "weights"},
        {"folder"},
        {"publish"},
        {"__main__"},
    ],
}

_MOST_SIDE_BY_SIDE = 10

_FORBIDDEN = {"tensorflow", "keras", "tf2onnx", "training", "export", "gradio", "gradio_client"}


def files(package: str) -> list[Path]:
    found = sorted((ROOT / package).rglob("*.py"))
    assert found, f"{package} is empty"
    return found


MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for package in ("gradio_app", "training", "export")
    for file in files(package)
}


def imports(file: Path) -> set[str]:
    """The full names of everything that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} has a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def where_they_part(name: str, other: str) -> tuple[str, str, str]:
    """The package that holds both, and what of it each is."""
    common = []
    for part, others in zip_longest(name.split("."), other.split("."), fillvalue=""):
        if part != others:
            return ".".join(common), part, others
        common.append(part)
    return ".".join(common), "", ""


def level(package: str, member: str) -> int:
    layers = _LAYERS[package]
    (number,) = [number for number, layer in enumerate(layers) if member in layer]
    return number


def test_every_module_has_its_layer():
    listed = {
        f"{package}.{member}".lstrip(".")
        for package, layers in _LAYERS.items()
        for layer in layers
        for member in layer
    }
    assert listed == MODULES.keys() - {"gradio_app.examples"}


@pytest.mark.parametrize("name", MODULES)
def test_imports_lead_downwards(name: str):
    for imported in imports(MODULES[name]):
        target = imported if imported in MODULES else imported.rpartition(".")[0]
        if target not in MODULES:
            continue
        package, importer, lower = where_they_part(name, target)
        if importer and lower:  # else it is the package itself, which holds nothing
            assert level(package, lower) < level(package, importer), f"{name} imports {imported}"


def test_gradio_is_imported_by_the_page_alone():
    users = {
        name.partition(".ui")[0]
        for name, file in MODULES.items()
        if any(re.match(r"gradio(_client)?(\.|$)", imported) for imported in imports(file))
        and not name.startswith("gradio_app.ui")
    }
    assert users == set()


FOLDERS = {
    file.parent
    for top in ("gradio_app", "training", "export", "scripts", "benchmarks", "tests")
    for file in files(top)
}


@pytest.mark.parametrize("folder", sorted(FOLDERS), ids=lambda each: str(each.relative_to(ROOT)))
def test_a_folder_can_be_taken_in_at_a_glance(folder: Path):
    modules = [file for file in folder.glob("*.py") if not file.name.startswith("__")]
    assert len(modules) <= _MOST_SIDE_BY_SIDE


@pytest.mark.parametrize(
    "code",
    [
        "from gradio_app.classifier import FilmClassifier\n"
        "FilmClassifier.from_dir('onnx_models').predict(sys.argv[1], 'A ghost.')",
        "from gradio_app.__main__ import main\n"
        "assert main(['classify', '--poster', sys.argv[1], '--overview', 'A ghost.']) == 0",
        "from gradio_app.__main__ import main\n"
        "assert main(['batch', sys.argv[2], '--output', sys.argv[3]]) == 0",
    ],
    ids=["library", "classify", "batch"],
)
def test_answering_loads_neither_training_nor_gradio(code: str, tmp_path: Path):
    poster = ROOT / "gradio_app" / "examples" / "marrow-hill.jpg"
    table = tmp_path / "films.csv"
    table.write_text("id,overview\n1,A ghost.\n", "utf-8")
    finished = subprocess.run(
        [
            *(sys.executable, "-c", f"import sys\n{code}\nprint('LOADED', *sys.modules)"),
            *(poster, table, tmp_path / "genres.csv"),
        ],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
    loaded = finished.stdout.rpartition("LOADED ")[2].split()
    assert "onnxruntime" in loaded
    assert not _FORBIDDEN & set(loaded)
