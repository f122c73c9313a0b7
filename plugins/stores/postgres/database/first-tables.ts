/** The statements of the first migration. */
export const FIRST_TABLES = `
  CREATE TABLE deliveries (
    id          text COLLATE "C" PRIMARY KEY,
    source      text COLLATE "C" NOT NULL,
    received_at bigint NOT NULL,
    method      text NOT NULL,
    path        text NOT NULL,
    headers     text NOT NULL,
    client      text,
    outcome     text NOT NULL CHECK (outcome IN ('accepted', 'duplicate', 'refused')),
    reason      text,
    original_id text,
    body        bytea NOT NULL
  );
  CREATE INDEX deliveries_of_source ON deliveries (source, id);
  CREATE INDEX deliveries_refused ON deliveries (id) WHERE outcome = 'refused';
  CREATE INDEX deliveries_duplicate ON deliveries (id) WHERE outcome = 'duplicate';

  -- The payload is null where the delivery's body is exactly that. sender_key is sender_id as an index can hold it.
  CREATE TABLE events (
    delivery_id text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    position    integer NOT NULL,
    source      text COLLATE "C" NOT NULL,
    type        text NOT NULL,
    sender_id   text,
    sender_key  text COLLATE "C",
    facts       text NOT NULL,
    decisions   text NOT NULL,
    payload     text,
    PRIMARY KEY (delivery_id, id)
  );
  CREATE UNIQUE INDEX events_of_sender ON events (source, sender_key) WHERE sender_key IS NOT NULL;

  -- lane is policy_key as an index can hold it.
  CREATE TABLE tasks (
    id               text COLLATE "C" PRIMARY KEY,
    delivery_id      text COLLATE "C" NOT NULL,
    event_id         text COLLATE "C" NOT NULL,
    source           text COLLATE "C" NOT NULL,
    event_type       text NOT NULL,
    rule             text COLLATE "C" NOT NULL,
    program          text COLLATE "C" NOT NULL,
    policy_key       text,
    lane             text COLLATE "C",
    priority         integer NOT NULL,
    payload_bytes    integer NOT NULL,
    state            text COLLATE "C" NOT NULL
                     CHECK (state IN ('waiting', 'running', 'succeeded', 'dead', 'cancelled')),
    created_at       bigint NOT NULL,
    due_at           bigint NOT NULL,
    started_at       bigint,
    ended_at         bigint,
    attempts         integer NOT NULL DEFAULT 0,
    fence            bigint NOT NULL DEFAULT 0,
    node             text,
    lease_until      bigint,
    cancel_requested boolean NOT NULL DEFAULT false,
    replaced_by      text,
    exit_code        bigint,
    reason           text,
    result           text
  ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1);
  CREATE INDEX tasks_waiting ON tasks (program, priority, due_at, id) WHERE state = 'waiting' AND lane IS NULL;
  CREATE INDEX tasks_waiting_of_lane ON tasks (program, lane, priority, due_at, id)
    WHERE state = 'waiting' AND lane IS NOT NULL;
  CREATE INDEX tasks_running ON tasks (program, lease_until, lane) WHERE state = 'running';
  CREATE INDEX tasks_of_delivery ON tasks (delivery_id, event_id, id);
  CREATE INDEX tasks_of_state ON tasks (state, id);
  CREATE INDEX tasks_of_program ON tasks (program, id);
  CREATE INDEX tasks_of_rule ON tasks (rule, id);
  CREATE INDEX tasks_of_source ON tasks (source, id);
  -- Settled tasks, in the order in which they may be deleted.
  CREATE INDEX tasks_ended ON tasks (ended_at, id) WHERE ended_at IS NOT NULL;

  -- The number is the fence of the claim: it grows through retries and hand-backs, unlike tasks.attempts.
  CREATE TABLE attempts (
    task_id    text COLLATE "C" NOT NULL,
    number     bigint NOT NULL,
    node       text NOT NULL,
    started_at bigint NOT NULL,
    ended_at   bigint,
    status     text NOT NULL,
    exit_code  bigint,
    reason     text,
    PRIMARY KEY (task_id, number)
  );

  CREATE TABLE log_chunks (
    task_id  text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    attempt  bigint NOT NULL,
    stream   text NOT NULL,
    at       bigint NOT NULL,
    text     text NOT NULL,
    PRIMARY KEY (task_id, sequence)
  );

  -- One row for each program, lane and priority with waiting tasks: the first of them, so that a claim reads one row of
  -- a lane that is held up, however many wait behind it. ready_at is when the lane's rate lets it start. Whoever
  -- changes which tasks of a lane wait holds the advisory lock of its program.
  CREATE TABLE lanes (
    program     text COLLATE "C" NOT NULL,
    lane        text COLLATE "C" NOT NULL,
    priority    integer NOT NULL,
    head_id     text COLLATE "C" NOT NULL,
    head_due_at bigint NOT NULL,
    ready_at    bigint NOT NULL,
    PRIMARY KEY (program, lane, priority)
  );
  CREATE INDEX lanes_ready ON lanes (program, priority, ready_at, head_id);

  -- The limits of programs that have any, as a claim last named them.
  CREATE TABLE limits (
    program     text COLLATE "C" PRIMARY KEY,
    concurrency integer,
    rate_count  integer,
    rate_ms     bigint
  );

  -- Claims of programs with a rate, while they count. The lane of tasks without a key is empty.
  CREATE TABLE starts (
    program text COLLATE "C" NOT NULL,
    lane    text COLLATE "C" NOT NULL,
    number  bigint NOT NULL,
    at      bigint NOT NULL,
    PRIMARY KEY (program, lane, number)
  );
  CREATE INDEX starts_of_program ON starts (program, at);

  -- One row, written by every ping, so that a ping proves a commit.
  CREATE TABLE pings (
    id integer PRIMARY KEY CHECK (id = 1),
    at bigint NOT NULL
  );

  CREATE TABLE documents (
    collection text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    value      text NOT NULL,
    version    bigint NOT NULL,
    changed_at bigint NOT NULL,
    PRIMARY KEY (collection, name)
  );

  -- One row: the newest version, also of what was deleted since. Writers of documents lock it first.
  CREATE TABLE document_versions (
    id     integer PRIMARY KEY CHECK (id = 1),
    newest bigint NOT NULL
  );
  INSERT INTO document_versions (id, newest) VALUES (1, 0);

  CREATE TABLE audit (
    sequence bigint PRIMARY KEY,
    at       bigint NOT NULL,
    actor    text NOT NULL,
    action   text NOT NULL,
    target   text NOT NULL,
    outcome  text NOT NULL CHECK (outcome IN ('done', 'refused')),
    detail   text NOT NULL,
    client   text,
    node     text NOT NULL,
    hash     text NOT NULL
  );

  CREATE TABLE nodes (
    name       text COLLATE "C" PRIMARY KEY,
    role       text NOT NULL CHECK (role IN ('all', 'receive', 'work')),
    labels     text NOT NULL,
    version    text NOT NULL,
    started_at bigint NOT NULL,
    config     text NOT NULL,
    seen_at    bigint NOT NULL,
    draining   boolean NOT NULL DEFAULT false
  );
`
