"""The rows of a table file, whatever its format, within the limits of `gradio_app.limits`."""
