"""Pretrained sentence encoders, fine-tuned to name genres: the better part of the teacher."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from training.data.labels import UNKNOWN
from training.teacher.pretrained import Encoder, EncoderName, half_precision, load_encoder

__all__ = ["FINETUNINGS", "FineTuning", "finetune"]

logger = logging.getLogger(__name__)

#: What is of PyTorch, which only requirements-teacher.txt brings.
Tensor: TypeAlias = Any
Module: TypeAlias = Any

_MAX_TOKENS = 128
_BATCH = 32
_PREDICTED_BATCH = 128
#: The head, which begins at nothing, has so many times the learning rate of the layers.
_HEAD_FACTOR = 20
_WARM_UP = 0.08


@dataclass(frozen=True)
class FineTuning:
    """How an encoder is fine-tuned.

    Attributes:
        encoder: which one.
        frozen_layers: how many of its lower layers stay as they are, beside the word vectors.
        epochs: passes over the training overviews.
        learning_rate: of the layers, at its highest.
        scale: brings means of the last layer to a standard deviation of about 1, for the head.
    """

    encoder: EncoderName
    frozen_layers: int
    epochs: int
    learning_rate: float
    scale: float


#: By the name of the member of the teacher.
FINETUNINGS = {
    "minilm": FineTuning("minilm", frozen_layers=3, epochs=2, learning_rate=1e-4, scale=3.0),
    "mpnet": FineTuning("mpnet", frozen_layers=0, epochs=3, learning_rate=4e-5, scale=10.0),
}


def finetune(
    how: FineTuning,
    train_overviews: Sequence[str],
    labels: np.ndarray,
    eval_overviews: Sequence[str],
) -> np.ndarray:
    """Train the layers that are not frozen and a head on some overviews, and predict others.

    The first 128 tokens of each text are read.

    Args:
        how: the encoder and its settings.
        train_overviews: to train on.
        labels: of the same (overviews, genres); 0, 1 or `UNKNOWN`.
        eval_overviews: to predict.

    Returns:
        Probabilities (overviews to predict, genres).

    Raises:
        InputError: the encoder is not installed.
    """
    encoder = load_encoder(how.encoder)
    encoder.torch.manual_seed(1)
    classifier = _Classifier(encoder, how, labels)
    _train(classifier, train_overviews, labels)
    return _predict_proba(classifier, eval_overviews)


class _Classifier:
    """An encoder and a head that begins with the genres' frequencies."""

    def __init__(self, encoder: Encoder, how: FineTuning, labels: np.ndarray):
        nn = encoder.torch.nn
        self.encoder, self.how = encoder, how
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(encoder.model.config.hidden_size, labels.shape[1])
        frequency = ((labels == 1).sum(axis=0) + 0.5) / ((labels != UNKNOWN).sum(axis=0) + 1)
        bias = np.log(frequency / (1 - frequency))
        nn.init.zeros_(self.head.weight)
        self.head.bias.data = encoder.torch.tensor(bias, dtype=encoder.torch.float32)
        self.head.to(encoder.device)
        for module in (encoder.model.embeddings, *encoder.model.encoder.layer[: how.frozen_layers]):
            module.requires_grad_(False)

    @property
    def modules(self) -> list[Module]:
        """All that behaves otherwise while training."""
        return [self.encoder.model, self.dropout, self.head]

    def trained_layers(self) -> list[Tensor]:
        """Return the encoder's parameters that are trained."""
        return [each for each in self.encoder.model.encoder.parameters() if each.requires_grad]

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of the tokens of each text."""
        cut = {"truncation": True, "max_length": _MAX_TOKENS}
        return self.encoder.tokenizer(list(texts), **cut)["input_ids"]

    def logits(self, tokens: Sequence[list[int]]) -> Tensor:
        """Return float32 (texts, genres)."""
        padded = self.encoder.tokenizer.pad({"input_ids": list(tokens)}, return_tensors="pt")
        inputs = {name: padded[name].to(self.encoder.device) for name in padded}
        with half_precision(self.encoder):
            states = self.encoder.model(**inputs).last_hidden_state.float()
            is_token = inputs["attention_mask"][:, :, None].float()
            mean = (states * is_token).sum(1) / is_token.sum(1)
            return self.head(self.dropout(mean * self.how.scale)).float()


def _train(classifier: _Classifier, overviews: Sequence[str], labels: np.ndarray) -> None:
    torch, how = classifier.encoder.torch, classifier.how
    tokens, targets = classifier.tokens(overviews), torch.tensor(labels, dtype=torch.float32)
    layers, rate = classifier.trained_layers(), how.learning_rate
    head = list(classifier.head.parameters())
    groups = [{"params": layers, "lr": rate}, {"params": head, "lr": rate * _HEAD_FACTOR}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = how.epochs * -(-len(tokens) // _BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step / steps))
    for module in classifier.modules:
        module.train()
    rng = np.random.default_rng(1)
    for epoch in range(how.epochs):
        for number, rows in enumerate(_batches(tokens, rng), 1):
            logits = classifier.logits([tokens[row] for row in rows])
            loss = _known_crossentropy(torch, logits, targets[rows].to(logits.device))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(layers + head, 1.0)
            optimizer.step()
            schedule.step()
            if number % 100 == 0:
                name, value = how.encoder, loss.item()
                logger.info("%s: epoch %d, batch %d: loss %.3f", name, epoch + 1, number, value)


def _rate(done: float) -> float:
    """Return the fraction of the learning rate after a fraction of the steps: up, then down."""
    return max(0.02, min((done + 1e-3) / _WARM_UP, (1 - done) / (1 - _WARM_UP)))


def _batches(tokens: Sequence[list[int]], rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield all rows in random batches of texts of about the same length."""
    shuffled = rng.permutation(len(tokens))
    batches = []
    for start in range(0, len(shuffled), 50 * _BATCH):
        some = shuffled[start : start + 50 * _BATCH]
        some = some[np.argsort([len(tokens[row]) for row in some], kind="stable")]
        batches += [some[first : first + _BATCH] for first in range(0, len(some), _BATCH)]
    for number in rng.permutation(len(batches)):
        yield batches[number]


def _known_crossentropy(torch: Any, logits: Tensor, labels: Tensor) -> Tensor:
    is_known = (labels != UNKNOWN).float()
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, labels.clamp(min=0), reduction="none"
    )
    return (entropy * is_known).sum() / is_known.sum().clamp(min=1)


def _predict_proba(classifier: _Classifier, overviews: Sequence[str]) -> np.ndarray:
    torch = classifier.encoder.torch
    for module in classifier.modules:
        module.eval()
    tokens = classifier.tokens(overviews)
    probabilities = np.empty((len(tokens), classifier.head.out_features), np.float32)
    longest_first = np.argsort([-len(ids) for ids in tokens], kind="stable")
    for start in range(0, len(tokens), _PREDICTED_BATCH):
        rows = longest_first[start : start + _PREDICTED_BATCH]
        with torch.inference_mode():
            logits = classifier.logits([tokens[row] for row in rows])
        probabilities[rows] = torch.sigmoid(logits).cpu().numpy()
    return probabilities
