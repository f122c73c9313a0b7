"""A handler as teams write it: FastAPI, the signature checked, then what BENCH_RUN says with each push.

`nothing`; `subprocess`, which runs the words of BENCH_COMMAND and waits for their end; or `celery`, which calls `.delay()`.
"""

import hashlib
import hmac
import json
import os
import subprocess

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

RUN = os.environ.get("BENCH_RUN", "nothing")
COMMAND = os.environ.get("BENCH_COMMAND", "").split()
SECRET = os.environ["BENCH_SECRET"].encode()

if RUN == "celery":
    from celery_bench import run

app = FastAPI()


@app.post("/api/webhooks/github")
async def github(request: Request):
    body = await request.body()
    expected = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(request.headers.get("x-hub-signature-256", ""), expected):
        return Response(status_code=401)
    event = json.loads(body)
    if RUN == "subprocess":
        await run_in_threadpool(subprocess.run, COMMAND, input=body, stdout=subprocess.DEVNULL, check=True)
    elif RUN == "celery":
        run.delay(event)
    return Response(status_code=202)
