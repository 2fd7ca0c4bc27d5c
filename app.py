"""The entry of a Hugging Face Space: the same as `python -m gradio_app`."""

from gradio_app.__main__ import main

raise SystemExit(main([]))
