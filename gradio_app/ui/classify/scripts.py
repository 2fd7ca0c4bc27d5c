"""What the browser does itself, in JavaScript."""

__all__ = ["MOVE_TO_ANSWER"]

#: Where the answer is not wholly in view, as on a phone, go there; and so does a screen reader.
MOVE_TO_ANSWER = """() => requestAnimationFrame(() => requestAnimationFrame(() => {
  const box = document.querySelector('#readings').getBoundingClientRect();
  if (box.top >= 0 && box.bottom <= window.innerHeight) return;
  const heading = document.querySelector('#answer-heading');
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  heading.focus({preventScroll: true});
  heading.scrollIntoView({behavior: still ? 'instant' : 'smooth', block: 'start'});
}))"""
