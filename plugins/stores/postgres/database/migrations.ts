import { COUNTS_SCHEMA } from '../counts/schema.ts'
import { FIRST_TABLES } from './first-tables.ts'

/** One step up. */
export interface Migration {
  /** Statements, each ended by a semicolon at the end of a line. */
  readonly sql: string
  /**
   * The oldest version whose programs go on working once this was run: always at most the version before, so that nodes
   * can be updated one by one. What they need is taken away a version later than they stop needing it.
   */
  readonly worksFrom: number
}

/**
 * Each entry takes the database one version up; the table `schema_version` holds which were run. Entries are only
 * ever added at the end: one that was released is never changed.
 *
 * Text that is compared has the collation C: as the order of bytes, which ids are made for. There are no foreign keys:
 * nothing but this store writes, all rows of a delivery in one transaction, and each would cost a check per row.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    worksFrom: 0,
    sql: FIRST_TABLES,
  },
  {
    worksFrom: 1,
    sql: `
  ALTER TABLE tasks ADD COLUMN lost_attempts integer NOT NULL DEFAULT 0;
  -- Mostly empty. Tells a claim how many tasks it may have to pass over.
  CREATE INDEX tasks_lost ON tasks (program) WHERE state = 'waiting' AND lost_attempts > 0;
  `,
  },
  {
    // Programs of earlier versions read lists without these indexes too, only more slowly.
    worksFrom: 1,
    sql: `
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
  },
  {
    // What nodes of earlier versions commit is noted by triggers.
    worksFrom: 1,
    sql: `
  -- Notes of what is not projected yet: for each commit the ids of its deliveries, separated by commas, and each end of
  -- a task.
  CREATE TABLE unprojected_deliveries (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ids    text NOT NULL
  ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1);
  CREATE TABLE unprojected_ends (
    number        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id       text COLLATE "C" NOT NULL,
    state         text NOT NULL,
    started_at    bigint,
    ended_at      bigint NOT NULL,
    attempts      integer NOT NULL,
    lost_attempts integer NOT NULL,
    exit_code     bigint,
    reason        text
  ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1);
  INSERT INTO unprojected_deliveries (ids)
  SELECT string_agg(id, ',') FROM (
    SELECT id, (row_number() OVER (ORDER BY id) - 1) / 100 AS part FROM deliveries
  ) AS numbered GROUP BY part ORDER BY part;
  INSERT INTO unprojected_ends
    (task_id, state, started_at, ended_at, attempts, lost_attempts, exit_code, reason)
  SELECT id, state, started_at, ended_at, attempts, lost_attempts, exit_code, reason FROM tasks
  WHERE ended_at IS NOT NULL ORDER BY ended_at, id;

  -- Nodes of earlier versions write no notes. Their sessions do not have this setting.
  CREATE FUNCTION note_delivery() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN
    INSERT INTO unprojected_deliveries (ids) VALUES (new.id); RETURN NULL; END $$;
  CREATE FUNCTION note_end() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN
    INSERT INTO unprojected_ends
      (task_id, state, started_at, ended_at, attempts, lost_attempts, exit_code, reason)
    VALUES (new.id, new.state, new.started_at, new.ended_at, new.attempts, new.lost_attempts, new.exit_code,
      new.reason); RETURN NULL; END $$;
  CREATE TRIGGER delivery_added AFTER INSERT ON deliveries FOR EACH ROW
    WHEN (current_setting('hookline.notes', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION note_delivery();
  CREATE TRIGGER ended_task_added AFTER INSERT ON tasks FOR EACH ROW
    WHEN (new.ended_at IS NOT NULL AND current_setting('hookline.notes', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION note_end();
  CREATE TRIGGER task_ended AFTER UPDATE OF ended_at ON tasks FOR EACH ROW
    WHEN (new.ended_at IS NOT NULL AND old.ended_at IS NULL
      AND current_setting('hookline.notes', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION note_end();

  -- One row: how often was projected. Whoever projects locks it first.
  CREATE TABLE projection (
    id      integer PRIMARY KEY CHECK (id = 1),
    version bigint NOT NULL
  );
  INSERT INTO projection (id, version) VALUES (1, 0);
  `,
  },
  {
    // Nodes of earlier versions go on to claim what is paused.
    worksFrom: 1,
    sql: `
  -- A parked task waits, but a pause of its rule or source keeps it out of the queue. It is due never; parked_due_at is
  -- its own due time.
  ALTER TABLE tasks ADD COLUMN parked_by text COLLATE "C";
  ALTER TABLE tasks ADD COLUMN parked_due_at bigint;
  CREATE INDEX tasks_parked ON tasks (parked_by, priority DESC, parked_due_at, id) WHERE parked_by IS NOT NULL;

  -- All that is paused. While a pause is resumed, released_… is the last task that it has released. People begin and end
  -- pauses in transactions that nothing else works beside.
  CREATE TABLE pauses (
    kind              text COLLATE "C" NOT NULL CHECK (kind IN ('source', 'rule', 'program')),
    name              text COLLATE "C" NOT NULL,
    since             bigint NOT NULL,
    actor             text NOT NULL,
    reason            text,
    is_resuming       boolean NOT NULL DEFAULT false,
    released_priority integer,
    released_due_at   bigint,
    released_id       text COLLATE "C",
    probe_ms          bigint,
    probe_at          bigint,
    probe_task        text COLLATE "C",
    PRIMARY KEY (kind, name)
  );

  -- Tasks dead in a row, of programs with a breaker.
  CREATE TABLE breakers (
    program text COLLATE "C" PRIMARY KEY,
    dead    integer NOT NULL
  );
  `,
  },
  {
    worksFrom: 1,
    sql: `
  -- What lists are searched by: see search/segment.ts of the SDK.
  CREATE TABLE segments (
    number    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      text NOT NULL CHECK (kind IN ('deliveries', 'tasks')),
    documents integer NOT NULL,
    first     text COLLATE "C" NOT NULL,
    last      text COLLATE "C" NOT NULL,
    ids       text NOT NULL
  );
  CREATE INDEX segments_listed ON segments (kind, last, first);
  CREATE INDEX segments_small ON segments (documents);
  CREATE TABLE segment_blocks (
    segment bigint NOT NULL,
    term    bigint NOT NULL,
    bytes   bytea NOT NULL,
    PRIMARY KEY (segment, term)
  );
  `,
  },
  {
    // Tasks that nodes of earlier versions retry or delete leave their groups by triggers.
    worksFrom: 1,
    sql: COUNTS_SCHEMA,
  },
  {
    worksFrom: 1,
    sql: `
  -- How a delivery that was asked for at its provider is trusted: 'verified' or 'fetched'. Null: it arrived.
  ALTER TABLE deliveries ADD COLUMN recovered text;
  `,
  },
  {
    worksFrom: 1,
    sql: `
  -- Only dead tasks: lists of the deliveries that have any, of all sources or of one.
  CREATE INDEX tasks_dead ON tasks (delivery_id) WHERE state = 'dead';
  CREATE INDEX tasks_dead_of_source ON tasks (source, delivery_id) WHERE state = 'dead';
  `,
  },
  {
    // Nodes of earlier versions do not follow what is handed over.
    worksFrom: 1,
    sql: `
  -- Where the latest attempt runs outside of Hookline, as JSON. While it runs there, lease_until is null.
  ALTER TABLE tasks ADD COLUMN handed_over text;
  `,
  },
  {
    // Nodes of earlier versions end a rule after its first program.
    worksFrom: 1,
    sql: `
  -- Of the task of a step of \`then\`: the step before it, as JSON. And of each task: the task of the next step.
  ALTER TABLE tasks ADD COLUMN previous text, ADD COLUMN next_id text COLLATE "C";
  `,
  },
  {
    // Nodes of earlier versions run no task that waits for an approval, nor end its wait.
    worksFrom: 1,
    sql: `
  -- Whether somebody lets the task run, as JSON. While it waits for that, it is parked by 'approval'.
  ALTER TABLE tasks ADD COLUMN approval text;
  `,
  },
]
