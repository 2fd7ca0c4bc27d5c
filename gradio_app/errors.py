"""The errors a user can meet. Every message is one sentence: what is wrong and what to do."""

__all__ = ["ArtifactError", "GenreAppError", "InputError"]


class GenreAppError(Exception):
    """Root of every error this project raises on purpose."""


class ArtifactError(GenreAppError):
    """A model folder is missing, damaged or does not fit the others."""


class InputError(GenreAppError):
    """A poster, an overview or a table given by the user cannot be used."""
