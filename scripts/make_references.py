"""`python -m scripts.make_references`: what the shipped models predict for the example films.

The references catch any change of model, preprocessing or onnxruntime that changes a prediction.
Make them anew when the models change, never to silence a test.
"""

import argparse
import json
from pathlib import Path

from gradio_app.classifier import FilmClassifier

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "gradio_app" / "examples"
REFERENCES = ROOT / "tests" / "references" / "examples.json"


def make_references(models: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Return film -> reader -> genre -> probability, for the example films."""
    classifier = FilmClassifier.from_dir(models)
    references = {}
    for film in json.loads((EXAMPLES / "films.json").read_text("utf-8")):
        poster = EXAMPLES / film["poster"] if film["poster"] else None
        prediction = classifier.predict(poster, film["overview"])
        references[film["slug"]] = {
            key: dict(zip(reading.genres, reading.probabilities, strict=True))
            for key, reading in prediction.readings().items()
            if reading is not None
        }
    return references


def main() -> None:
    """Write the references."""
    parser = argparse.ArgumentParser("python -m scripts.make_references", description=__doc__)
    parser.add_argument("--to", type=Path, default=REFERENCES)
    file = parser.parse_args().to
    file.parent.mkdir(exist_ok=True)
    references = make_references(ROOT / "onnx_models")
    file.write_text(json.dumps(references, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
