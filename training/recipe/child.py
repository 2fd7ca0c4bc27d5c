"""`python -m training.recipe.child MODULE ARGUMENT...`: a step, which ends when the recipe ends.

The recipe holds the other end of this program's standard input. However it ends, by an error or
by a kill, the system closes that end, and the step goes with all processes that it has started.
"""

import os
import runpy
import signal
import sys
import threading

__all__ = ["main"]


def main() -> None:
    """Run the module that the arguments name, with the others."""
    threading.Thread(target=_end_with_recipe, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _end_with_recipe() -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing is ever written: this returns when the end is closed
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main()
