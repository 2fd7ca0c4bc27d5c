"""All that is wrong with a folder of films is said at once, before anything is trained."""

import shutil

import pytest
from PIL import Image

from gradio_app.errors import InputError
from tests.training.conftest import WORDS, write_table
from training.__main__ import main
from training.data.check import check_films
from training.data.films import read_films
from training.data.labels import genre_names


def rows(count: int = 60) -> list[dict[str, str]]:
    splits = ("train", "train", "train", "validation", "test")
    genres = list(WORDS)
    return [
        {
            "id": f"f{number}",
            "overview": f"A {' '.join(WORDS[genres[number % 3]])}.",
            "genres": genres[number % 3],
            "split": splits[number // 3 % 5],
        }
        for number in range(count)
    ]


def check(folder, changes=(), minimum=5):
    """The check of a folder of good films, but for cells of some rows."""
    films = rows()
    for number, column, cell in changes:
        films[number][column] = cell
    write_table(folder / "films.csv", films)
    return check_films(folder, folder / "cache", minimum=minimum)


def test_a_good_folder_has_no_problem(made_films, tmp_path):
    found = check_films(made_films, tmp_path, minimum=5)
    assert found.problems == []
    assert len(found.posters) == 61
    assert found.n_complete == {"train": 36, "validation": 12, "test": 12}
    lines = [line.split() for line in found.table().splitlines()]
    assert lines[0] == ["train", "validation", "test"]
    assert ["with", "both", "36", "12", "12"] in lines
    assert ["Horror", "12", "4", "4"] in lines


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([(0, "id", "")], "Films without an id: 1 (row 1 of films.csv); "),
        ([(1, "id", "f0")], "Ids in several rows of one split: 1 (f0); "),
        ([(9, "id", "f0")], "Ids in two splits: 1 (f0: train and validation); "),
        ([(0, "id", "../f0")], "Rows that cannot be read: 1 (../f0); "),
        ([(0, "split", "dev")], "Films of an unknown split: 1 (f0: 'dev'); "),
        ([(0, "genres", "")], "Films without a genre: 1 (f0); "),
        (
            [(0, "genres", "['Drama']"), (1, "genres", '["Drama"]')],
            """Genres written as a program's list: 2 ("['Drama']" of f0, '["Drama"]' of f1); """,
        ),
        (
            [(0, "genres", "Action, Drama"), (1, "genres", "Drama;Horror")],
            "Genres parted otherwise than by '|': 2 ('Action, Drama' of f0, 'Drama;Horror' of f1)",
        ),
        (
            [(0, "genres", "(no genres listed)"), (1, "genres", "N/A")],
            "Genres that say that there are none: 2 ('(no genres listed)' of f0, 'N/A' of f1); ",
        ),
        (
            [(1, "genres", "drama"), (4, "genres", " DRAMA")],
            "several ways: 1 ('Drama' in 18, 'drama' in 1 and 'DRAMA' in 1); ",
        ),
    ],
)
def test_each_problem_is_a_sentence(changes, sentence, tmp_path):
    (problem,) = check(tmp_path, changes).problems
    assert sentence in problem
    assert problem.endswith(".")


def test_blanks_around_a_genre_are_no_part_of_it(tmp_path):
    found = check(tmp_path, [(0, "genres", "Action "), (1, "genres", "Drama | Horror")])
    assert found.problems == []
    assert (
        "Genres with blanks around them: 2 ('Action ' of f0, 'Drama | Horror' of f1)"
        in "\n".join(found.notes)
    )
    assert read_films(tmp_path)[1].genres == {"Drama", "Horror"}


def test_a_placeholder_is_no_overview(tmp_path):
    found = check(tmp_path, [(0, "overview", "No overview found."), (1, "overview", "")])
    assert "Overviews that only say that there is none: 1 (f0)" in "\n".join(found.notes)
    assert "Films with neither poster nor overview: 2 (f0, f1)" in "\n".join(found.notes)
    assert read_films(tmp_path)[0].overview == ""


def test_all_bad_posters_are_named_and_good_ones_are_decoded_once(made_films, tmp_path, caplog):
    data = shutil.copytree(made_films, tmp_path / "data")
    for name in ("tt3", "tt17"):
        (data / "posters" / f"{name}.jpg").write_bytes(b"no picture")
    whole = (data / "posters" / "tt20.jpg").read_bytes()
    (data / "posters" / "tt20.jpg").write_bytes(whole[: len(whole) // 2])
    (data / "posters" / "tt902.png").write_bytes(b"\x89PNG")
    for _ in range(2):
        with caplog.at_level("INFO"):
            (problem,) = check_films(data, tmp_path / "cache", minimum=5).problems
        assert "Posters that cannot be read: 4 (tt17.jpg, tt20.jpg, tt3.jpg, tt902.png)" in problem
    assert [record.message.split()[0] for record in caplog.records] == ["decoding"]
    for name in ("tt3.jpg", "tt17.jpg", "tt20.jpg", "tt902.png"):
        Image.new("RGB", (20, 30)).save(data / "posters" / name)
    assert check_films(data, tmp_path / "cache", minimum=5).problems == []


def test_all_problems_are_said_together(tmp_path):
    changes = [
        (0, "id", ""),
        (2, "id", "f1"),
        (3, "split", "dev"),
        (4, "genres", ""),
        (5, "genres", "[1]"),
    ]
    changes += [(number, "overview", "x" * 100_001) for number in range(20, 40)]
    problems = check(tmp_path, changes).problems
    assert len(problems) == 6
    (unreadable,) = [problem for problem in problems if "cannot be read" in problem]
    assert "20 (f20, f21, " in unreadable
    assert "f29 and 10 more); the first: The overview has 100,001 characters" in unreadable


def test_a_split_of_too_few_films_is_a_problem(tmp_path):
    changes = [(number, "split", "train") for number in range(60) if number not in (0, 1, 2)]
    changes += [(number, "split", "test") for number in (0, 1, 2)]
    assert "The split validation has 0 films" in str(check(tmp_path, changes).problems)


def test_a_label_needs_a_validation_film(tmp_path):
    changes = [(number, "genres", "Heist") for number in (0, 1, 2, 15, 16, 17)]
    (problem,) = check(tmp_path, changes).problems
    assert "Genres that no validation film has: 1 (Heist)" in problem
    assert "--min-films-per-genre 7." in problem
    found = check(tmp_path, changes, minimum=7)
    assert found.problems == []
    assert "Genres of fewer than 7 training films: 1 (Heist: 6)" in "\n".join(found.notes)
    with_default = check(tmp_path, [*changes, (9, "genres", "Heist")], minimum=None)
    assert with_default.problems == []
    assert "Genres that no test film has: 1 (Heist)" in str(with_default.notes)
    assert "Heist" in genre_names(with_default.films)


def test_no_genre_may_be_too_rare_for_every_label(tmp_path):
    (problem,) = check(tmp_path, minimum=13).problems
    assert "No genre has 13 training films" in problem


def test_rows_of_an_unknown_style_are_counted(made_films, tmp_path):
    data = shutil.copytree(made_films, tmp_path / "data")
    row = {"id": "x", "overview": "A ghost.", "genres": "horror, odd", "genre_style": "letterboxd"}
    write_table(data / "overviews_extra.csv", [row, row])
    found = check_films(data, tmp_path, minimum=5)
    assert found.problems == []
    assert "Rows of overviews_extra.csv whose genre_style is 'letterboxd': 2" in "\n".join(
        found.notes
    )


def test_lists_of_films_that_are_not_there_are_counted(made_films, tmp_path):
    shutil.copytree(made_films, tmp_path / "data")
    lists = [{"imdb_id": name, "wikipedia": "War"} for name in ("tt1", "tt902", "tt7777")]
    write_table(tmp_path / "data" / "labels_extra.csv", lists)
    notes = check_films(tmp_path / "data", tmp_path / "cache", minimum=5).notes
    assert "Lists of labels_extra.csv whose film no table has: 1 (tt7777)" in "\n".join(notes)


@pytest.mark.parametrize("table", ["", "id,genres\n"])
def test_without_films_nothing_can_be_checked(table, tmp_path):
    if table:
        (tmp_path / "films.csv").write_text(table)
    with pytest.raises(InputError, match=r"films\.csv"):
        check_films(tmp_path, tmp_path)


@pytest.mark.parametrize("command", ["poster", "overview", "teacher", "fusion", "evaluate"])
def test_every_command_says_all_problems_and_does_nothing(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    films = rows()
    films[0]["genres"], films[1]["split"] = "[]", "dev"
    write_table(tmp_path / "films.csv", films)
    runs = ["--poster", "p", "--overview", "o"] if command == "fusion" else []
    assert main([command, "--data", ".", *runs]) == 1
    said = capsys.readouterr().err
    assert "written as a program's list" in said
    assert "unknown split" in said
    assert "Traceback" not in said
    assert {path.name for path in tmp_path.iterdir()} == {"films.csv"}


def test_the_command_prints_the_check(made_films, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--data", str(made_films)]) == 0
    assert "Good." in capsys.readouterr().out
    write_table(tmp_path / "films.csv", [{**rows()[0], "genres": ""}])
    assert main(["check", "--data", "."]) == 1
    printed = capsys.readouterr().out
    assert "Films without a genre: 1 (f0)" in printed
    assert "Problems to be mended: " in printed
