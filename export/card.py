"""The model card: README.md of a model folder, written from its spec."""

__all__ = ["model_card"]

_READS = {
    "poster": "film posters (a convolutional network)",
    "overview": "film overviews in English (a bidirectional LSTM)",
}

_ARCHITECTURES = {
    ("poster", "coursework"): "Seven convolutions and two dense layers, trained from scratch.",
    ("poster", "mobilenet_v2"): (
        "MobileNetV2 1.0 (Sandler et al. 2018), pretrained on ImageNet and fine-tuned; the "
        "means of three of its feature maps, batch normalisation, one dense layer. The "
        "pretrained weights are Google's, Apache License 2.0."
    ),
    ("overview", "coursework"): "Embedding and two bidirectional LSTM layers, one dense layer.",
    ("overview", "pooled_bilstm"): (
        "Embedding and a bidirectional LSTM, mean and maximum of its states over the words."
    ),
}


def model_card(spec: dict) -> str:
    """Markdown for one model, from the dictionary that becomes its spec.json."""
    kind = spec["kind"]
    figures = spec["metrics"]
    names = list(next(iter(figures.values())))
    table = [
        "| | " + " | ".join(names) + " |",
        "|---" * (len(names) + 1) + "|",
        *(
            f"| {title} | " + " | ".join(f"{values[name]:.3f}" for name in names) + " |"
            for title, values in figures.items()
        ),
    ]
    films = spec["training"]["films"]
    parity = spec["parity"]
    return "\n".join(
        [
            f"# {'Poster CNN' if kind == 'poster' else 'Overview LSTM'}",
            "",
            f"Reads genres from {_READS[kind]}, on a CPU, through onnxruntime.",
            "",
            f"**Architecture** ({spec['architecture']}). "
            + _ARCHITECTURES[kind, spec["architecture"]],
            "",
            f"**Genres.** {', '.join(spec['genres'])}. Several may hold for one film.",
            "",
            f"**Training data.** {films['train']:,} films; thresholds and the best epoch were "
            f"chosen on {films['validation']:,} others. What the lists of genres of these films "
            "left out, the model was taught to leave out too.",
            "",
            "**Figures** on the validation films (the test figures are in the project's docs):",
            "",
            *table,
            "",
            f"**Proof of the conversion.** Over {parity['inputs']} inputs, probabilities differ "
            f"from Keras by at most {parity['largest_difference']:.0e} "
            f"({parity['tolerance']:.0e} accepted). Opset {spec['opset']}.",
            "",
            "**Intended use.** Suggestions for people who label film collections, and teaching. "
            "Not a judgement of a film. Rare genres are recognised worse, and films unlike the "
            "training films (other eras, languages, poster traditions) worse still.",
            "",
            "**Licence.** Apache-2.0, as the project.",
            "",
        ]
    )
