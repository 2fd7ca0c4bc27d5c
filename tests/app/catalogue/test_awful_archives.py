"""Awful ZIP and NFO files: each film is read or has its error, or the file is refused."""

import re
import sys
import time
import zipfile
from pathlib import Path

import pytest

from gradio_app.catalogue.sources.archive import open_zip
from gradio_app.catalogue.sources.library import Library
from gradio_app.catalogue.sources.opening import open_source
from gradio_app.catalogue.sources.source import Source, of_pictures
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from scripts.reliability.corpus.archives import nfo_cases, zip_cases
from scripts.reliability.corpus.case import Answer, Case, Refusal

resource = pytest.importorskip("resource")  # Windows has no such module

ZIPS, NFOS = zip_cases(), nfo_cases()
SECONDS = 10  # of processor time, on a slow machine


def said(classifier: FilmClassifier, source: Source) -> list[str]:
    """All that a run says of films and posters, once each film was read or has an error."""
    results = list(classifier.predict_many(source.films, 1, source.find_poster))
    assert all(result.prediction or result.errors for result in results)
    errors = [error for result in results for error in result.errors]
    return [*source.warnings, *errors, *source.account(len(results) - len(errors))]


@pytest.mark.parametrize("case", ZIPS, ids=[case.name for case in ZIPS])
def test_a_zip_is_read_or_refused(case: Case, classifier: FilmClassifier, tmp_path: Path):
    file = tmp_path / case.name
    case.make(file)
    begin, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if isinstance(case.expected, Answer):
        with open_source(file, None) as source:
            sentences = said(classifier, source)
        assert all("\n" not in sentence and sentence.endswith(".") for sentence in sentences)
        assert re.search(case.expected.note or "", "\n".join(sentences)), sentences
    else:
        with pytest.raises(InputError) as caught, open_zip(file):
            pass
        assert re.search(case.expected.sentence, str(caught.value)), caught.value
    assert time.process_time() - begin < SECONDS
    if sys.platform == "linux":
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KiB
    assert [each.name for each in tmp_path.iterdir()] == [case.name]


def test_a_zip_that_cannot_be_opened_is_one_sentence(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"), open_zip(tmp_path / "no.zip"):
        pass


@pytest.mark.parametrize("case", NFOS, ids=[case.name for case in NFOS])
def test_an_nfo_is_read_or_its_film_has_an_error(case: Case, tmp_path: Path):
    for folder in ("A", "B"):
        (tmp_path / folder).mkdir()
    case.make(tmp_path / "A" / "movie.nfo")
    (tmp_path / "B" / "movie.nfo").write_text("<movie><plot>War.</plot></movie>")
    begin = time.process_time()
    first, second = Library(tmp_path).films()
    assert time.process_time() - begin < SECONDS
    assert (second.overview, second.errors) == ("War.", ())
    assert "root:" not in first.overview
    if isinstance(case.expected, Refusal):
        (error,) = first.errors
        assert re.search(case.expected.sentence, error), error
        assert "\n" not in error
    else:
        assert (first.overview, first.errors) == ("A ghost haunts a house.", ())


def test_the_corpus_of_zips_is_made_of_zips(tmp_path: Path):
    (good,) = [case for case in ZIPS if case.name == "a poster.zip"]
    good.make(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive, open_zip(tmp_path / "a.zip") as posters:
        assert archive.namelist() == ["a.jpg"]
        assert len(of_pictures(tmp_path / "a.zip", posters).films) == 1
