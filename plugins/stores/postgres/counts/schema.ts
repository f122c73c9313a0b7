/** The statements of the migration that adds counts and groups of errors. */
export const COUNTS_SCHEMA = `
  -- What a projection has counted, as JSON: {"accepted":3}. Of each width, buckets are kept for a time of their own.
  CREATE TABLE counts (
    kind   text COLLATE "C" NOT NULL CHECK (kind IN ('all', 'source', 'program')),
    width  integer NOT NULL,
    at     bigint NOT NULL,
    name   text COLLATE "C" NOT NULL,
    counts text NOT NULL,
    PRIMARY KEY (kind, width, at, name)
  );

  -- count is the number of its rows in task_errors.
  CREATE TABLE error_groups (
    id        text COLLATE "C" PRIMARY KEY,
    program   text COLLATE "C" NOT NULL,
    reason    text NOT NULL,
    count     integer NOT NULL,
    first_at  bigint NOT NULL,
    last_at   bigint NOT NULL,
    last_task text COLLATE "C" NOT NULL
  );
  CREATE INDEX error_groups_listed ON error_groups (last_at, id) WHERE count > 0;
  CREATE INDEX error_groups_of_program ON error_groups (program, last_at, id) WHERE count > 0;
  CREATE INDEX error_groups_empty ON error_groups (last_at) WHERE count = 0;

  -- Tasks that are dead, with the group of each.
  CREATE TABLE task_errors (
    task_id  text COLLATE "C" PRIMARY KEY,
    group_id text COLLATE "C" NOT NULL
  );

  -- For nodes of earlier versions. Their sessions do not have this setting.
  CREATE FUNCTION leave_group() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    WITH gone AS (DELETE FROM task_errors WHERE task_id = old.id RETURNING group_id)
    UPDATE error_groups SET count = count - 1 FROM gone WHERE id = gone.group_id; RETURN NULL; END $$;
  CREATE TRIGGER dead_task_retried AFTER UPDATE OF state ON tasks FOR EACH ROW
    WHEN (old.state = 'dead' AND current_setting('hookline.notes', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION leave_group();
  CREATE TRIGGER dead_task_deleted AFTER DELETE ON tasks FOR EACH ROW
    WHEN (old.state = 'dead' AND current_setting('hookline.notes', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION leave_group();
  `
