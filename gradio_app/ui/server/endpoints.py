"""Routes of our own in place of gradio's: uploads, and the icon of the installed page.

gradio names uploads by their content, so that two people share a file, keeps what was broken off,
and draws an icon of any size that is asked for.
"""

import errno
import io
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from gradio.route_utils import GradioMultiPartParser, GradioUploadFile, MultiPartException
from gradio.routes import file_upload_statuses
from gradio_client.utils import strip_invalid_filename_characters
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gradio_app.limits import MAX_UPLOAD_BYTES, MAX_UPLOAD_FILES
from gradio_app.ui.server.routes import ICON_SIZES
from gradio_app.ui.server.storage import Storage

__all__ = ["own_routes"]


def own_routes(storage: Storage, icon: Path) -> list[Route]:
    """Return the routes that come before gradio's.

    Args:
        storage: where uploads are kept.
        icon: picture file of the page's icon.
    """
    icons = {size: _draw(icon, size) for size in ICON_SIZES}
    return [
        Route("/gradio_api/upload", _receive_into(storage), methods=["POST"]),
        *(Route(f"/pwa_icon/{size}", _answer_with(png)) for size, png in icons.items()),
    ]


def _draw(icon: Path, size: int) -> bytes:
    file = io.BytesIO()
    with Image.open(icon) as image:
        image.resize((size, size)).save(file, "PNG")
    return file.getvalue()


def _answer_with(png: bytes) -> Callable[[Request], Awaitable[Response]]:
    async def icon(request: Request) -> Response:
        return Response(png, media_type="image/png")

    return icon


def _receive_into(storage: Storage) -> Callable[[Request], Awaitable[Response]]:
    async def upload(request: Request) -> Response:
        try:
            length = int(request.headers.get("content-length", "0"))
            if await run_in_threadpool(storage.is_full, length):
                return _no_room()
            if "multipart/form-data" not in request.headers.get("content-type", ""):
                raise MultiPartException("it is no multipart form.")
            return JSONResponse(await _receive(request, storage.new_folder()))
        except MultiPartException as error:
            return PlainTextResponse(f"The upload cannot be read: {error.message}", 400)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                return _no_room()
            return PlainTextResponse("The upload cannot be kept; try again later.", 500)

    return upload


def _no_room() -> Response:
    return PlainTextResponse("The server has no room for more uploads; try again later.", 507)


async def _receive(request: Request, folder: Path) -> list[str]:
    """Keep the files of a request in a folder, or nothing of them if it breaks off."""
    upload_id = request.query_params.get("upload_id")
    if upload_id:
        file_upload_statuses.track(upload_id)
    try:
        form = await GradioMultiPartParser(
            request.headers,
            request.stream(),
            max_files=MAX_UPLOAD_FILES,
            max_fields=MAX_UPLOAD_FILES,
            upload_dir=folder,
            upload_id=upload_id,
            upload_progress=file_upload_statuses if upload_id else None,
            max_file_size=MAX_UPLOAD_BYTES,
        ).parse()
        return _named(form, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        if upload_id:
            file_upload_statuses.set_done(upload_id)


def _named(form: FormData, folder: Path) -> list[str]:
    files = [file for file in form.getlist("files") if isinstance(file, GradioUploadFile)]
    paths = []
    for number, file in enumerate(files):
        file.file.close()
        own = folder / str(number)  # two files of one upload may have one name
        own.mkdir()
        name = strip_invalid_filename_characters(Path(file.filename or "").name).strip(".")
        paths.append(str(Path(file.file.name).rename(own / (name or "file"))))
    return paths
