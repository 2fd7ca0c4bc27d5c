"""The batch on a Ray cluster, or on a Ray of its own on this machine.

Ray Data reads the table in blocks of films, hands them to classifiers, one a core, and writes what
they return. When a machine dies, it makes again what was lost with it.
"""

import contextlib
import logging
import math
import os
import re
import shutil
import socket
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

# Ray reports uses to its makers unless this is set before it starts.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
# Its C++ part writes errors of no consequence to standard error, past Python's logging.
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset
import pyarrow.parquet
import ray
import ray.data

from gradio_app.catalogue.batch import Options, Summary
from gradio_app.catalogue.blocks import BlockClassifier
from gradio_app.catalogue.results import Layout
from gradio_app.catalogue.sources.source import check_table, count_posters
from gradio_app.catalogue.sources.table import Table, find_roles
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.workers import usable_cores

__all__ = ["run_on_cluster"]

#: Cores to reserve. A classifier uses a whole one and reserves half: so reading, writing, and the
#: classifiers of a machine that died find room on the others, and nothing waits for ever.
_CLASSIFIER_CORES = 0.5
_FILE_CORES = 0.1
#: A block that kills its classifier so often ends the run; deaths of machines count, too.
_RETRIES = 10

#: A block is some seconds of work: what is lost with a machine, and what the last core waits for.
_FILMS_IN_A_BLOCK = 256
_BLOCKS_A_CLASSIFIER = 4
_FILMS_IN_A_FILE = 10_000

_PACKAGE = Path(__file__).parents[1]


def run_on_cluster(
    models: Path,
    table: Path,
    output: Path,
    posters: Path | None = None,
    columns: Mapping[str, str] | None = None,
    options: Options | None = None,
    address: str | None = None,
    show_progress: bool = False,
) -> Summary:
    """Read the films of a Parquet table and write one row for each, in the same order.

    Every path must lead to the same on each machine of the cluster.

    Args:
        models: folder of the models.
        table: Parquet file, or folder of them. Its column of posters holds paths within `posters`,
            or, where it is binary, the pictures' files themselves.
        output: folder to write, of Parquet files, which appears when all films are done.
        posters: folder of poster files.
        columns: role -> column of the table (see `find_roles`).
        options: how it is written; without `resume`.
        address: "auto" or "HOST:PORT" of the cluster; None starts Ray on this machine.
        show_progress: show Ray Data's progress bars.

    Raises:
        ArtifactError: the models cannot be loaded.
        InputError: the input, the output or the cluster cannot be used.
        KeyboardInterrupt: interrupted; nothing is written.
    """
    options = options or Options()
    classifier = FilmClassifier.from_dir(models)
    films = _open_films(table, columns or {})
    has_posters = posters is not None or films.pictures is not None
    remarks = check_table(films.table, has_posters)
    _check_paths(posters, output, options)
    kept = [name for name in films.table.columns if options.keep_columns and name != films.pictures]
    block_classifier = BlockClassifier(
        models=models.resolve(),
        digest=classifier.digest,
        posters=None if posters is None else posters.resolve(),
        roles=films.table.roles,
        pictures=films.pictures,
        layout=Layout(classifier.genres, tuple(kept)),
    )
    with _part_of(output) as part:
        if films.table.n_films:
            with _connected(address, options.workers) as n_classifiers:
                _classify(films, block_classifier, part, n_classifiers, show_progress)
        else:
            empty = block_classifier.schema.empty_table()
            pyarrow.parquet.write_table(empty, part / "empty.parquet")
    summary, n_posters = _summarize(part, films.table.n_films)
    part.rename(output)
    if has_posters:
        remarks += count_posters(n_posters, summary.n_films)
    return replace(summary, remarks=remarks)


@dataclass(frozen=True)
class _Films:
    """A table, its Parquet files in order, and its column of pictures' files, if there is one."""

    table: Table
    files: list[str]
    pictures: str | None


def _open_films(path: Path, columns: Mapping[str, str]) -> _Films:
    try:
        dataset = pyarrow.dataset.dataset(path.resolve(), format="parquet")
        n_films = dataset.count_rows()
    except FileNotFoundError as error:
        raise InputError(f"There is no table {path}.") from error
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"{path} is not a readable Parquet file or a folder of such, which --engine ray reads."
        ) from error
    names = tuple(dataset.schema.names)
    table = Table(path, names, find_roles(names, columns, path.name), n_films)
    poster = table.roles.get("poster")
    has_pictures = poster is not None and _is_binary(dataset.schema.field(poster).type)
    return _Films(table, sorted(dataset.files), poster if has_pictures else None)


def _is_binary(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _check_paths(posters: Path | None, output: Path, options: Options) -> None:
    if options.resume:
        raise InputError("--engine ray cannot resume; leave out --resume, and it begins anew.")
    if posters is not None and not posters.is_dir():
        raise InputError(f"There is no folder {posters}; --engine ray reads posters of a folder.")
    if output.suffix not in ("", ".parquet") or str(output) == "-":
        raise InputError(
            f"--engine ray writes a folder of Parquet files, not {output}; name it like "
            "genres.parquet."
        )
    if os.path.lexists(output):
        raise InputError(f"{output} is already there; delete it, or name another output.")


@contextlib.contextmanager
def _part_of(output: Path) -> Iterator[Path]:
    """Make the folder beside the output that will become it; on any error nothing is left."""
    part = output.resolve().with_name(output.name + ".part")
    try:
        part.mkdir()
    except FileExistsError as error:
        raise InputError(
            f"{part} is there, of a run that was killed or is still going on; delete it, or name "
            "another output."
        ) from error
    except OSError as error:
        raise InputError(f"{output} cannot be written ({error.strerror}).") from error
    try:
        yield part
    except BaseException as error:
        shutil.rmtree(part, ignore_errors=True)
        if isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt("Interrupted; nothing is written.") from error
        raise


@contextlib.contextmanager
def _connected(address: str | None, workers: int | None) -> Iterator[int]:
    """Join a cluster, or start Ray on this machine; yield how many classifiers there shall be."""
    place: dict[str, Any] = {"address": "local", "include_dashboard": False}
    if address is None:
        place["num_cpus"] = workers or usable_cores()
    else:
        _check_address(address)
        code = {"py_modules": [str(_PACKAGE)]}  # so that all machines run the same
        place = {"address": address, "runtime_env": code}
    # What Ray prints of machines that die is no part of the result.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            ray.init(**place, log_to_driver=False, logging_level=logging.CRITICAL)
        except Exception as error:  # of many kinds
            hint = "; where it asks for a token, set RAY_AUTH_MODE=token" if address else ""
            raise InputError(f"Ray cannot be used ({_first_line(error)}){hint}.") from error
        try:
            yield workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        finally:
            ray.shutdown()


def _check_address(address: str) -> None:
    """Raise InputError where nobody listens: Ray would try for minutes."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise InputError(f"--address {address} is neither auto nor like HOST:6379.")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, OverflowError) as error:
        raise InputError(
            f"There is no Ray cluster at {address} ({error}); start one with `ray start --head`."
        ) from error


def _classify(
    films: _Films,
    block_classifier: BlockClassifier,
    part: Path,
    n_classifiers: int,
    show_progress: bool,
) -> None:
    context = ray.data.DataContext.get_current()
    context.use_datasource_v2 = False  # it starts 32 processes to read the sizes of the files
    context.execution_options.preserve_order = True
    context.enable_progress_bars = show_progress
    logging.getLogger("ray.data").setLevel(logging.INFO if show_progress else logging.CRITICAL)
    used = {*films.table.roles.values(), *block_classifier.layout.kept}
    classifiers = ray.data.ActorPoolStrategy(
        min_size=1, max_size=n_classifiers, initial_size=n_classifiers
    )
    try:
        blocks = ray.data.read_parquet(
            films.files,
            partitioning=None,
            file_extensions=None,
            override_num_blocks=_n_blocks(films.table.n_films, n_classifiers),
            num_cpus=_FILE_CORES,
        ).select_columns([name for name in films.table.columns if name in used])
        with warnings.catch_warnings(action="ignore"):  # max_task_retries will have another place
            rows = blocks.map_batches(
                BlockClassifier,
                fn_constructor_kwargs=vars(block_classifier),
                batch_size=None,
                batch_format="pyarrow",
                compute=classifiers,
                num_cpus=_CLASSIFIER_CORES,
                max_task_retries=_RETRIES,
            )
        rows.write_parquet(
            str(part),
            min_rows_per_file=_FILMS_IN_A_FILE,
            ray_remote_args={"num_cpus": _FILE_CORES},
        )
    except Exception as error:  # of many kinds, which hold ours as text
        ours = re.findall(r"gradio_app\.errors\.\w+: (.+)", str(error))
        given_up = f"Ray has given up, and nothing is written ({_first_line(error)})."
        raise InputError(ours[-1] if ours else given_up) from error


def _n_blocks(n_films: int, n_classifiers: int) -> int:
    blocks = math.ceil(n_films / _FILMS_IN_A_BLOCK)
    return min(n_films, max(blocks, _BLOCKS_A_CLASSIFIER * n_classifiers))


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}"[:300].rstrip(".") if lines else repr(error)


def _summarize(part: Path, n_films: int) -> tuple[Summary, int]:
    """Count the rows of a result, and of them those with an error, with a note, with a poster.

    Raises:
        InputError: there are more or fewer rows than films.
    """
    result = pyarrow.dataset.dataset(part, format="parquet")
    n_rows = result.count_rows()
    if n_rows != n_films:
        raise InputError(
            f"{n_rows:,} of {n_films:,} films arrived in {part}, which is kept; name an output on "
            "a disk that all machines share."
        )
    n_errors, n_notes, n_posters = (
        result.count_rows(filter=pc.field(name).is_valid())
        for name in ("error", "note", "top3_poster")
    )
    return Summary(n_rows, n_errors, n_notes), n_posters
