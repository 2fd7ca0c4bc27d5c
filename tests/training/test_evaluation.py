import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from export.publish import export
from gradio_app.batch import classify_table
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.films import read_table
from training.__main__ import main
from training.baselines import always_most_frequent, class_frequencies, tfidf_logistic_regression
from training.data import UNKNOWN, label_matrix, read_films
from training.evaluation import Evaluation, Row, evaluate, falls_below
from training.metrics import macro_average_precision

SHIPPED = Path(__file__).parents[2] / "onnx_models"


@pytest.fixture(scope="module")
def models(runs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    export(runs["poster", "default"], folder)
    export(runs["overview", "default"], folder)
    return folder


def test_the_table_has_readers_and_baselines(models, made_films):
    evaluation = evaluate(models, made_films, "test")
    assert evaluation.films == 12
    assert [row.name for row in evaluation.rows] == [
        "class frequencies",
        "always Action + Drama",
        "TF-IDF + logistic regression",
        "TF-IDF + logistic regression, extra overviews",
        "poster CNN",
        "overview LSTM",
        "mean of both",
    ]
    assert evaluation.rows[2].at_half["mAP"] == 1  # the made words give the genre away


def test_the_table_is_what_the_command_line_answers(made_films, tmp_path):
    classifier = FilmClassifier.from_dir(SHIPPED)
    posters, output = made_films / "posters", tmp_path / "out.csv"
    classify_table(classifier, made_films / "films.csv", posters, output)
    answers = {row["id"]: row for row in read_table(output)}
    films = [film for film in read_films(made_films) if film.split == "test"]
    labels = label_matrix(films, classifier.genres)
    rows = {row.name: row for row in evaluate(SHIPPED, made_films, "test", baselines=False).rows}
    for reader, name in (
        ("poster", "poster CNN"),
        ("overview", "overview LSTM"),
        ("combined", "mean of both"),
    ):
        columns = [f"{reader}_{genre}" for genre in classifier.genres]
        probabilities = np.array(
            [[float(answers[film.id][column]) for column in columns] for film in films]
        )
        measured = macro_average_precision(labels, probabilities)
        assert measured == pytest.approx(rows[name].at_half["mAP"], abs=1e-9)


def test_evaluate_prints_writes_and_holds_floors(models, made_films, tmp_path, capsys):
    floors = tmp_path / "floors.json"
    report = tmp_path / "report.md"
    arguments = ["evaluate", "--data", str(made_films), "--models", str(models)]
    arguments += ["--no-baselines", "--floors", str(floors), "--report", str(report)]
    floors.write_text(json.dumps({"poster CNN": {"mAP": 0.0}}))
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    table = "\n".join(line for line in printed.splitlines() if line.startswith("|"))
    assert "| overview LSTM |" in table
    assert table in report.read_text()
    floors.write_text(json.dumps({"poster CNN": {"mAP": 1.01}}))
    assert main(arguments) == 1
    assert "below its floor" in capsys.readouterr().out


def test_floors_name_what_fell():
    row = Row("poster CNN", {"mAP": 0.9}, {"mAP": 0.3, "micro-F1": 0.5})
    evaluation = Evaluation("test", 10, [row])
    assert falls_below(evaluation, {"poster CNN": {"mAP": 0.3, "micro-F1": 0.5}}) == []
    (problem,) = falls_below(evaluation, {"poster CNN": {"mAP": 0.31, "micro-F1": 0.5}})
    assert "mAP is 0.300, below its floor 0.310" in problem


def test_a_split_without_whole_films_is_one_sentence(models, made_films, tmp_path):
    (tmp_path / "films.csv").write_text("id,overview,genres,split\nf1,text,Drama,train\n")
    with pytest.raises(InputError, match="split test"):
        evaluate(models, tmp_path, "test")


def test_trivial_answers():
    labels = np.array([[1, 0, 1], [1, 0, 0], [1, 1, 1], [0, 0, 0]], float)
    assert class_frequencies(labels, 2).tolist() == [[0.75, 0.25, 0.5]] * 2
    assert always_most_frequent(labels, 2).tolist() == [[1, 0, 1]] * 2


def test_tfidf_leaves_unknown_labels_out(made_films):
    films = read_films(made_films)
    teaching = [film for film in films if film.split == "train"]
    (answer,) = tfidf_logistic_regression(teaching, ["Action", "Drama"], [films])
    # Films whose list cannot hold Drama say nothing of it, whatever their overviews.
    silent = [
        dataclasses.replace(film, unknown=frozenset({"Drama"}), genres=frozenset())
        for film in teaching
        if "Drama" in film.genres
    ]
    assert (label_matrix(silent, ["Drama"]) == UNKNOWN).all()
    (again,) = tfidf_logistic_regression([*teaching, *silent], ["Action", "Drama"], [films])
    labels = label_matrix(films, ["Action", "Drama"])
    for probabilities in (answer, again):
        assert macro_average_precision(labels, probabilities) > 0.99


def test_a_genre_that_the_films_lack_has_a_constant_answer(made_films):
    films = read_films(made_films)
    (answer,) = tfidf_logistic_regression(films, ["Action", "Western"], [films])
    assert set(answer[:, 1]) == {0.0}
    assert np.ptp(answer[:, 0]) > 0.1
