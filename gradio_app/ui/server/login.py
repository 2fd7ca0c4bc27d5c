"""Who may use a server that a password protects."""

import secrets
import time
from collections import deque
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from gradio_app.errors import GenreAppError
from gradio_app.limits import MAX_WRONG_PASSWORDS

__all__ = ["Login"]


class Login:
    """One user with a password, as `--auth USER:PASSWORD-FILE` names them.

    gradio asks for both and hands out a token in a cookie; here they are checked, and the tokens.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w") as file:
    ...     _ = file.write("open sesame"), file.flush()
    ...     login = Login.of(f"ali:{file.name}")
    >>> login.check("ali", "open sesame"), login.check("ali", "open barley")
    (True, False)
    """

    def __init__(self, user: str, password: str):
        """Know the one user."""
        self._user = user
        self._password = password
        self._wrong: deque[float] = deque(maxlen=MAX_WRONG_PASSWORDS)
        self._tokens: Mapping[str, str] = {}
        self._cookies: tuple[str, ...] = ()

    @classmethod
    def of(cls, option: str) -> "Login":
        """Return the login that USER:PASSWORD-FILE describes.

        Raises:
            GenreAppError: it is something else, or the file holds no password.
        """
        user, _, path = option.partition(":")
        if not user or not path:
            raise GenreAppError(f"{option!r} is not USER:PASSWORD-FILE; give both, with a colon.")
        try:
            password = Path(path).read_text("utf-8").strip()
        except (OSError, ValueError) as error:
            raise GenreAppError(
                f"There is no password in {path} to read; name another file."
            ) from error
        if not password:
            raise GenreAppError(f"The password file {path} is empty; write the password into it.")
        return cls(user, password)

    def check(self, user: str, password: str) -> bool:
        """Return whether both are right; always False after too many wrong ones in a minute."""
        now = time.monotonic()
        if len(self._wrong) == MAX_WRONG_PASSWORDS and now - self._wrong[0] < 60:
            return False
        right = _same(user, self._user) & _same(password, self._password)
        if not right:
            self._wrong.append(now)
        return right

    def use(self, tokens: Mapping[str, str], cookies: tuple[str, ...]) -> None:
        """Know where gradio keeps the tokens it handed out, and in which cookies they come back."""
        self._tokens, self._cookies = tokens, cookies

    def knows(self, headers: Mapping[str, str]) -> bool:
        """Return whether a request comes from somebody who has logged in."""
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return False
        return any(
            name in cookies and cookies[name].value in self._tokens for name in self._cookies
        )


def _same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "replace"), expected.encode())
