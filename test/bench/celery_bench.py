"""Both sides of the Celery benchmark: `worker`s run the task; `python3 celery_bench.py` is the handler that sends it.

The handler does what many teams have: FastAPI, the signature checked, `.delay()`. Without FastAPI, it is the HTTP server of
the standard library.
"""

import hashlib
import hmac
import json
import os
import socket

from celery import Celery
from redis import Redis

REDIS = os.environ["BENCH_REDIS"]
SECRET = os.environ["BENCH_SECRET"].encode()

app = Celery("celery_bench", broker=f"{REDIS}/0", backend=f"{REDIS}/1")
app.conf.worker_prefetch_multiplier = 16
counter = Redis.from_url(f"{REDIS}/2")


@app.task(name="bench.run")
def run(event):
    counter.incr("done")


def is_signed(headers, body):
    expected = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(headers.get("x-hub-signature-256", ""), expected)


def serve_fastapi(listener):
    import uvicorn
    from fastapi import FastAPI, Request, Response

    api = FastAPI()

    @api.post("/api/webhooks/github")
    async def github(request: Request):
        body = await request.body()
        if not is_signed(request.headers, body):
            return Response(status_code=401)
        run.delay(json.loads(body))
        return Response(status_code=202)

    config = uvicorn.Config(api, log_level="error", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


def serve_plainly(listener):
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            signed = is_signed(self.headers, body)
            if signed:
                run.delay(json.loads(body))
            self.send_response(202 if signed else 401)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.serve_forever()


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    try:
        import fastapi
        import uvicorn

        name, serve = f"FastAPI {fastapi.__version__}", serve_fastapi
    except ImportError:
        name, serve = "http.server of Python", serve_plainly
    print(f"port {listener.getsockname()[1]}, {name}\n", end="", flush=True)
    serve(listener)
