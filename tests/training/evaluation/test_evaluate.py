import dataclasses
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from export.publish import export
from gradio_app.catalogue.sources.table import read_table
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import ArtifactError, InputError
from gradio_app.evaluation.schema import COMPLETED, LISTED, Row
from tests.app.catalogue.run import classify_table
from tests.training.conftest import write_table
from training.__main__ import main
from training.data.films import read_films
from training.data.labels import UNKNOWN, label_matrix
from training.evaluation.baselines import (
    always_most_frequent,
    class_frequencies,
    linear_probe,
    poster_features,
)
from training.evaluation.evaluate import evaluate, violations
from training.metrics import macro_average_precision
from training.models.tfidf import tfidf_logistic_regression

SHIPPED = Path(__file__).parents[3] / "onnx_models"


def export_all(runs, preset: str, folder: Path) -> Path:
    for kind in ("poster", "overview", "fusion"):
        export(runs[kind, preset], folder)
    return folder


@pytest.fixture(scope="module")
def models(runs, tmp_path_factory):
    return export_all(runs, "distilled", tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def coursework(runs, tmp_path_factory):
    return export_all(runs, "coursework", tmp_path_factory.mktemp("coursework"))


def test_the_table_has_readers_and_baselines(
    models, coursework, made_films, lite_weights, tmp_path
):
    measurement = evaluate(
        models,
        made_films,
        "test",
        tmp_path / "cache",
        other_trainings=[models],
        coursework=coursework,
        backbone=lite_weights,
    )
    assert measurement.evaluation.n_films == 12
    listed = measurement.evaluation.label_sets[LISTED]
    assert [row.name for row in listed.rows] == [
        "class frequencies",
        "always Action + Drama",
        "TF-IDF + logistic regression",
        "TF-IDF + logistic regression, extra overviews",
        "linear probe",
        "average of the two baselines",
        "coursework CNN, from scratch",
        "coursework LSTM",
        "poster CNN",
        "overview LSTM",
        "fused",
    ]
    text, picture, average = (one.probabilities for one in measurement.predictions[3:6])
    assert np.allclose(average, 0.7 * text + 0.3 * picture)
    for row in listed.rows[2:6]:
        assert row.at_half["mAP"] == 1  # the made words and colours give the genre away
    assert listed.trainings == ()  # of the same models, not of other ones


def test_rows_can_be_taken_from_an_earlier_evaluation(models, coursework, made_films, tmp_path):
    arguments = ["evaluate", "--data", str(made_films), "--models", str(models)]
    arguments += ["--no-baselines", "--report", str(tmp_path / "report.md")]
    others = ["--coursework", str(coursework), "--seeds", str(coursework)]
    assert main([*arguments, *others]) == 0
    file = Path(shutil.copy(models / "evaluation.json", tmp_path / "earlier.json"))
    assert main([*arguments, "--earlier", str(models / "evaluation.json")]) == 0
    documents = [json.loads(each.read_text()) for each in (file, models / "evaluation.json")]
    assert documents[0]["label_sets"] == documents[1]["label_sets"]
    trainings = documents[1]["label_sets"][LISTED]["trainings"]
    assert [each["count"] for each in trainings] == [2, 2, 2]
    assert "--earlier EARLIER.json" in documents[1]["origin"]["command"]

    def take_over(change):
        file.write_text(json.dumps(documents[0] | change))
        taken = evaluate(models, made_films, "test", tmp_path, baselines=False, earlier=file)
        return taken.evaluation.label_sets[LISTED].trainings

    for other in ({"n_films": 11}, {"split": "validation"}, {"genres": ["Drama"]}):
        with pytest.raises(InputError, match="other films or of other genres"):
            take_over(other)
    listed = documents[0]["label_sets"][LISTED]
    for damage in ({"mean": None}, {"mean": {"mAP": 1}}, {"count": "3"}, {"count": 0}):
        damaged = [each | damage for each in listed["trainings"]]
        sets = documents[0]["label_sets"] | {LISTED: listed | {"trainings": damaged}}
        with pytest.raises(ArtifactError, match="not a valid evaluation"):
            take_over({"label_sets": sets})
    for sets in (3, {LISTED: listed}):
        with pytest.raises(ArtifactError, match="not a valid evaluation"):
            take_over({"label_sets": sets})
    # The trainings of a model that the earlier evaluation did not measure are not its own.
    origin = documents[0]["origin"]
    other_overview = origin["models"] | {"overview_lstm": "another"}
    fewer = take_over({"origin": origin | {"models": other_overview}})
    assert [(each.name, each.count) for each in fewer] == [("poster CNN", 2), ("fused", 2)]


def test_completed_labels_are_measured_with_the_same_predictions(models, made_films, tmp_path):
    rows = [{**film.cells, "tmdb_genres": "Drama"} for film in read_table(made_films / "films.csv")]
    write_table(tmp_path / "films.csv", rows)
    (tmp_path / "posters").symlink_to(made_films / "posters")
    without = evaluate(models, made_films, "test", tmp_path, baselines=False).evaluation
    evaluation = evaluate(models, tmp_path, "test", tmp_path, baselines=False).evaluation
    listed, completed = (evaluation.label_sets[name] for name in (LISTED, COMPLETED))
    assert listed.rows == without.label_sets[LISTED].rows
    drama = completed.genres["poster CNN"][1]
    assert (drama.genre, drama.n_films) == ("Drama", 12)
    assert without.agreement == ()
    people, fused = evaluation.agreement
    shared = listed.genres["poster CNN"][1].n_films
    assert people.at_thresholds["precision"] == pytest.approx(shared / 12)
    assert fused.at_thresholds == listed.rows[-1].at_thresholds


def test_the_table_is_what_the_command_line_predicts(made_films, tmp_path):
    classifier = FilmClassifier.from_dir(SHIPPED)
    posters, output = made_films / "posters", tmp_path / "out.csv"
    classify_table(classifier, made_films / "films.csv", posters, output)
    cells = {film.id: film.cells for film in read_table(output)}
    films = [film for film in read_films(made_films) if film.split == "test"]
    labels = label_matrix(films, classifier.genres)
    evaluation = evaluate(SHIPPED, made_films, "test", tmp_path, baselines=False).evaluation
    rows = evaluation.label_sets[LISTED].by_name
    for reader, name in (
        ("poster", "poster CNN"),
        ("overview", "overview LSTM"),
        ("combined", "fused"),
    ):
        columns = [f"{reader}_{genre}" for genre in classifier.genres]
        probabilities = np.array(
            [[float(cells[film.id][column]) for column in columns] for film in films]
        )
        measured = macro_average_precision(labels, probabilities)
        assert measured == pytest.approx(rows[name].at_half["mAP"], abs=1e-9)


def test_evaluate_prints_writes_and_holds_floors(models, made_films, tmp_path, capsys):
    floors = tmp_path / "floors.json"
    report = tmp_path / "report.md"
    arguments = ["evaluate", "--data", str(made_films), "--models", str(models)]
    arguments += ["--no-baselines", "--floors", str(floors), "--report", str(report)]
    floors.write_text(json.dumps({"poster CNN": {"mAP": 0.0}}))
    assert main([*arguments, "--title", "Of made films"]) == 0
    printed = capsys.readouterr().out
    table = "\n".join(line for line in printed.splitlines() if line.startswith("|"))
    assert "| overview LSTM |" in table
    page = report.read_text("utf-8")
    assert page.startswith("# Of made films\n")
    assert table in page
    pictures = re.findall(r"\]\((report/.*?)\)", page)
    assert len(pictures) >= 3
    figures = models / "evaluation.json"
    for file in (*(tmp_path / picture for picture in pictures), figures):
        assert file.stat().st_size > 1000
    command = f"python -m training evaluate --data DATA --models {models.name} --split test"
    assert f"{command} --no-baselines\n" in page
    assert str(tmp_path) not in page + figures.read_text("utf-8")
    floors.write_text(json.dumps({"poster CNN": {"mAP": 1.01}}))
    assert main(arguments) == 1
    assert "below its floor" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("report", "message"), [("missing/page.md", "no folder"), ("page", "ends in .md")]
)
def test_a_report_without_a_place_is_one_sentence(
    models, made_films, tmp_path, capsys, report, message
):
    arguments = ["evaluate", "--data", str(made_films), "--models", str(models)]
    assert main([*arguments, "--report", str(tmp_path / report)]) == 1
    assert message in capsys.readouterr().err


ROW = Row("poster CNN", {"mAP": 0.9}, {"mAP": 0.3, "micro-F1": 0.5, "ECE": 0.02}, {})


def test_floors_name_what_fell():
    assert violations([ROW], {"poster CNN": {"mAP": 0.3, "micro-F1": 0.5}}) == []
    (problem,) = violations([ROW], {"poster CNN": {"mAP": 0.31, "micro-F1": 0.5}})
    assert problem == "poster CNN: mAP is 0.300, below its floor 0.310."


def test_a_floor_of_an_error_is_the_highest_that_is_accepted():
    assert violations([ROW], {"poster CNN": {"ECE": 0.02}}) == []
    (problem,) = violations([ROW], {"poster CNN": {"ECE": 0.019}})
    assert problem == "poster CNN: ECE is 0.020, above its ceiling 0.019."


@pytest.mark.parametrize("floors", [{"overview LSTM": {"mAP": 0.1}}, {"poster CNN": {"F2": 0.1}}])
def test_floors_of_what_is_not_measured_are_named(floors):
    with pytest.raises(InputError, match="not measured"):
        violations([ROW], floors)


def test_a_figure_that_is_no_number_holds_no_floor():
    row = dataclasses.replace(ROW, at_thresholds={"mAP": float("nan"), "ECE": float("nan")})
    assert len(violations([row], {"poster CNN": {"mAP": 0.0, "ECE": 1.0}})) == 2


def test_a_split_without_whole_films_is_one_sentence(models, made_films, tmp_path):
    (tmp_path / "films.csv").write_text("id,overview,genres,split\nf1,text,Drama,train\n")
    with pytest.raises(InputError, match="split test"):
        evaluate(models, tmp_path, "test", tmp_path)


def test_features_of_posters_are_computed_once(made_films, lite_weights, tmp_path):
    posters = [film.poster for film in read_films(made_films)[:4]]
    features = poster_features(posters, lite_weights, tmp_path)
    assert features.shape == (4, 5 * 4064)  # five statistics of the channels of seven maps
    (file,) = tmp_path.glob("features-*.npy")
    # As many posters, for a runtime may add up batches of other sizes in another order.
    same = poster_features(posters[:1] * 4, lite_weights, tmp_path)
    assert np.array_equal(same[0], features[0])
    assert not np.array_equal(same[1], features[1])
    np.save(file, features * 2)  # what is read again is this file
    assert np.array_equal(poster_features(posters, lite_weights, tmp_path), features * 2)
    other = tmp_path / "other.weights.h5"
    other.write_bytes(b"no weights")
    with pytest.raises(InputError, match="cannot be loaded"):
        poster_features(posters, other, tmp_path)


def test_the_probe_leaves_unknown_labels_out():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 5))
    labels = (features[:, :2] > 0).astype(float)
    (predicted,) = linear_probe(features, labels, [features])
    assert predicted.shape == (200, 2)
    assert macro_average_precision(labels, predicted) > 0.95
    unsure = np.where(features[:, :2] > 0.3, UNKNOWN, labels)
    (again,) = linear_probe(features, unsure, [features])
    wrong = np.where(features[:, :2] > 0.3, 0, labels)
    (misled,) = linear_probe(features, wrong, [features])
    assert macro_average_precision(labels, again) > macro_average_precision(labels, misled) + 0.1


def test_trivial_predictions():
    labels = np.array([[1, 0, 1], [1, 0, 0], [1, 1, 1], [0, 0, 0]], float)
    assert class_frequencies(labels, 2).tolist() == [[0.75, 0.25, 0.5]] * 2
    assert always_most_frequent(labels, 2).tolist() == [[1, 0, 1]] * 2


def test_tfidf_leaves_unknown_labels_out(made_films):
    films = read_films(made_films)
    overviews = [film.overview for film in films]
    train_films = [film for film in films if film.split == "train"]

    def fit_predict(fitted_films):
        known = label_matrix(fitted_films, ["Action", "Drama"])
        read = [film.overview for film in fitted_films]
        return tfidf_logistic_regression(read, known, overviews)

    # Films whose list cannot hold Drama say nothing of it, whatever their overviews.
    silent = [
        dataclasses.replace(film, unknown=frozenset({"Drama"}), genres=frozenset())
        for film in train_films
        if "Drama" in film.genres
    ]
    assert (label_matrix(silent, ["Drama"]) == UNKNOWN).all()
    labels = label_matrix(films, ["Action", "Drama"])
    for probabilities in (fit_predict(train_films), fit_predict([*train_films, *silent])):
        assert macro_average_precision(labels, probabilities) > 0.99


def test_a_genre_that_the_films_lack_has_a_constant_prediction(made_films):
    films = read_films(made_films)
    overviews = [film.overview for film in films]
    known = label_matrix(films, ["Action", "Western"])
    predicted = tfidf_logistic_regression(overviews, known, overviews)
    assert set(predicted[:, 1]) == {0.0}
    assert np.ptp(predicted[:, 0]) > 0.1
