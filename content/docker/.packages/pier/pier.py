"""Pier: a web framework of one file, for lessons. It has what a first page needs: routes, a server, and an end on request.

    from pier import App

    app = App()

    @app.get("/")
    def home():
        return "<h1>Ahoy</h1>"

    app.run(port=8000)

A function returns a text, which is sent as HTML, or a dict or list, which is sent as JSON.
"""

import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__version__ = "1.0"


class App:
    """Paths and the functions that answer for them."""

    def __init__(self):
        self._routes = {}

    def get(self, path):
        """Lets the decorated function answer for a path."""

        def register(answer):
            self._routes[path] = answer
            return answer

        return register

    def respond(self, path):
        """Status, content type and body for a path."""
        answer = self._routes.get(path.partition("?")[0])
        if answer is None:
            return 404, "text/plain; charset=utf-8", b"There is no such page here.\n"
        body = answer()
        if isinstance(body, str):
            return 200, "text/html; charset=utf-8", body.encode()
        return 200, "application/json", json.dumps(body).encode() + b"\n"

    def run(self, port=8000, host="0.0.0.0"):
        """Serves until somebody presses Ctrl-C or sends SIGTERM, which is what `docker stop` does."""
        app = self

        class Handler(BaseHTTPRequestHandler):
            server_version = f"pier/{__version__}"

            def do_GET(self):
                status, content_type, body = app.respond(self.path)
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def end(*_):
            print("asked to stop: closing", flush=True)
            sys.exit(0)

        # A process with the number 1 gets no signal that it has not asked for.
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        print(f"listening on port {port}", flush=True)
        ThreadingHTTPServer((host, port), Handler).serve_forever()
