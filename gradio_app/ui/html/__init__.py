"""The kit of the page: elements, cards, charts, panels and Markdown, as strings."""
