"""How far the models are with a catalogue, and how far a person is, as HTML."""

from gradio_app.catalogue.review.review import Review
from gradio_app.catalogue.uploaded.catalogue import Progress
from gradio_app.ui.html.markup import tag, text

__all__ = ["announcement", "looked_at", "not_kept", "progress_bar", "waiting"]


def waiting(films: int) -> str:
    """Return what is shown of a catalogue before its turn has come."""
    words = f"{films:,} films are waiting for their turn."
    return tag("p", text(words), class_="catalogue-words")


def progress_bar(progress: Progress) -> str:
    """Return a bar, and the same in words."""
    bar = tag("progress", value=progress.done, max=progress.total, aria_label="Films read")
    return bar + tag("p", text(_words(progress)), class_="catalogue-words")


def _words(progress: Progress) -> str:
    failed = f"{progress.failed:,} with an error" if progress.failed else "none with an error"
    if progress.cancelled:
        stopped = (
            f"Cancelled after {progress.done:,} of {progress.total:,} films, {failed}. "
            "What was read is below."
        )
        return " ".join([stopped, *progress.remarks])
    if progress.ended:
        read = f"{progress.done:,} films read in {_duration(progress.seconds)}, {failed}."
        return " ".join([read, *progress.remarks])
    if progress.seconds_left is None:
        return f"0 of {progress.total:,} films"
    return (
        f"{progress.done:,} of {progress.total:,} films, {failed} · "
        f"{progress.films_per_second:.0f} films a second · "
        f"{_duration(progress.seconds_left)} left"
    )


def announcement(progress: Progress) -> str:
    """Return the progress for a screen reader; it seldom changes, so as not to interrupt."""
    if progress.ended:
        return text(_words(progress))
    return f"{progress.done * 4 // progress.total * 25} percent of the films read"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"


def looked_at(review: Review) -> str:
    """Return how many films are done, as words and as a bar."""
    total = len(review.results)
    words = tag("p", tag("b", f"{review.n_accepted:,} of {total:,}"), " films looked at")
    bar = tag("progress", value=review.n_accepted, max=max(total, 1), aria_label="Films looked at")
    return words + bar


def not_kept(why: str) -> str:
    """Return what is shown in the place of the count where a decision could not be kept."""
    return tag("p", text(f"Not kept: {why}"), class_="review-error")
