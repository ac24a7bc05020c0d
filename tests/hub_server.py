"""A small Hugging Face Hub on loopback, for the real client: HF_ENDPOINT points there.

Downloads are answered as the Hub does: HEAD and GET of /OWNER/NAME/resolve/REVISION/FILE with ETag,
X-Repo-Commit and Content-Length, large files by a redirect to a storage on another host, Range,
and errors with X-Error-Code. Uploads: repos/create, validate-yaml, preupload, LFS batch, commit;
no Xet, so HF_HUB_DISABLE_XET must be set for them.

    with running_hub() as hub:
        commit = hub.commit("owner/name", {"model.tflite": content})
        hub.fault = "cut"               # see FAULTS
"""

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import unquote, urlsplit

LARGE = (".tflite", ".keras", ".png", ".h5")  # what the Hub keeps in its storage
FAULTS = {
    "": "none",
    "500": "every request is answered with 500",
    "hang": "no request is answered",
    "drip": "a file comes one byte a tenth of a second",
    "cut": "every connection is closed half-way through what was left of a file",
    "cut-once": "the first download is closed half-way, and may be resumed",
    "stuck": "the first half of a file comes over and over, whatever Range asks for",
    "no-commit": "answers lack X-Repo-Commit, as those of a proxy's sign-in page do",
}


@dataclass
class Repo:
    """Commits of one repository, oldest first: sha -> path -> content."""

    kind: str = "model"
    private: bool = False
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)

    @property
    def head(self) -> str:
        return list(self.commits)[-1]

    def add(self, files: dict[str, bytes]) -> str:
        tree = (self.commits[self.head] if self.commits else {}) | files
        sha = hashlib.sha1(repr((len(self.commits), sorted(tree))).encode()).hexdigest()
        self.commits[sha] = tree
        return sha


@dataclass
class Hub:
    """What is on the Hub, what was asked of it, and what is wrong with it."""

    endpoint: str = ""
    storage: str = ""
    fault: str = ""
    token: str = "hf_of_the_tests"
    repos: dict[str, Repo] = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)  # uploads by their sha256
    requests: list[str] = field(default_factory=list)  # "GET /owner/name/resolve/..."
    leaks: list[str] = field(default_factory=list)  # storage requests that carried a token
    closing: threading.Event = field(default_factory=threading.Event)

    def commit(self, repo: str, files: dict[str, bytes]) -> str:
        """Commit files to a repository, made where it is new; return the commit's sha."""
        return self.repos.setdefault(repo, Repo()).add(files)


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: ClassVar[Hub]

    def log_message(self, *_: object) -> None: ...

    def answer(self, status: int, body: bytes | dict = b"", **headers: str) -> None:
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def error(self, status: int, code: str) -> None:
        self.answer(status, {"error": code}, X_Error_Code=code, X_Error_Message=code)

    def body(self) -> bytes:
        """The request's body, read before anything is answered: connections are kept alive."""
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            parts = iter(lambda: self.rfile.read(int(self.rfile.readline(), 16) + 2)[:-2], b"")
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def handle_any(self) -> None:
        self.path = unquote(urlsplit(self.path).path)
        self.hub.requests.append(f"{self.command} {self.path}")
        sent = self.body()
        if self.hub.fault == "hang":
            self.hub.closing.wait(60)
            self.close_connection = True
        elif self.hub.fault == "500":
            self.answer(500, b"Internal Server Error")
        elif self.path.startswith("/storage/"):
            self.store(sent) if self.command == "PUT" else self.send_stored()
        elif match := re.fullmatch(r"/(?:spaces/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self.path):
            self.resolve(*match.groups())
        elif self.command == "POST":
            self.upload(sent)
        elif match := re.fullmatch(r"/api/\w+/([^/]+/[^/]+)(/revision/\w+)?", self.path):
            self.describe(match[1])
        else:
            self.error(404, "NotFound")

    do_GET = do_HEAD = do_POST = do_PUT = handle_any  # noqa: N815

    # --- downloads ---------------------------------------------------------------------------

    def is_signed_in(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {self.hub.token}"

    def resolve(self, name: str, revision: str, path: str) -> None:
        repo = self.hub.repos.get(name)
        if repo is None or (repo.private and not self.is_signed_in()):
            return self.error(401, "RepoNotFound")
        commit = repo.head if revision == "main" else revision
        if commit not in repo.commits:
            return self.error(404, "RevisionNotFound")
        if path not in repo.commits[commit]:
            return self.error(404, "EntryNotFound")
        content = repo.commits[commit][path]
        commits = {} if self.hub.fault == "no-commit" else {"X_Repo_Commit": commit}
        if not path.endswith(LARGE):
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            return self.answer(200, content, ETag=f'"{blob}"', **commits)
        oid = hashlib.sha256(content).hexdigest()
        self.hub.stored[oid] = content
        size = str(len(content))
        linked = {"X_Linked_ETag": f'"{oid}"', "X_Linked_Size": size, **commits}
        return self.answer(302, b"", Location=f"{self.hub.storage}/storage/{oid}", **linked)

    def send_stored(self) -> None:
        if self.headers.get("Authorization"):
            self.hub.leaks.append(self.path)
        content = self.hub.stored[self.path.rpartition("/")[2]]
        start = 0
        if self.hub.fault != "stuck" and self.headers.get("Range"):
            start = int(re.match(r"bytes=(\d+)-", self.headers["Range"])[1])
        rest = content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(rest)))
        self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        self.send_with_faults(rest)

    def send_with_faults(self, content: bytes) -> None:
        half = content[: len(content) // 2]
        if self.hub.fault in ("cut", "cut-once", "stuck"):
            self.hub.fault = "" if self.hub.fault == "cut-once" else self.hub.fault
            self.wfile.write(half)
            self.close_connection = True
        elif self.hub.fault == "drip":
            until = time.monotonic() + 60
            while time.monotonic() < until and not self.hub.closing.wait(0.1):
                self.wfile.write(b"\0")
        else:
            self.wfile.write(content)

    # --- uploads -----------------------------------------------------------------------------

    def describe(self, name: str) -> None:
        if name not in self.hub.repos:
            return self.error(404, "RepoNotFound")
        return self.answer(200, {"id": name, "sha": self.hub.repos[name].head, "siblings": []})

    def upload(self, sent: bytes) -> None:
        if self.path == "/api/validate-yaml":
            return self.answer(200, {"errors": [], "warnings": []})
        if not self.is_signed_in():
            return self.error(401, "Unauthorized")
        if self.path == "/api/repos/create":
            return self.create(json.loads(sent))
        if self.path.endswith(".git/info/lfs/objects/batch"):
            return self.batch(json.loads(sent))
        name, action = re.fullmatch(r"/api/\w+/([^/]+/[^/]+)/(\w+)/main", self.path).groups()
        if name not in self.hub.repos:
            return self.error(404, "RepoNotFound")
        return self.preupload(json.loads(sent)) if action == "preupload" else self.add(name, sent)

    def create(self, wanted: dict) -> None:
        name = f"{wanted['organization']}/{wanted['name']}"
        is_there = name in self.hub.repos
        kind = wanted.get("type", "model")
        repo = self.hub.repos.setdefault(name, Repo(kind, wanted.get("visibility") == "private"))
        if not repo.commits:
            repo.add({".gitattributes": b""})
        address = f"{self.hub.endpoint}/{'spaces/' if kind == 'space' else ''}{name}"
        self.answer(409 if is_there else 200, {"url": address, "name": name})

    def preupload(self, wanted: dict) -> None:
        modes = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["path"].endswith(LARGE) else "regular",
                "shouldIgnore": False,
            }
            for file in wanted["files"]
        ]
        self.answer(200, {"files": modes})

    def batch(self, wanted: dict) -> None:
        objects = []
        for it in wanted["objects"]:
            action = {"upload": {"href": f"{self.hub.storage}/storage/{it['oid']}"}}
            objects.append(it | ({} if it["oid"] in self.hub.stored else {"actions": action}))
        self.answer(200, {"transfer": "basic", "objects": objects})

    def store(self, sent: bytes) -> None:
        oid = self.path.rpartition("/")[2]
        is_right = hashlib.sha256(sent).hexdigest() == oid
        if is_right:
            self.hub.stored[oid] = sent
        self.answer(200 if is_right else 400)

    def add(self, name: str, sent: bytes) -> None:
        files = {}
        for line in map(json.loads, sent.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.stored[value["oid"]]
        sha = self.hub.repos[name].add(files)
        address = f"{self.hub.endpoint}/{name}/commit/{sha}"
        self.answer(200, {"success": True, "commitOid": sha, "commitUrl": address})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients that hang up in the middle are part of the tests."""


@contextmanager
def running_hub() -> Iterator[Hub]:
    """Run a Hub of one's own on a random port for as long as the context lasts."""
    hub = Hub()
    server = _Server(("127.0.0.1", 0), type("_", (_Request,), {"hub": hub}))
    port = server.server_address[1]
    hub.endpoint, hub.storage = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hub
    finally:
        hub.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
