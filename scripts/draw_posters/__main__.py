"""The command line: python -m scripts.draw_posters [--to DIR]."""

import argparse
from pathlib import Path

from scripts.draw_posters.posters import draw_posters


def main() -> None:
    """Draw every poster and print the files written."""
    parser = argparse.ArgumentParser(description="Draw the posters of the example films.")
    examples = Path(__file__).parents[2] / "gradio_app" / "examples"
    where = "the folder to write to (default: the folder of the examples)"
    parser.add_argument("--to", type=Path, default=examples, metavar="DIR", help=where)
    for path in draw_posters(parser.parse_args().to):
        print(f"{path} ({path.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
