"""The made films of tests/training, and the teacher of them."""

from tests.training.conftest import backbone_weights, made_films, teacher

__all__ = ["backbone_weights", "made_films", "teacher"]
