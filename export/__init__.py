"""From a trained run to a proven ONNX model folder."""
