"""The other end of the deduplicating gateway: it knows our ids and acts once for each, however often it is asked."""

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Of the gateway, which only workers know: a registry is for good, and other tests ask every gateway that is in it.
NAME = "deduplicating"
MODULE = "tests.faults.deduplicating_gateway"


class Provider:
    """Listens on the loopback address. `taken` counts how often each id came, `acted` how often that did something."""

    def __init__(self) -> None:
        self.taken: Counter[int] = Counter()
        self.acted: Counter[int] = Counter()
        self.lock = threading.Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                provider.take(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["id"])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def take(self, message_id: int) -> None:
        """Act for an id that is new; then wait, so that a kill lands between the act and the answer."""
        with self.lock:
            self.taken[message_id] += 1
            if self.taken[message_id] == 1:
                self.acted[message_id] += 1
        time.sleep(0.002)

    def __enter__(self) -> "Provider":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
