"""The server: gradio's page behind a guard, within limits, on uvicorn."""
