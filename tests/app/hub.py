"""A double of the Hugging Face Hub: it takes what `hf upload` sends, and keeps it in a folder."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

__all__ = ["MOST_GIT_BYTES", "Hub", "hub"]

#: The Hub takes no larger file by git itself.
MOST_GIT_BYTES = 10_000_000


@dataclass
class Hub:
    """What was received.

    Attributes:
        folder: the files.
        address: of the double.
        by_git: bytes of each file that came with the commit.
        apart: bytes of each file that came before it, as Git LFS has it.
        created: the kinds of repository that were asked for.
    """

    folder: Path
    address: str = ""
    by_git: dict[str, int] = field(default_factory=dict)
    apart: dict[str, int] = field(default_factory=dict)
    created: list[dict[str, Any]] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)

    def answer(self, path: str, body: bytes) -> dict[str, Any]:
        """Do what a request asks for."""
        if path.startswith("/put/"):
            self.objects[path.rpartition("/")[2]] = body
            return {}
        if path.startswith("/api/repos/create"):
            self.created.append(json.loads(body))
            return {"url": f"{self.address}/spaces/a/b", "name": "a/b"}
        if "/preupload/" in path:
            return {"files": [self._mode(file) for file in json.loads(body)["files"]]}
        if path.endswith("/objects/batch"):
            return {"transfer": "basic", "objects": self._places(json.loads(body)["objects"])}
        if "/commit/" in path:
            self._commit([json.loads(line) for line in body.splitlines()])
            commit = f"{self.address}/spaces/a/b/commit/{'0' * 40}"
            return {"success": True, "commitOid": "0" * 40, "commitUrl": commit}
        return {"errors": [], "warnings": []}  # of the front matter

    def _mode(self, file: dict[str, Any]) -> dict[str, Any]:
        large = file["size"] > MOST_GIT_BYTES
        mode = "lfs" if large else "regular"
        return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False}

    def _places(self, objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {**each, "actions": {"upload": {"href": f"{self.address}/put/{each['oid']}"}}}
            for each in objects
        ]

    def _commit(self, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            if line["key"] == "file":
                content = base64.b64decode(line["value"]["content"])
                self.by_git[line["value"]["path"]] = len(content)
            elif line["key"] == "lfsFile":
                content = self.objects[line["value"]["oid"]]
                self.apart[line["value"]["path"]] = len(content)
            else:
                continue
            file = self.folder / line["value"]["path"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


@contextmanager
def hub(folder: Path) -> Iterator[Hub]:
    """Run the double on a free port of this machine."""
    received = Hub(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = json.dumps(received.answer(self.path, body)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_PUT = do_HEAD = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        received.address = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield received
        server.shutdown()
