"""The kit of the page: elements, charts, panels and Markdown, as strings."""
