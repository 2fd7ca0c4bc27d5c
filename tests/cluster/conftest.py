"""A catalogue as Parquet, and three machines of a Ray cluster in processes of this one."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

# Before Ray is imported: a cluster of its own, that nobody is told of.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

from ray.cluster_utils import Cluster

ROOT = Path(__file__).parents[2]

_OBJECT_STORE_BYTES = 80_000_000
#: Of cores that each machine says it has; together more than this one may have.
_CORES = 2


@pytest.fixture(scope="session")
def start() -> Callable[..., subprocess.Popen[str]]:
    """Starts `python -m gradio_app batch --engine ray` with arguments."""

    def run(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "gradio_app", "batch", *map(str, arguments)]
        return subprocess.Popen(
            [*command, "--engine", "ray"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return run
