"""The JSON file of an evaluation: where it lies, and how it is read and written.

In the file, an object is a dataclass of the schema or a dictionary, and a list is a tuple, an
`Estimate` or an `Interval`.
"""

import json
import math
import reprlib
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from gradio_app.errors import ArtifactError
from gradio_app.evaluation.schema import DECIMALS, Evaluation

__all__ = ["evaluation_file", "find_evaluation", "read_evaluation", "write_evaluation"]

_SHIPPED_MODELS = Path(__file__).parents[2] / "onnx_models"
_REMEDY = "measure the models again (python -m training evaluate)"


def evaluation_file(models: Path) -> Path:
    """Where the evaluation of a folder of models lies."""
    return models / "evaluation.json"


def find_evaluation(models: Path) -> Path | None:
    """Return the evaluation beside the models of a folder, else the shipped one, if any."""
    places = (evaluation_file(models), evaluation_file(_SHIPPED_MODELS))
    return next((file for file in places if file.is_file()), None)


def read_evaluation(file: Path) -> Evaluation:
    """Read the JSON file of an evaluation.

    Raises:
        ArtifactError: it cannot be read, or is not what an evaluation writes.
    """
    try:
        return _decode(Evaluation, json.loads(file.read_text("utf-8")))
    except OSError as error:
        raise ArtifactError(f"{file} cannot be read ({error.strerror}); {_REMEDY}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ArtifactError(
            f"{file} is not a valid evaluation ({type(error).__name__}: {error}); {_REMEDY}."
        ) from error


def write_evaluation(evaluation: Evaluation, file: Path) -> None:
    """Write the JSON file of an evaluation; reading and writing it again changes no byte.

    Raises:
        ArtifactError: it cannot be written.
    """
    text = json.dumps(_rounded(asdict(evaluation)), indent=1, ensure_ascii=False) + "\n"
    try:
        file.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise ArtifactError(f"{file} cannot be written ({error.strerror}).") from error


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [_rounded(each) for each in value]
    if isinstance(value, str):
        return value
    number = round(float(value), DECIMALS)
    return int(number) if number.is_integer() else number


def _decode(kind: Any, value: Any) -> Any:
    """Return a value of the file as what the schema says that it is."""
    if kind in _SCALARS:
        return _SCALARS[kind](value)
    if is_dataclass(kind) and isinstance(kind, type):
        types = get_type_hints(kind)
        return kind(**{name: _decode(each, value[name]) for name, each in types.items()})
    if get_origin(kind) is dict:
        _, contents = get_args(kind)
        return {name: _decode(contents, each) for name, each in value.items()}
    if not isinstance(value, list):
        raise _mistyped(value, "list")
    if get_origin(kind) is tuple:
        contents, _ = get_args(kind)
        return tuple(_decode(contents, each) for each in value)
    return kind(*map(_number, value))  # an estimate or an interval


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise _mistyped(value, "number")
    return float(value)


def _count(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise _mistyped(value, "count")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _mistyped(value, "text")
    return value


def _mistyped(value: Any, kind: str) -> TypeError:
    return TypeError(f"{reprlib.repr(value)} is no {kind}")


_SCALARS = {float: _number, int: _count, str: _text}
