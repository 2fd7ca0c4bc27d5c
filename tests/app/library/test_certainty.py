"""The shipped models are sure only where they know: inputs that say nothing of a film."""
# ruff: noqa: RUF001 - Turkish and Russian have letters that look like others

import json
from contextlib import suppress
from itertools import product

import numpy as np
import pytest
from PIL import Image

from gradio_app import FilmClassifier, InputError
from scripts.make_references import ROOT

#: (who, what they do) of overviews in ten languages.
LANGUAGES = {
    "French": (
        ["Un vieux marin", "Deux sœurs fâchées", "Une jeune avocate", "Le facteur du village"],
        [
            "retrouve une lettre perdue et doit quitter sa maison avant la fin de l'hiver.",
            "découvre que son frère a menti pendant toutes ces années.",
            "traverse le pays avec un inconnu qui cherche sa fille.",
            "accepte un travail étrange dans une grande ville au bord de la mer.",
            "se bat contre ceux qui veulent prendre la terre de ses parents.",
        ],
    ),
    "German": (
        ["Ein alter Lehrer", "Zwei Brüder", "Eine junge Ärztin", "Der Sohn des Müllers"],
        [
            "findet einen verlorenen Brief und muss das Haus vor dem Winter verlassen.",
            "erfährt, dass in der Familie jahrelang gelogen wurde.",
            "reist mit einem Fremden durch das ganze Land, um seine Tochter zu suchen.",
            "nimmt eine seltsame Arbeit in einer großen Stadt am Meer an.",
            "kämpft gegen jene, die das Land der Eltern haben wollen.",
        ],
    ),
    "Spanish": (
        ["Un viejo pescador", "Dos hermanas", "Una joven abogada", "El cartero del pueblo"],
        [
            "encuentra una carta perdida y debe dejar su casa antes del invierno.",
            "descubre que su hermano ha mentido durante todos estos años.",
            "cruza el país con un desconocido que busca a su hija.",
            "acepta un trabajo extraño en una gran ciudad junto al mar.",
            "lucha contra quienes quieren quedarse con la tierra de sus padres.",
        ],
    ),
    "Italian": (
        ["Un vecchio pescatore", "Due sorelle", "Una giovane maestra", "Il figlio del mugnaio"],
        [
            "trova una lettera perduta e deve lasciare la casa prima dell'inverno.",
            "scopre che suo fratello ha mentito per tutti questi anni.",
            "attraversa il paese con uno sconosciuto che cerca la figlia.",
            "accetta un lavoro strano in una grande città vicino al mare.",
            "combatte contro chi vuole prendere la terra dei suoi genitori.",
        ],
    ),
    "Portuguese": (
        ["Um velho pescador", "Duas irmãs", "Uma jovem médica", "O carteiro da aldeia"],
        [
            "encontra uma carta perdida e tem de deixar a casa antes do inverno.",
            "descobre que o irmão mentiu durante todos estes anos.",
            "atravessa o país com um desconhecido que procura a filha.",
            "aceita um trabalho estranho numa grande cidade à beira do mar.",
            "luta contra aqueles que querem ficar com a terra dos seus pais.",
        ],
    ),
    "Dutch": (
        ["Een oude visser", "Twee zussen", "Een jonge advocate", "De zoon van de molenaar"],
        [
            "vindt een verloren brief en moet het huis voor de winter verlaten.",
            "ontdekt dat zijn broer al die jaren heeft gelogen.",
            "reist met een onbekende door het land op zoek naar diens dochter.",
            "neemt vreemd werk aan in een grote stad aan zee.",
            "vecht tegen hen die het land van zijn ouders willen hebben.",
        ],
    ),
    "Swedish": (
        ["En gammal fiskare", "Två systrar", "En ung läkare", "Mjölnarens son"],
        [
            "hittar ett förlorat brev och måste lämna huset före vintern.",
            "upptäcker att brodern har ljugit under alla dessa år.",
            "reser genom landet med en främling som söker sin dotter.",
            "tar ett märkligt arbete i en stor stad vid havet.",
            "kämpar mot dem som vill ta föräldrarnas mark.",
        ],
    ),
    "Polish": (
        ["Stary rybak", "Dwie siostry", "Młoda lekarka", "Syn młynarza"],
        [
            "znajduje zgubiony list i musi opuścić dom przed zimą.",
            "odkrywa, że brat kłamał przez wszystkie te lata.",
            "przemierza kraj z nieznajomym, który szuka córki.",
            "przyjmuje dziwną pracę w wielkim mieście nad morzem.",
            "walczy z tymi, którzy chcą zabrać ziemię rodziców.",
        ],
    ),
    "Turkish": (
        ["Yaşlı bir balıkçı", "İki kız kardeş", "Genç bir avukat", "Değirmencinin oğlu"],
        [
            "kayıp bir mektup bulur ve kıştan önce evini terk etmek zorunda kalır.",
            "kardeşinin bunca yıl yalan söylediğini öğrenir.",
            "kızını arayan bir yabancıyla ülkeyi baştan başa geçer.",
            "deniz kıyısındaki büyük bir şehirde garip bir işi kabul eder.",
            "ailesinin toprağını almak isteyenlere karşı savaşır.",
        ],
    ),
    "Russian": (
        ["Старый рыбак", "Две сестры", "Молодая учительница", "Сын мельника"],
        [
            "находит потерянное письмо и должен уйти из дома до зимы.",
            "узнаёт, что брат лгал все эти годы.",
            "едет через всю страну с незнакомцем, который ищет дочь.",
            "получает странную работу в большом городе у моря.",
            "борется с теми, кто хочет забрать землю родителей.",
        ],
    ),
}

#: What stands where an overview is due.
PLACEHOLDERS = [
    text.format(what)
    for text, what in product(
        (
            *("No {} found.", "No {} available.", "{} coming soon", "There is no {} yet."),
            *("This film has no {}.", "Add a {}", "We don't have a {} in this language."),
            *("{} missing", "[no {}]", "The {} will follow."),
        ),
        ("overview", "description", "plot", "synopsis", "summary"),
    )
]


@pytest.fixture(scope="module")
def classifier():
    return FilmClassifier.from_dir(ROOT / "onnx_models")


@pytest.fixture(scope="module")
def frequencies():
    """How frequent each genre is among the test films."""
    evaluation = json.loads((ROOT / "onnx_models" / "evaluation.json").read_text("utf-8"))
    rows = evaluation["label_sets"]["as listed"]["genres"]["fused"]
    return {row["genre"]: row["observed"] for row in rows}


def assert_no_surer_than_frequencies(predictions, frequencies):
    """Genres are suggested no more often than they are frequent, or always (Drama).

    Where all that is known is how frequent genres are, a genre is suggested of every input or of
    none: of every one if so frequent a genre passes its threshold.
    """
    thresholds = dict(zip(predictions[0].genres, predictions[0].thresholds, strict=True))
    for genre, frequency in frequencies.items():
        suggested = np.mean([genre in each.chosen() for each in predictions])
        is_frequent = frequency >= thresholds[genre]
        assert is_frequent or suggested <= frequency, (genre, suggested, frequency)


def readings(classifier, overviews):
    """What is predicted of those overviews that are not refused: there, nothing is suggested."""
    predicted = []
    for overview in overviews:
        with suppress(InputError):
            predicted.append(classifier.predict(overview=overview).overview)
    return predicted


def overviews_in_other_languages():
    return [
        f"{who} {what}"
        for subjects, predicates in LANGUAGES.values()
        for who, what in product(subjects, predicates)
    ]


def test_overviews_in_other_languages_are_no_genre(classifier, frequencies):
    overviews = overviews_in_other_languages()
    assert len(overviews) == 200
    read = readings(classifier, overviews)
    assert len(read) > 150  # of the others, no word is known
    assert_no_surer_than_frequencies(read, frequencies)


def test_placeholders_are_no_genre(classifier, frequencies):
    assert len(PLACEHOLDERS) == 50
    read = readings(classifier, PLACEHOLDERS)
    assert len(read) > 10  # the others are known to be placeholders
    assert_no_surer_than_frequencies(read, frequencies)


def pictures_of_nothing():
    """Plain colours, gradients and noise: the kinds, not the pictures, that training knows."""
    rng = np.random.default_rng(5)
    shape = (300, 200, 3)
    plain = [np.full(shape, rng.integers(0, 256, 3)) for _ in range(20)]
    slopes = np.linspace(0, 1, 300)[:, None, None]
    gradients = [
        np.broadcast_to(first + slopes * (last - first), shape)
        for first, last in (rng.integers(0, 256, (2, 3)).astype(float) for _ in range(20))
    ]
    noise = [rng.integers(0, 256, shape) for _ in range(20)]
    arrays = [np.asarray(pixels).astype(np.uint8) for pixels in plain + gradients + noise]
    return [Image.fromarray(array) for array in arrays]


def test_pictures_of_nothing_are_no_genre(classifier, frequencies):
    films = [classifier.predict(poster=picture) for picture in pictures_of_nothing()]
    assert_no_surer_than_frequencies([film.poster for film in films], frequencies)


@pytest.mark.parametrize("overview", ["No overview found.", "No overview was found for it."])
def test_an_overview_that_says_nothing_leaves_the_poster_alone(classifier, overview):
    poster = ROOT / "gradio_app" / "examples" / "marrow-hill.jpg"
    alone = classifier.predict(poster=poster).combined.probabilities
    both = classifier.predict(poster=poster, overview=overview).combined.probabilities
    assert np.abs(np.subtract(both, alone)).max() <= 0.1
