/** The statements of the migration that adds counts and groups of errors. */
export const COUNTS_SCHEMA = `
  -- What a projection has counted, as JSON: {"accepted":3}. Of each width, buckets are kept for a time of their own.
  CREATE TABLE counts (
    kind   TEXT NOT NULL CHECK (kind IN ('all', 'source', 'program')),
    width  INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    name   TEXT NOT NULL,
    counts TEXT NOT NULL,
    PRIMARY KEY (kind, width, at, name)
  ) STRICT, WITHOUT ROWID;

  -- count is the number of its rows in task_errors.
  CREATE TABLE error_groups (
    id        TEXT PRIMARY KEY NOT NULL,
    program   TEXT NOT NULL,
    reason    TEXT NOT NULL,
    count     INTEGER NOT NULL,
    first_at  INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    last_task TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX error_groups_listed ON error_groups (last_at, id) WHERE count > 0;
  CREATE INDEX error_groups_of_program ON error_groups (program, last_at, id) WHERE count > 0;
  CREATE INDEX error_groups_empty ON error_groups (last_at) WHERE count = 0;

  -- Tasks that are dead, with the group of each.
  CREATE TABLE task_errors (
    task_id  TEXT PRIMARY KEY NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER task_errors_joined AFTER INSERT ON task_errors BEGIN
    UPDATE error_groups SET count = count + 1 WHERE id = new.group_id;
  END;
  CREATE TRIGGER dead_task_retried AFTER UPDATE OF state ON tasks WHEN old.state = 'dead' BEGIN
    DELETE FROM task_errors WHERE task_id = old.id;
  END;
  CREATE TRIGGER task_errors_left AFTER DELETE ON task_errors BEGIN
    UPDATE error_groups SET count = count - 1 WHERE id = old.group_id;
  END;
`
