"""Reads what the result backend knows of tasks, and hears of their ends where it tells of them."""

import json
import queue
import threading
import time

from celery import states
from celery.backends.base import BaseKeyValueStoreBackend
from celery.backends.redis import RedisBackend

from celery_app import At, is_connection_error

MAX_RESULT_BYTES = 1 << 20
MAX_SEEN = 10_000
LISTEN_SECONDS = 0.2
RECONNECT_SECONDS = 2


class Results:
    works = False

    def __init__(self, app):
        try:
            # One for each thread.
            self.backend = app.backend
        except Exception as error:
            raise At("backend", error) from error

    def metas(self, ids):
        """What is stored, by id."""
        try:
            found = self.read(ids)
        except Exception as error:
            raise At("backend", error) from error
        return {id: meta for id, meta in found if meta["status"] != states.PENDING}

    def read(self, ids):
        if isinstance(self.backend, BaseKeyValueStoreBackend):
            keys = [self.backend.get_key_for_task(id) for id in ids]
            try:
                values = self.backend.mget(keys)
            except NotImplementedError:
                values = [self.backend.get(key) for key in keys]
            if hasattr(values, "items"):
                values = [values.get(key) for key in keys]
            return [(id, self.decode(value)) for id, value in zip(ids, values) if value]
        if not self.works:
            # An error is then one of the backend: of a driver that is missing, for example.
            self.backend.get_task_meta("hookline", cache=False)
            self.works = True
        return [(id, self.read_one(id)) for id in ids]

    def read_one(self, id):
        try:
            return self.backend.get_task_meta(id, cache=False)
        except Exception as error:
            if is_connection_error(error):
                raise
            return unreadable(error)

    def decode(self, value):
        # Not `decode_result`, which makes exceptions of what is stored.
        try:
            meta = self.backend.decode(value)
            meta["status"]
            return meta
        except Exception as error:
            return unreadable(error)

    def states(self, ids, watcher):
        seen = watcher.seen_of(ids)
        metas = {**self.metas([id for id in ids if id not in seen]), **seen}
        return {id: state_of(metas.get(id)) for id in ids}


def unreadable(error):
    """A result of a class that is not here, for example, or of another serializer."""
    text = f"what the result backend keeps cannot be read: {type(error).__name__}"
    return {"status": states.FAILURE, "result": {"exc_type": "", "exc_message": text}}


def state_of(meta):
    if meta is None:
        return {"state": states.PENDING, "final": False}
    state, result = meta["status"], meta.get("result")
    described = {"state": state, "final": state in states.READY_STATES}
    worker = meta.get("worker") or (result.get("hostname") if isinstance(result, dict) else None)
    if worker and not described["final"]:
        described["worker"] = str(worker)
    if state == states.SUCCESS:
        described.update(result_of(result))
    elif state in states.EXCEPTION_STATES:
        described["error"] = error_of(result)
        described["traceback"] = meta.get("traceback")
    return described


def result_of(result):
    try:
        text = json.dumps(result, allow_nan=False)
    except (TypeError, ValueError):
        text = json.dumps(repr(result)[:MAX_RESULT_BYTES])
    if len(text) > MAX_RESULT_BYTES:
        return {"tooLong": len(text)}
    return {"result": json.loads(text)}


def error_of(result):
    if isinstance(result, BaseException):
        return {"type": type(result).__name__, "message": str(result)}
    if not isinstance(result, dict):
        return {"type": "", "message": str(result or "")}
    message = result.get("exc_message", "")
    if isinstance(message, (list, tuple)):
        message = ", ".join(str(part) for part in message)
    return {"type": str(result.get("exc_type") or ""), "message": str(message)}


class Watcher(threading.Thread):
    """Hears of ends by the notifications of a Redis backend. Other backends are only asked."""

    def __init__(self, app):
        super().__init__(daemon=True)
        self.app, self.callbacks = app, []
        self.can_watch = isinstance(Results(app).backend, RedisBackend)
        self.wanted, self.news = set(), queue.Queue()
        # Ends stay as they were seen first: a late worker may overwrite a failure.
        self.seen = {}

    def add(self, ids):
        if not self.can_watch:
            return
        for id in ids:
            if id not in self.wanted:
                self.wanted.add(id)
                self.news.put(id)
        if not self.is_alive():
            self.start()

    def seen_of(self, ids):
        return {id: self.seen[id] for id in ids if id in self.seen}

    def run(self):
        while True:
            try:
                self.listen()
            except Exception:
                for id in list(self.wanted):
                    self.news.put(id)
                time.sleep(RECONNECT_SECONDS)

    def listen(self):
        results = Results(self.app)
        backend = results.backend
        with backend.client.pubsub(ignore_subscribe_messages=True) as pubsub:
            while True:
                if not self.wanted:
                    self.news.put(self.news.get())
                added = []
                while not self.news.empty():
                    added.append(self.news.get())
                if added:
                    pubsub.subscribe(*(backend.get_key_for_task(id) for id in added))
                    # What has ended before.
                    self.take(results.metas(added), pubsub, backend)
                message = pubsub.get_message(timeout=LISTEN_SECONDS)
                ended = {}
                while message:
                    meta = results.decode(message["data"])
                    if meta["status"] in states.READY_STATES:
                        ended.setdefault(meta.get("task_id"), meta)
                    message = pubsub.get_message()
                self.take(ended, pubsub, backend)

    def take(self, metas, pubsub, backend):
        ended = {id: meta for id, meta in metas.items() if meta["status"] in states.READY_STATES}
        ended = {id: meta for id, meta in ended.items() if id in self.wanted}
        if not ended:
            return
        self.seen.update(ended)
        for id in list(self.seen)[: max(0, len(self.seen) - MAX_SEEN)]:
            del self.seen[id]
        self.wanted.difference_update(ended)
        pubsub.unsubscribe(*(backend.get_key_for_task(id) for id in ended))
        for changed in self.callbacks:
            changed(list(ended))
