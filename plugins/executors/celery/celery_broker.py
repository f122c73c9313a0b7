"""Sends tasks to the broker, once for each id where the broker can tell, and revokes them."""

import json
import re
import time
from functools import partial

from celery import VERSION, states
from kombu.transport import redis as kombu_redis

from celery_app import At, is_connection_error

MARKER = "hookline:celery:"
# KEYS: marker, queue. ARGV: message, seconds.
PUSH_ONCE = """
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('LPUSH', KEYS[2], ARGV[1])
  redis.call('SET', KEYS[1], '1', 'EX', ARGV[2])
end"""
# KEYS: marker, queue. ARGV: message.
REMOVE = """
local removed = redis.call('LREM', KEYS[2], 1, ARGV[1])
if removed > 0 then redis.call('DEL', KEYS[1]) end
return removed"""
# Inside of a text, quotes are escaped: this is found in the properties only.
ID = re.compile(rb'"correlation_id": ?"([^"]+)"')
SCANNED = 100
# A task that was not found in its queue is looked for again after so long: it may have been put back.
RESCAN_SECONDS = 30
MAX_SCANS = 10_000
# Besides the time limit. A task that its node lost is handed over again within this time.
MARKER_SECONDS = 86_400


def once_transport(transport, marker_seconds):
    """The Redis transport, with a push that does nothing for a task that was pushed before."""

    class OnceChannel(transport.Channel):
        def _put(self, queue, message, **kwargs):
            id = message["properties"]["correlation_id"]
            priority = self._get_message_priority(message, reverse=False)
            keys = (MARKER + id, self._q_for_pri(queue, priority))
            script(self, PUSH_ONCE, keys, kombu_redis.dumps(message), marker_seconds())

    return type("OnceTransport", (transport,), {"Channel": OnceChannel})


def plain_client(channel):
    """A client that leaves keys as they are: not every version of kombu puts its prefix into scripts."""
    return kombu_redis.redis.Redis(connection_pool=channel.pool)


def script(channel, text, keys, *values):
    named = [channel.global_keyprefix + key for key in keys]
    return plain_client(channel).eval(text, len(named), *named, *values)


class Broker:
    """`results` is null where nothing is published."""

    def __init__(self, app, results):
        self.app, self.results = app, results
        transport = app.connection_for_write().get_transport_cls()
        self.is_redis = issubclass(transport, kombu_redis.Transport)
        self.is_amqp = transport.driver_type == "amqp"
        self.marker_seconds = MARKER_SECONDS
        self.transport = None
        if self.is_redis:
            self.transport = once_transport(transport, lambda: self.marker_seconds)
        self.connection = None
        self.known = set()
        # When tasks were last looked for in their queue.
        self.scans = {}

    def connect(self):
        if self.connection is not None and self.connection.connected:
            return
        self.drop()
        try:
            connection = self.app.connection_for_write(transport=self.transport)
            connection.connect()
            self.channel = connection.default_channel
            self.producer = self.app.amqp.Producer(connection, auto_declare=False)
            self.connection, self.declared = connection, set()
        except Exception as error:
            raise At("broker", error) from error

    def drop(self):
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.collect(socket_timeout=0.1)

    def prepare(self, calls):
        self.known = self.known_of([given["id"] for _, name, given in calls if name == "publish"])

    def answer(self, name, given):
        return self.cancel(given) if name == "cancel" else self.publish(given)

    def known_of(self, ids):
        """Those that have a state, or were sent, as far as the backend knows."""
        marked = [] if self.is_redis else [sent_id(id) for id in ids]
        found = self.results.metas([*ids, *marked]) if ids else {}
        return {id for id in ids if id in found or sent_id(id) in found}

    def publish(self, given):
        id, task, kwargs = given["id"], given["task"], given["kwargs"]
        if id in self.known:
            return {"queue": None}
        self.marker_seconds = int(given["limitSeconds"]) + MARKER_SECONDS
        names = ("queue", "priority", "serializer", "headers")
        options = {name: given[name] for name in names if given.get(name) is not None}
        self.connect()
        route = self.route(options, task)
        send = partial(
            self.app.send_task,
            task,
            given["args"],
            kwargs,
            task_id=id,
            **expiry(given),
            retry=False,
            add_to_parent=False,
        )
        # Otherwise the backend would subscribe to the result.
        self.app.backend.on_task_call = lambda *_: {}
        self.send(send, route)
        self.known.add(id)
        if not self.is_redis:
            self.remember(id)
        return {"queue": route["queue"].name}

    def route(self, options, task):
        route = dict(self.app.amqp.router.route(options, task, (), {}))
        if isinstance(route["queue"], str):
            route["queue"] = self.app.amqp.queues[route["queue"]]
        return route

    def send(self, send, route):
        try:
            if self.is_amqp:
                self.declare(route["queue"])
                route = {**route, "declare": [], "mandatory": True}
        except Exception as error:
            self.drop()
            raise At("broker", error) from error
        try:
            send(producer=self.producer, **route)
        except Exception as error:
            self.drop()
            is_unknown = is_connection_error(error)
            if not (is_unknown and self.is_redis):
                raise At("broker", error, None if is_unknown else False) from error
            # The server knows whether it has come.
            try:
                self.connect()
                send(producer=self.producer, **route)
            except Exception as second:
                self.drop()
                raise At("broker", getattr(second, "error", second), None) from second

    def declare(self, queue):
        """Leaves a queue that is there as it is: its workers may have declared it with other arguments."""
        if queue.name in self.declared:
            return
        with self.connection.channel() as channel:
            try:
                queue(channel).queue_declare(passive=True)
            except self.connection.channel_errors:
                with self.connection.channel() as other:
                    queue(other).declare()
        self.declared.add(queue.name)

    def remember(self, id):
        try:
            self.results.backend.store_result(sent_id(id), None, "SENT")
        except Exception:
            # It is sent. Only a second copy could no longer be avoided.
            pass

    def markers(self, ids):
        """Whether the broker knows tasks. None of them if it is not Redis."""
        if not self.is_redis or not ids:
            return {}
        try:
            self.connect()
            prefix = self.channel.global_keyprefix + MARKER
            found = plain_client(self.channel).mget([prefix + id for id in ids])
        except At:
            raise
        except Exception as error:
            self.drop()
            raise At("broker", error) from error
        return {id: value is not None for id, value in zip(ids, found)}

    def cancel(self, given):
        ids, task = given["ids"], given["task"]
        self.connect()
        try:
            removed = self.remove(ids, given.get("queue"), task) if self.is_redis else set()
            left = [id for id in ids if id not in removed]
            if left:
                self.app.control.revoke(
                    left, terminate=True, signal="SIGTERM", connection=self.connection
                )
        except Exception as error:
            self.drop()
            raise At("broker", error) from error
        return {"removed": len(removed)}

    def remove(self, ids, queue, task):
        """Takes out of the queue what no worker has taken yet: a worker that starts later would not know of the end."""
        now = time.monotonic()
        wanted = {id for id in ids if now - self.scans.get(id, -RESCAN_SECONDS) >= RESCAN_SECONDS}
        if not wanted:
            return set()
        options = {} if queue is None else {"queue": queue}
        name = self.route(options, task)["queue"].name
        removed = set()
        for priority in self.channel.priority_steps:
            removed |= self.remove_from(self.channel._q_for_pri(name, priority), wanted)
        for id in removed:
            self.app.backend.mark_as_revoked(id, "taken out of the queue", state=states.REVOKED)
        if len(self.scans) > MAX_SCANS:
            self.scans.clear()
        self.scans.update((id, now) for id in wanted - removed)
        return removed

    def remove_from(self, key, wanted):
        client, removed, start = plain_client(self.channel), set(), 0
        while True:
            stored = self.channel.global_keyprefix + key
            messages = client.lrange(stored, start, start + SCANNED - 1)
            if not messages:
                return removed
            start += len(messages)
            for message in messages:
                found = ID.search(message)
                id = found.group(1).decode() if found else None
                if id in wanted and script(self.channel, REMOVE, (MARKER + id, key), message):
                    removed.add(id)
                    start -= 1


def expiry(given):
    # Also counts the time that it took to come here.
    seconds = max(1, given["expiresAt"] - time.time())
    # A worker of 5.2 cannot retry a task that expires: https://github.com/celery/celery/issues/8128. RabbitMQ itself drops
    # the message then.
    can_retry = VERSION[:2] != (5, 2) or given["mustExpire"]
    return {"expires" if can_retry else "expiration": seconds}


def sent_id(id):
    """The id under which the backend keeps that a task was sent."""
    return f"{id}-sent"
