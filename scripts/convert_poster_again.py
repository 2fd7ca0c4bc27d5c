"""`python -m scripts.convert_poster_again`: the shipped poster CNN, as this version converts it.

Its weights stay as they are. It must predict what it did, on noise, flat pictures and the example
posters, else it is not written.
"""

import dataclasses
import json
from pathlib import Path

import numpy as np
import onnx

from benchmarks.compared.keras_models import rebuild_models
from export.convert import convert
from export.folder import rename_in_evaluation, write_card_and_spec
from export.inputs import proof_inputs
from export.prove import prove
from export.weights import save_model
from gradio_app.artifact import load_artifact, sha256
from gradio_app.classifier import PosterClassifier
from gradio_app.readers import FOLDERS
from training.config import PRESETS

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "onnx_models"
EXAMPLES = ROOT / "gradio_app" / "examples"
REPORT = ROOT / "docs" / "evaluation.md"  # names the models by the first digits of their SHA-256
#: Largest difference of a probability from what it was.
SAME = 2e-5


def main() -> None:
    """Convert, prove, compare, write."""
    folder = MODELS / FOLDERS["poster"]
    spec = json.loads((folder / "spec.json").read_text("utf-8"))
    model = rebuild_models(MODELS).poster
    proto = convert(model)
    inputs = proof_inputs(PRESETS["poster"]["distilled"], len(spec["genres"]), seed=0)
    parity = prove(proto, model, inputs, np.array(spec["thresholds"]))
    before, digest = _answers(folder, inputs["poster"]), sha256(folder / "model.onnx")
    former = onnx.load(folder / "model.onnx")
    save_model(proto, folder)
    write_card_and_spec(folder, spec | {"parity": dataclasses.asdict(parity)})
    difference = np.abs(_answers(folder, inputs["poster"]) - before).max()
    if difference > SAME:
        save_model(former, folder)
        write_card_and_spec(folder, spec)
        raise SystemExit(f"It differs by {difference:.1e}; the former one stays.")
    converted = sha256(folder / "model.onnx")
    rename_in_evaluation(MODELS, {digest: converted})
    page = REPORT.read_text("utf-8").replace(digest[:12], converted[:12])
    REPORT.write_text(page, "utf-8", newline="\n")
    print(f"{folder} differs by {difference:.1e} from what it was, {parity}.")


def _answers(folder: Path, pixels: np.ndarray) -> np.ndarray:
    reader = PosterClassifier(load_artifact(folder, "poster"))
    examples = [reader.pixels(poster) for poster in sorted(EXAMPLES.glob("*.jpg"))]
    return reader.predict_pixels(np.concatenate([pixels, np.stack(examples)]))


if __name__ == "__main__":
    main()
