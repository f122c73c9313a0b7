"""Hands tasks over to Celery and looks how they fare, for `helper.ts`: no code of the team's application is needed.

Serves the frames of core/sdk/processes/helper/frames.ts at descriptor 3 until it closes:

To here:    1 start      name of a call, NUL, what it is given as JSON
From here:  0 ready      nothing, or why Celery cannot be used
            4 started    the call has come
            1 stdout     ids that may have ended, as JSON; only for `watch`
            7 finished   the answer of the call as JSON: `value`, or `fault`

The first call is `open`. `publish` and `cancel` are done by a thread with a connection to the broker of its own, `states`
by another one: each goes on while the other one waits for a server that hangs.
"""

import json
import os
import queue
import sys
import threading
import traceback

CONTROL = 3
READY, EVENT, STARTED, FINISHED = 0, 1, 4, 7
HEADER_BYTES = 9
MAX_BATCH = 200
AWAY = ("unreachable", "refused")


class Frames:
    def __init__(self):
        self.lock = threading.Lock()

    def send(self, kind, call, body=b""):
        if not isinstance(body, bytes):
            body = json.dumps(body, allow_nan=False).encode()
        data = len(body).to_bytes(4, "little") + bytes([kind]) + call.to_bytes(4, "little") + body
        with self.lock:
            while data:
                try:
                    data = data[os.write(CONTROL, data) :]
                except OSError:
                    os._exit(0)

    def read(self):
        """Yields the calls as (id, name, what is given)."""
        received = bytearray()
        while True:
            data = os.read(CONTROL, 1 << 20)
            if not data:
                return
            received += data
            while len(received) >= HEADER_BYTES:
                end = HEADER_BYTES + int.from_bytes(received[:4], "little")
                if len(received) < end:
                    break
                call = int.from_bytes(received[5:HEADER_BYTES], "little")
                name, given = bytes(received[HEADER_BYTES:end]).split(b"\0", 1)
                del received[:end]
                yield call, name.decode(), given


class Calls(threading.Thread):
    """Answers calls one after the other, by what `open_worker` makes. What has come meanwhile is prepared together."""

    def __init__(self, frames, open_worker, explain):
        super().__init__(daemon=True)
        self.frames, self.open_worker, self.explain = frames, open_worker, explain
        self.waiting = queue.Queue()
        self.worker = None
        self.start()

    def run(self):
        while True:
            calls = [self.waiting.get()]
            while len(calls) < MAX_BATCH and not self.waiting.empty():
                calls.append(self.waiting.get())
            self.answer(calls)

    def answer(self, calls):
        fault = None
        try:
            self.worker = self.worker or self.open_worker()
            self.worker.prepare(calls)
        except Exception as error:
            fault = self.explain(error)
        for call, name, given in calls:
            if fault is None:
                try:
                    value = self.worker.answer(name, given)
                    self.frames.send(FINISHED, call, {"value": value})
                    continue
                except Exception as error:
                    own = self.explain(error)
                    # The others need not wait for the same server.
                    fault = {**own, "sent": False} if own["kind"] in AWAY else None
            else:
                own = fault
            self.frames.send(FINISHED, call, {"fault": own})


def import_celery():
    """Why it cannot be used; an empty text if it can."""
    try:
        import celery
        import kombu
    except ImportError as error:
        return f"{sys.executable}\n{error}"
    return ""


def main():
    os.set_inheritable(CONTROL, False)
    frames = Frames()
    missing = import_celery()
    frames.send(READY, 0, missing.encode())
    if missing:
        return
    import celery_app
    from celery_broker import Broker
    from celery_results import Results, Watcher

    app = faults = watcher = broker = results = None
    for call, name, given in frames.read():
        frames.send(STARTED, call)
        try:
            if name == "open":
                settings = json.loads(given)
                faults = celery_app.Faults(settings["urls"])
                app = celery_app.open_app(settings)
                watcher = Watcher(app)
                broker = Calls(frames, lambda: Broker(app, Results(app)), faults.explain)
                results = Calls(
                    frames, lambda: States(Results(app), Broker(app, None), watcher), faults.explain
                )
                frames.send(FINISHED, call, {"value": {"watches": watcher.can_watch}})
            elif name == "watch":
                watcher.callbacks.append(lambda ids, call=call: frames.send(EVENT, call, ids))
            elif name == "states":
                results.waiting.put((call, name, json.loads(given)))
            else:
                broker.waiting.put((call, name, json.loads(given)))
        except Exception as error:
            explain = faults.explain if faults else celery_app.Faults([]).explain
            frames.send(FINISHED, call, {"fault": explain(error)})


class States:
    def __init__(self, results, broker, watcher):
        self.results, self.broker, self.watcher = results, broker, watcher

    def prepare(self, calls):
        pass

    def answer(self, _name, ids):
        states = self.results.states(ids, self.watcher)
        silent = [id for id, state in states.items() if state["state"] == "PENDING"]
        for id, is_known in self.broker.markers(silent).items():
            states[id]["marker"] = is_known
        self.watcher.add(id for id, state in states.items() if not state["final"])
        return [states[id] for id in ids]


try:
    main()
except BaseException:
    traceback.print_exc()
    sys.stderr.flush()
os._exit(0)
