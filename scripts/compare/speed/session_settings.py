"""`python -m scripts.compare.speed.session_settings`: which settings make a film faster?

The poster CNN with each setting, all in turn in one run, one poster at a time. docs/decisions/0024
says what was found.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime

from benchmarks.timing import in_turn, machine, milliseconds

MODEL = Path(__file__).parents[3] / "onnx_models" / "poster_cnn" / "model.onnx"
ROUNDS = 100


def main() -> None:
    """Measure, and print the table."""
    print(machine("onnxruntime"), "", sep="\n")
    poster = np.random.default_rng(1).uniform(0, 255, (1, 240, 160, 3)).astype(np.float32)
    calls: dict[str, Callable[[int], object]] = {
        name: predicts(opened(), poster) for name, opened in SETTINGS.items()
    }
    print(milliseconds(in_turn(calls, ROUNDS), AS_SHIPPED))


def predicts(opened: onnxruntime.InferenceSession, poster: np.ndarray) -> Callable[[int], object]:
    """Return what reads the poster once."""
    name = opened.get_inputs()[0].name
    return lambda number: opened.run(None, {name: poster})


def session(
    threads: int = 1, spinning: bool = True, memory_pattern: bool = True, arena: bool = True
) -> onnxruntime.InferenceSession:
    """Open the model."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.enable_mem_pattern, options.enable_cpu_mem_arena = memory_pattern, arena
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])


AS_SHIPPED = "one thread, as the app opens it"
SETTINGS: dict[str, Callable[[], onnxruntime.InferenceSession]] = {
    AS_SHIPPED: session,
    "without memory pattern": partial(session, memory_pattern=False),
    "without arena": partial(session, arena=False),
    "two threads": partial(session, threads=2),
    "two threads, without spinning": partial(session, threads=2, spinning=False),
}


if __name__ == "__main__":
    main()
