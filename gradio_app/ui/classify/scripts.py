"""What the browser does itself, in JavaScript."""

__all__ = ["CHOOSE_GENRE", "COPY", "MOVE_TO_ANSWER", "MOVE_TO_REASONS", "REMEMBER_ASKED"]

#: Before an answer is sought: what the overview says, if one is in it; `MOVE_TO_ANSWER` compares.
REMEMBER_ASKED = """(...given) => {
  const overview = document.querySelector('#overview textarea');
  const typing = document.activeElement === overview;
  document.querySelector('#overview').asked = typing ? overview.value : null;
  return given;
}"""

#: Waits until the answer is painted. Where it is not wholly in view, as on a phone, go there; and
#: so does a screen reader. Who went on to change the overview meanwhile is left in it. A tab in the
#: background paints nothing, and on a phone the answer takes no room until gradio has put it there.
MOVE_TO_ANSWER = """() => new Promise(done => {
  const readings = document.querySelector('#readings');
  const overview = document.querySelector('#overview textarea');
  const move = () => {
    const asked = document.querySelector('#overview').asked;
    if (!readings.querySelector('li, [role=alert]')) return;  // it was cleared meanwhile
    if (document.activeElement === overview && overview.value !== asked) return;
    const box = readings.getBoundingClientRect();
    if (box.top >= 0 && box.bottom <= window.innerHeight) return;
    const heading = document.querySelector('#answer-heading');
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    heading.focus({preventScroll: true});
    heading.scrollIntoView({behavior: still ? 'instant' : 'smooth', block: 'start'});
  };
  const wait = frames => {
    if (document.hidden || frames <= 0 && readings.offsetHeight || frames < -60) {
      move();
      done([]);
    } else requestAnimationFrame(() => wait(frames - 1));
  };
  wait(2);
})"""

#: A click on the button of a genre presses this genre's buttons, and is an event of the element.
CHOOSE_GENRE = """element.addEventListener('click', event => {
  const genre = event.target.closest('button.genre')?.dataset.genre;
  if (!genre) return;
  for (const each of document.querySelectorAll('#readings button.genre, #bars button.genre'))
    each.setAttribute('aria-pressed', each.dataset.genre === genre);
  trigger('choose', {genre, turn: performance.now()});
})"""

#: On a phone, the reasons are below the cards; where they are in view, nothing moves.
MOVE_TO_REASONS = """() => requestAnimationFrame(() => requestAnimationFrame(() => {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  document.querySelector('#reasons').scrollIntoView(
    {behavior: still ? 'instant' : 'smooth', block: 'nearest'});
}))"""

#: A click on a button with `data-copy` puts it on the clipboard; where a page may not (a server
#: without HTTPS on another machine), in the way of old browsers.
COPY = """element.addEventListener('click', async event => {
  const text = event.target.closest('[data-copy]')?.dataset.copy;
  if (!text) return;
  const inOldWay = () => {
    const box = element.appendChild(document.createElement('textarea'));
    box.value = text;
    box.select();
    const copied = document.execCommand('copy');
    box.remove();
    event.target.focus();
    return copied;
  };
  const copied = await (navigator.clipboard?.writeText(text) ?? Promise.reject())
    .then(() => true, inOldWay);
  const status = element.querySelector('[role=status]');
  status.textContent = copied ? 'Copied.' : 'This browser does not let the page copy.';
  setTimeout(() => { status.textContent = ''; }, 3000);
})"""
