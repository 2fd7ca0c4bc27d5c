"""The web page: the only part that imports gradio."""
