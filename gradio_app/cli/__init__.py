"""The commands of `python -m gradio_app`: what they print, and how they end."""
