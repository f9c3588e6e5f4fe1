"""A stand-in for S3 here: puts that refuse to overwrite, gets, lists, and deletes, in one bucket `evidence`."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

NO_SUCH_KEY = b"<Error><Code>NoSuchKey</Code></Error>"
QUOTA_EXCEEDED = b"<Error><Code>QuotaExceeded</Code></Error>"
LARGEST = 500_000
"""An object above this finds no room."""


@contextmanager
def temporary_s3() -> Iterator[dict[str, str]]:
    """Serve until the block ends; gives the AWS_… variables that lead here."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler({}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "cn-north-1",
            "NO_PROXY": "127.0.0.1",
        }
    finally:
        server.shutdown()
        server.server_close()


def _listing(paths: list[str], prefix: str) -> bytes:
    keys = [path.removeprefix("/evidence/") for path in paths]
    told = "".join(
        f"<Contents><Key>{key}</Key><LastModified>2026-11-22T02:00:00.000Z</LastModified><ETag>1</ETag><Size>1</Size>"
        "<StorageClass>STANDARD</StorageClass></Contents>"
        for key in keys
        if key.startswith(prefix)
    )
    return f"<ListBucketResult><IsTruncated>false</IsTruncated>{told}</ListBucketResult>".encode()


def _handler(objects: dict[str, bytes]) -> type[BaseHTTPRequestHandler]:
    class Bucket(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self._body()
            if self.path in objects and self.headers["If-None-Match"] == "*":
                self._answer(412)
            elif len(body) > LARGEST:
                self._answer(403, QUOTA_EXCEEDED)
            else:
                objects[self.path] = body
                self._answer(200)

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            if "list-type=2" in query:
                self._answer(200, _listing(sorted(objects), parse_qs(query).get("prefix", [""])[0]))
                return
            found = objects.get(path)
            self._answer(404 if found is None else 200, NO_SUCH_KEY if found is None else found)

        def do_POST(self) -> None:
            keys = re.findall("<Key>(.*?)</Key>", self._body().decode())
            for key in keys:
                objects.pop(f"/evidence/{key}", None)
            deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            self._answer(200, f"<DeleteResult>{deleted}</DeleteResult>".encode())

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers["Content-Length"] or 0))

        def _answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", '"1"')
            self.send_header("Last-Modified", "Sun, 22 Nov 2026 02:00:00 GMT")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Bucket
