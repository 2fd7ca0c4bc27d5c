import dataclasses
import hashlib
import re

import pytest
from PIL import Image

from gradio_app.evaluation.file import read_evaluation, write_evaluation
from gradio_app.evaluation.schema import LISTED
from gradio_app.readers import COMBINED, OVERVIEW, POSTER, READERS
from tests.training.evaluation.made_evaluation import made_measurement
from training.evaluation.answer import answer
from training.evaluation.page import page
from training.evaluation.plots import draw
from training.evaluation.tables import main_table


@pytest.fixture(scope="module")
def measurement():
    return made_measurement(poster_noise=3, overview_noise=0.5, other_trainings=2)


@pytest.fixture(scope="module")
def evaluation(measurement):
    return measurement.evaluation


@pytest.fixture(scope="module")
def text(evaluation):
    return page(evaluation, "Title", {"x/genres.png": "By genre"})


@pytest.mark.parametrize(
    ("noises", "verdict"),
    [
        ((3, 0.5), f"The {OVERVIEW.name} is ahead of the {POSTER.name} (mAP +"),
        ((0.5, 3), f"The {OVERVIEW.name} is behind the {POSTER.name} (mAP -"),
        (
            (1, 1),
            f"The {OVERVIEW.name} is not shown to differ from the {POSTER.name} (mAP +0.000",
        ),
    ],
)
def test_the_answer_says_what_the_interval_says(noises, verdict):
    assert made_measurement(*noises).evaluation.answer.headline.startswith(verdict)


def test_the_answer_names_genres_only_where_a_difference_is_shown():
    ahead = r"the overview LSTM is ahead in (.*?), the poster CNN in (.*?); in (\d) of the 4"
    clear = re.search(ahead, made_measurement(3, 0.5).evaluation.answer.details).groups()
    assert clear == ("Action, Comedy, Drama and Horror", "no genre", "0")
    none = re.search(ahead, made_measurement(1, 1).evaluation.answer.details).groups()
    assert none == ("no genre", "no genre", "4")


def test_the_page_holds_tables_of_one_width_each(text, evaluation):
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) == 17
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1, table
    assert tables[0].strip() == main_table(evaluation.label_sets[LISTED].rows)
    assert "Film / tt" in text  # a bar in a title would split its cell


def test_the_page_tells_how_it_was_made_and_no_overview(text, evaluation):
    for fact in (
        "# Title",
        f"**{evaluation.answer.headline}** {evaluation.answer.details}",
        "python -m …",
        "2026-01-02",
        "numpy 2",
        "poster_cnn `ab`",
        "3 trainings",
    ):
        assert fact in text
    assert "![By genre](x/genres.png)" in text
    assert "secret" not in text + repr(evaluation)


def test_the_answer_says_how_far_people_agree_where_they_do(evaluation, text):
    assert "TMDB agree with these with a micro-F1 of 0." in evaluation.answer.details
    assert "## How far people agree" in text
    assert "TMDB" not in answer(evaluation.label_sets[LISTED], ()).details
    alone = dataclasses.replace(evaluation, agreement=())
    assert "How far people agree" not in page(alone, "Title", {})


def test_without_other_trainings_there_is_no_section_of_them(text):
    assert "Other trainings" in text
    assert "Other trainings" not in page(made_measurement(3, 0.5).evaluation, "Title", {})


def test_an_evaluation_holds_what_was_predicted(measurement, evaluation):
    poster = measurement.predictions[1]
    assert poster.name == POSTER.name
    silent = sum(not any(film >= poster.thresholds) for film in poster.probabilities)
    assert evaluation.unnamed[POSTER.name] == silent > 0
    assert sum(evaluation.reliability[COMBINED.name].pairs) == 80 * 4
    assert set(evaluation.precision_recall) == {
        "class frequencies",
        *(reader.name for reader in READERS),
    }
    assert len(evaluation.examples) == 10


def test_the_app_reads_what_training_writes(evaluation, tmp_path):
    file, again = tmp_path / "evaluation.json", tmp_path / "again.json"
    write_evaluation(evaluation, file)
    read = read_evaluation(file)
    assert (read.origin, read.answer, read.examples) == (
        evaluation.origin,
        evaluation.answer,
        evaluation.examples,
    )
    rows, measured = (each.label_sets[LISTED].by_name for each in (read, evaluation))
    assert list(rows) == list(measured)
    for name in ("mAP", "ECE"):
        estimate = measured[OVERVIEW.name].estimate(name)
        assert rows[OVERVIEW.name].estimate(name) == pytest.approx(estimate, abs=1e-5)
    write_evaluation(read, again)
    assert again.read_bytes() == file.read_bytes()


def test_pictures_are_small_and_the_same_each_time(measurement, tmp_path):
    def digests() -> dict[str, str]:
        pictures = draw(measurement, tmp_path / "pictures")
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


def test_lists_of_tmdb_are_spoken_of_only_where_there_are_any(evaluation, text):
    assert "## Genres completed" in text
    assert "\nCompleted:\n" in text
    whole = page(dataclasses.replace(evaluation, agreement=()), "Title", {"x.png": "By genre"})
    _, _, without = whole.partition("## Genres as listed")  # below the answer, which was given
    assert not re.search("TMDB|IMDb|ompleted", without)
    assert "\n\n\n" not in without
