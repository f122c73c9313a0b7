import { RECOVERED, SENDER_IDS, UNPACKED_BYTES } from '../accept/schema.ts'
import { COUNTS_SCHEMA } from '../counts/schema.ts'
import { LAST_SEGMENT, NO_DELIVERY_TRIGGER, PROJECTION_SCHEMA } from '../projection/schema.ts'
import * as settle from '../settle/schema.ts'

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
  `
  ALTER TABLE tasks ADD COLUMN policy_key TEXT;
  ALTER TABLE tasks ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE tasks ADD COLUMN replaced_by TEXT;
  DROP INDEX tasks_waiting;
  DROP INDEX tasks_running;
  CREATE INDEX tasks_waiting ON tasks (program, priority, due_at, id)
    WHERE state = 'waiting' AND policy_key IS NULL;
  CREATE INDEX tasks_waiting_of_key ON tasks (program, policy_key, priority, due_at, id)
    WHERE state = 'waiting' AND policy_key IS NOT NULL;
  CREATE INDEX tasks_running ON tasks (program, lease_until, policy_key, id) WHERE state = 'running';

  -- One row for each program, key and priority with waiting tasks: the first of them, so that a claim reads one row of
  -- a key that is held up, however many wait behind it. ready_at is when its key's rate lets it start.
  CREATE TABLE lanes (
    program     TEXT NOT NULL,
    policy_key  TEXT NOT NULL,
    priority    INTEGER NOT NULL,
    head_id     TEXT NOT NULL,
    head_due_at INTEGER NOT NULL,
    ready_at    INTEGER NOT NULL,
    PRIMARY KEY (program, policy_key, priority)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX lanes_ready ON lanes (program, priority, ready_at, head_id, policy_key);

  -- The limits of programs that have any, as a claim last named them.
  CREATE TABLE limits (
    program     TEXT PRIMARY KEY NOT NULL,
    concurrency INTEGER,
    rate_count  INTEGER,
    rate_ms     INTEGER
  ) STRICT, WITHOUT ROWID;

  -- Claims of programs with a rate, while they count. The lane is '=' and the key, or empty without a key.
  CREATE TABLE starts (
    program TEXT NOT NULL,
    lane    TEXT NOT NULL,
    number  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (program, lane, number)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX starts_of_program ON starts (program, at);
  `,
  `
  CREATE TABLE documents (
    collection TEXT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    version    INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (collection, name)
  ) STRICT, WITHOUT ROWID;

  -- One row: the newest version, also of what was deleted since.
  CREATE TABLE document_versions (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    newest INTEGER NOT NULL
  ) STRICT;
  INSERT INTO document_versions (id, newest) VALUES (1, 0);

  CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    action   TEXT NOT NULL,
    target   TEXT NOT NULL,
    outcome  TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
    detail   TEXT NOT NULL,
    client   TEXT,
    node     TEXT NOT NULL,
    hash     TEXT NOT NULL
  ) STRICT;

  CREATE TABLE nodes (
    name       TEXT PRIMARY KEY NOT NULL,
    role       TEXT NOT NULL CHECK (role IN ('all', 'receive', 'work')),
    labels     TEXT NOT NULL,
    version    TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    config     TEXT NOT NULL,
    seen_at    INTEGER NOT NULL,
    draining   INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;

  -- With what their conditions name, so that those that wait and run can be counted without reading their rows.
  DROP INDEX tasks_waiting;
  DROP INDEX tasks_waiting_of_key;
  DROP INDEX tasks_running;
  CREATE INDEX tasks_waiting ON tasks (program, priority, due_at, id, state, policy_key)
    WHERE state = 'waiting' AND policy_key IS NULL;
  CREATE INDEX tasks_waiting_of_key ON tasks (program, policy_key, priority, due_at, id, state)
    WHERE state = 'waiting' AND policy_key IS NOT NULL;
  CREATE INDEX tasks_running ON tasks (program, lease_until, policy_key, id, state) WHERE state = 'running';

  -- Settled tasks, in the order in which they may be deleted.
  CREATE INDEX tasks_ended ON tasks (ended_at, id) WHERE ended_at IS NOT NULL;
  `,
  `
  ALTER TABLE tasks ADD COLUMN lost_attempts INTEGER NOT NULL DEFAULT 0;
  -- Mostly empty. Tells a claim how many tasks it may have to pass over.
  CREATE INDEX tasks_lost ON tasks (program, id) WHERE state = 'waiting' AND lost_attempts > 0;
  `,
  `
  -- One index for all lists of tasks, and one for all lists of deliveries: see lists.ts of the SDK.
  DROP INDEX tasks_of_state;
  DROP INDEX tasks_of_program;
  DROP INDEX tasks_of_rule;
  DROP INDEX tasks_of_source;
  DROP INDEX deliveries_of_source;
  DROP INDEX deliveries_duplicate;
  CREATE INDEX tasks_listed ON tasks (state, rule, program, source, id);
  CREATE INDEX deliveries_listed ON deliveries (outcome, source, id);
  `,
  `
  -- Notes of what is not projected yet. Triggers write them, so that no commit can forget one.
  CREATE TABLE unprojected_deliveries (
    number INTEGER PRIMARY KEY,
    id     TEXT NOT NULL
  ) STRICT;
  CREATE TABLE unprojected_ends (
    number        INTEGER PRIMARY KEY,
    task_id       TEXT NOT NULL,
    state         TEXT NOT NULL,
    started_at    INTEGER,
    ended_at      INTEGER NOT NULL,
    attempts      INTEGER NOT NULL,
    lost_attempts INTEGER NOT NULL,
    exit_code     INTEGER,
    reason        TEXT
  ) STRICT;
  CREATE TRIGGER delivery_added AFTER INSERT ON deliveries BEGIN
    INSERT INTO unprojected_deliveries (id) VALUES (new.id);
  END;
  CREATE TRIGGER task_ended AFTER UPDATE OF ended_at ON tasks
  WHEN new.ended_at IS NOT NULL AND old.ended_at IS NULL BEGIN
    INSERT INTO unprojected_ends
      (task_id, state, started_at, ended_at, attempts, lost_attempts, exit_code, reason)
    VALUES (new.id, new.state, new.started_at, new.ended_at, new.attempts, new.lost_attempts, new.exit_code, new.reason);
  END;
  INSERT INTO unprojected_deliveries (id) SELECT id FROM deliveries ORDER BY id;
  INSERT INTO unprojected_ends (task_id, state, started_at, ended_at, attempts, lost_attempts, exit_code, reason)
  SELECT id, state, started_at, ended_at, attempts, lost_attempts, exit_code, reason FROM tasks
  WHERE ended_at IS NOT NULL ORDER BY ended_at, id;

  -- One row: how often was projected.
  CREATE TABLE projection (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
  ) STRICT;
  INSERT INTO projection (id, version) VALUES (1, 0);
  `,
  `
  -- A parked task waits, but a pause of its rule or source keeps it out of the queue. It is due never; parked_due_at is
  -- its own due time.
  ALTER TABLE tasks ADD COLUMN parked_by TEXT;
  ALTER TABLE tasks ADD COLUMN parked_due_at INTEGER;
  CREATE INDEX tasks_parked ON tasks (parked_by, priority DESC, parked_due_at, id) WHERE parked_by IS NOT NULL;

  -- All that is paused. While a pause is resumed, released_… is the last task that it has released.
  CREATE TABLE pauses (
    kind              TEXT NOT NULL CHECK (kind IN ('source', 'rule', 'program')),
    name              TEXT NOT NULL,
    since             INTEGER NOT NULL,
    actor             TEXT NOT NULL,
    reason            TEXT,
    is_resuming       INTEGER NOT NULL DEFAULT 0,
    released_priority INTEGER,
    released_due_at   INTEGER,
    released_id       TEXT,
    probe_ms          INTEGER,
    probe_at          INTEGER,
    probe_task        TEXT,
    PRIMARY KEY (kind, name)
  ) STRICT, WITHOUT ROWID;

  -- Tasks dead in a row, of programs with a breaker.
  CREATE TABLE breakers (
    program TEXT PRIMARY KEY NOT NULL,
    dead    INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  PROJECTION_SCHEMA,
  COUNTS_SCHEMA,
  LAST_SEGMENT,
  RECOVERED,
  settle.DEAD_TASKS,
  settle.HANDED_OVER_TASKS,
  NO_DELIVERY_TRIGGER,
  SENDER_IDS,
  settle.NEXT_STEPS,
  settle.DEAD_TASKS_LISTED,
  settle.NO_TASK_TRIGGERS,
  settle.APPROVALS,
  UNPACKED_BYTES,
]
