"""The table of an evaluation as Markdown, with what is needed to repeat it."""

import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path

from gradio_app.artifact import FOLDERS, sha256
from training.evaluation import Evaluation

__all__ = ["report", "table"]

_PACKAGES = ("onnxruntime", "tokenizers", "pillow", "numpy", "scikit-learn")


def table(evaluation: Evaluation) -> str:
    """Markdown table: mAP, hit@3 and recall@3, then what depends on the threshold."""
    shared, chosen = ("mAP", "hit@3", "recall@3"), ("micro-F1", "macro-F1", "precision", "recall")
    head = [*shared, *(f"{name} @.5" for name in chosen), *(f"{name} @t" for name in chosen)]
    lines = [f"| | {' | '.join(head)} |", "|---" + "|---:" * len(head) + "|"]
    for row in evaluation.rows:
        values = [row.at_half[name] for name in (*shared, *chosen)]
        values += [row.at_thresholds[name] for name in chosen]
        lines.append(f"| {row.name} | {' | '.join(f'{value:.3f}' for value in values)} |")
    return "\n".join(lines)


def report(evaluation: Evaluation, models: Path, title: str, command: str) -> str:
    """A Markdown page: the table, how to read it, the models, command, versions and date."""
    hashes = " and ".join(
        f"{folder} `{sha256(models / folder / 'model.onnx')[:12]}`" for folder in FOLDERS.values()
    )
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return f"""# {title}

Measured on the {evaluation.films} films of the split `{evaluation.split}` that have a poster and \
an overview.

{table(evaluation)}

mAP is the mean over the genres of the average precision; hit@3 the share of films with a true \
genre among the three most probable; recall@3 the mean share of a film's genres among them. \
`@.5` counts the genres with a probability of at least one half, `@t` those that reach the \
thresholds chosen on the validation films. F1, precision and recall are micro-averages but for \
macro-F1. Genres are as IMDb lists them.

The models are {hashes} (SHA-256 of `model.onnx`).

Printed by `{command}` on {date.today().isoformat()}, Python {platform.python_version()}, \
{packages}, {platform.system()} {platform.machine()}.
"""
