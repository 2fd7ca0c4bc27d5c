import dataclasses
import hashlib
import json
import re

import pytest
from PIL import Image

from gradio_app.evaluation import read_evaluation
from gradio_app.readers import OVERVIEW, POSTER, READERS
from tests.training.evaluation.made_evaluation import made_evaluation
from training.evaluation.page import Origin, answer, document, page
from training.evaluation.plots import draw
from training.evaluation.tables import main_table

SOURCE = Origin("python -m …", "2026-01-02", "3.11", {"numpy": "2"}, "Linux", {"poster_cnn": "ab"})


@pytest.fixture(scope="module")
def evaluation():
    return made_evaluation(poster_noise=3, overview_noise=0.5, seeds=2)


@pytest.fixture(scope="module")
def text(evaluation):
    return page(evaluation, SOURCE, "Title", {"x/genres.png": "By genre"})


@pytest.mark.parametrize(
    ("noises", "verdict"),
    [
        ((3, 0.5), f"**The {OVERVIEW.name} is ahead of the {POSTER.name} (mAP +"),
        ((0.5, 3), f"**The {OVERVIEW.name} is behind the {POSTER.name} (mAP -"),
        (
            (1, 1),
            f"**The {OVERVIEW.name} is not shown to differ from the {POSTER.name} (mAP +0.000",
        ),
    ],
)
def test_the_answer_says_what_the_interval_says(noises, verdict):
    assert answer(made_evaluation(*noises)).startswith(verdict)


def test_the_answer_names_genres_only_where_a_difference_is_shown():
    ahead = r"the overview LSTM is ahead in (.*?), the poster CNN in (.*?); in (\d) of the 4"
    clear = re.search(ahead, answer(made_evaluation(3, 0.5))).groups()
    assert clear == ("Action, Comedy, Drama and Horror", "no genre", "0")
    none = re.search(ahead, answer(made_evaluation(1, 1))).groups()
    assert none == ("no genre", "no genre", "4")


def test_the_page_holds_tables_of_one_width_each(text, evaluation):
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) == 17
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1, table
    assert tables[0].strip() == main_table(evaluation.rows)
    assert "Film / tt" in text  # a bar in a title would split its cell


def test_the_page_tells_how_it_was_made_and_no_overview(text, evaluation):
    for fact in (
        "# Title",
        "python -m …",
        "2026-01-02",
        "numpy 2",
        "poster_cnn `ab`",
        "3 trainings",
    ):
        assert fact in text
    assert "![By genre](x/genres.png)" in text
    assert "secret" not in text + document(evaluation, SOURCE)


def test_the_answer_says_how_far_people_agree_where_they_do(evaluation, text):
    assert "TMDB agree with these with a micro-F1 of 0." in answer(evaluation)
    assert "## How far people agree" in text
    alone = dataclasses.replace(evaluation, agreement=[])
    assert "TMDB" not in answer(alone)
    assert "How far people agree" not in page(alone, SOURCE, "Title", {})


def test_without_seeds_there_is_no_section_of_them():
    assert "seeds" not in page(made_evaluation(3, 0.5), SOURCE, "Title", {})


def test_the_document_holds_the_figures_of_the_page(evaluation):
    values = json.loads(document(evaluation, SOURCE))
    assert values["answer"] == answer(evaluation)
    (row,) = [
        row for row in values["label_sets"]["as listed"]["rows"] if row["name"] == "overview LSTM"
    ]
    assert row["at_half"]["mAP"] == pytest.approx(evaluation.rows[2].at_half["mAP"], abs=1e-5)
    assert row["intervals"]["ECE"] == pytest.approx(evaluation.rows[2].intervals["ECE"], abs=1e-5)
    assert len(values["examples"]) == 10
    assert sum(values["reliability"]["fused"]["pairs"]) == 80 * 4
    (poster,) = [one for one in evaluation.readers if one.name == POSTER.name]
    silent = sum(not any(film >= poster.thresholds) for film in poster.probabilities)
    assert values["unnamed"][POSTER.name] == silent > 0


def test_the_app_reads_what_is_written(evaluation, tmp_path):
    file = tmp_path / "evaluation.json"
    file.write_text(document(evaluation, SOURCE), "utf-8")
    read = read_evaluation(file)
    assert read.answer == answer(evaluation)
    assert [row.name for row in read.label_sets["as listed"].rows] == [
        row.name for row in evaluation.rows
    ]
    assert set(read.precision_recall) == {"class frequencies", *(reader.name for reader in READERS)}
    assert len(read.examples) == 10


def test_pictures_are_small_and_the_same_each_time(evaluation, tmp_path):
    def digests() -> dict[str, str]:
        pictures = draw(evaluation, tmp_path / "pictures")
        files = [tmp_path / "pictures" / name for name in pictures]
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    first = digests()
    names = {"genres.png", "reliability.png", "precision-recall.png", "training.png"}
    assert set(first) == names
    assert digests() == first
    for name in names:
        file = tmp_path / "pictures" / name
        assert file.stat().st_size < 100_000
        with Image.open(file) as image:
            assert min(image.size) > 200
            assert image.format == "PNG"
