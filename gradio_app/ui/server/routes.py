"""The routes that are open: those that the page, its HTTP interface and its tools use.

gradio has many more: for recordings, custom components, its own development, statistics, other
people's Spaces. All that is not listed here does not exist for a caller.
"""

import re
from dataclasses import dataclass

from gradio_app.limits import MAX_REQUEST_BYTES, MAX_TOOL_REQUEST_BYTES, MAX_UPLOAD_BYTES

__all__ = ["ICON_SIZES", "ROUTES", "TOOL_ROUTES", "Route", "find_route"]

#: Width and height of the page's icon as an installed app, in pixels.
ICON_SIZES = (192, 512)

_NAME = r"[A-Za-z0-9_\-]{1,100}"


@dataclass(frozen=True)
class Route:
    """One or several paths that may be asked for.

    Attributes:
        path: regular expression of the whole path.
        methods: of HTTP.
        max_bytes: of a request's body.
        lasts: whether an answer may take any time: a stream of events, or a large body.
        before_login: whether it is open to those who have not given the password.
    """

    path: re.Pattern[str]
    methods: tuple[str, ...] = ("GET", "HEAD")
    max_bytes: int = 0
    lasts: bool = False
    before_login: bool = False


def _get(path: str, lasts: bool = False, before_login: bool = False) -> Route:
    return Route(re.compile(path), lasts=lasts, before_login=before_login)


def _post(
    path: str, max_bytes: int = MAX_REQUEST_BYTES, lasts: bool = False, before_login: bool = False
) -> Route:
    return Route(re.compile(path), ("POST",), max_bytes, lasts, before_login)


_ICONS = "|".join(map(str, ICON_SIZES))

#: What a browser loads of the page itself.
_PAGE = (
    _get("/", before_login=True),
    _get(r"/(assets|static|svelte)/.+", before_login=True),
    _get(r"/(favicon\.ico|manifest\.json|robots\.txt|theme\.css)", before_login=True),
    _get(rf"/pwa_icon(/({_ICONS}))?", before_login=True),
    _get("/gradio_api/theme.css", before_login=True),
    _get("/config/?"),
    _post("/login/?", before_login=True),
    _get("/logout"),
)

#: How page and programs call the functions and get their answers.
_CALLS = (
    _get(r"/gradio_api/(info|openapi\.json|app_id|startup-events|user|login_check)/?"),
    _post(r"/gradio_api/(queue/join|cancel|reset)/?"),
    _post(rf"/gradio_api/(run|call|call/v2)/{_NAME}/?"),
    _get(rf"/gradio_api/call/(v2/)?{_NAME}/{_NAME}", lasts=True),
    _get(r"/gradio_api/queue/data", lasts=True),
    _get(rf"/gradio_api/heartbeat/{_NAME}", lasts=True),
)

#: Files: given, and handed out again.
_FILES = (
    _post("/gradio_api/upload", MAX_UPLOAD_BYTES, lasts=True),
    _get("/gradio_api/upload_progress", lasts=True),
    _get(r"/gradio_api/file=.+", lasts=True),
)

ROUTES = (*_PAGE, *_CALLS, *_FILES)

#: With `--mcp` only.
TOOL_ROUTES = (
    Route(
        re.compile(r"/gradio_api/mcp/?"),
        ("GET", "POST", "DELETE"),
        MAX_TOOL_REQUEST_BYTES,
        lasts=True,
    ),
)


def find_route(routes: tuple[Route, ...], method: str, path: str) -> Route | None:
    """Return the route of a request; None where it is not open.

    >>> find_route(ROUTES, "GET", "/gradio_api/dev/reload") is None
    True
    """
    for route in routes:
        if method in route.methods and route.path.fullmatch(path):
            return route
    return None
