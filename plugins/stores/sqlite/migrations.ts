/**
 * Each entry takes the database one version up; `PRAGMA user_version` holds how many were run. Entries are only ever
 * added at the end: one that was released is never changed.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE deliveries (
    id          TEXT PRIMARY KEY NOT NULL,
    source      TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    method      TEXT NOT NULL,
    path        TEXT NOT NULL,
    headers     TEXT NOT NULL,
    client      TEXT,
    outcome     TEXT NOT NULL CHECK (outcome IN ('accepted', 'duplicate', 'refused')),
    reason      TEXT,
    original_id TEXT,
    body        BLOB NOT NULL
  ) STRICT;
  CREATE INDEX deliveries_of_source ON deliveries (source, id);
  CREATE INDEX deliveries_refused ON deliveries (id) WHERE outcome = 'refused';
  CREATE INDEX deliveries_duplicate ON deliveries (id) WHERE outcome = 'duplicate';

  -- The payload is null where the delivery's body is exactly that.
  CREATE TABLE events (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    id          TEXT NOT NULL,
    position    INTEGER NOT NULL,
    source      TEXT NOT NULL,
    type        TEXT NOT NULL,
    sender_id   TEXT,
    facts       TEXT NOT NULL,
    decisions   TEXT NOT NULL,
    payload     TEXT,
    PRIMARY KEY (delivery_id, id)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX events_of_sender ON events (source, sender_id) WHERE sender_id IS NOT NULL;

  CREATE TABLE tasks (
    id               TEXT PRIMARY KEY NOT NULL,
    delivery_id      TEXT NOT NULL,
    event_id         TEXT NOT NULL,
    source           TEXT NOT NULL,
    event_type       TEXT NOT NULL,
    rule             TEXT NOT NULL,
    program          TEXT NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'succeeded', 'dead', 'cancelled')),
    created_at       INTEGER NOT NULL,
    due_at           INTEGER NOT NULL,
    started_at       INTEGER,
    ended_at         INTEGER,
    attempts         INTEGER NOT NULL DEFAULT 0,
    fence            INTEGER NOT NULL DEFAULT 0,
    node             TEXT,
    lease_until      INTEGER,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    exit_code        INTEGER,
    reason           TEXT,
    result           TEXT,
    FOREIGN KEY (delivery_id, event_id) REFERENCES events (delivery_id, id) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tasks_waiting ON tasks (program, due_at, id) WHERE state = 'waiting';
  CREATE INDEX tasks_running ON tasks (program, lease_until, id) WHERE state = 'running';
  CREATE INDEX tasks_of_delivery ON tasks (delivery_id, event_id, id);
  CREATE INDEX tasks_of_state ON tasks (state, id);
  CREATE INDEX tasks_of_program ON tasks (program, id);
  CREATE INDEX tasks_of_rule ON tasks (rule, id);
  CREATE INDEX tasks_of_source ON tasks (source, id);

  -- The number is the fence of the claim: it grows through retries and hand-backs, unlike tasks.attempts.
  CREATE TABLE attempts (
    task_id    TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    node       TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    status     TEXT NOT NULL,
    exit_code  INTEGER,
    reason     TEXT,
    PRIMARY KEY (task_id, number)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE log_chunks (
    task_id  TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    attempt  INTEGER NOT NULL,
    stream   TEXT NOT NULL,
    at       INTEGER NOT NULL,
    text     TEXT NOT NULL,
    PRIMARY KEY (task_id, sequence)
  ) STRICT, WITHOUT ROWID;

  -- One row, written by every ping, so that a ping proves a commit.
  CREATE TABLE pings (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
  ) STRICT;
  `,
]
