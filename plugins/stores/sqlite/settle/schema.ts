export const DEAD_TASKS = `
  -- Only dead tasks: lists of the deliveries that have any, of all sources or of one.
  CREATE INDEX tasks_dead ON tasks (delivery_id) WHERE state = 'dead';
  CREATE INDEX tasks_dead_of_source ON tasks (source, delivery_id) WHERE state = 'dead';
`

export const HANDED_OVER_TASKS = `
  -- Where the latest attempt runs outside of Hookline, as JSON. While it runs there, lease_until is null.
  ALTER TABLE tasks ADD COLUMN handed_over TEXT;
`

export const NEXT_STEPS = `
  -- Of the task of a step of \`then\`: the step before it, as JSON. And of each task: the task of the next step.
  ALTER TABLE tasks ADD COLUMN previous TEXT;
  ALTER TABLE tasks ADD COLUMN next_id TEXT;
`

export const DEAD_TASKS_LISTED = `
  -- Only dead tasks, in the order of lists: see read/list-query.ts.
  CREATE INDEX tasks_dead_listed ON tasks (id) WHERE state = 'dead';
  CREATE INDEX tasks_dead_listed_of_program ON tasks (program, id, source) WHERE state = 'dead';
  CREATE INDEX tasks_dead_listed_of_source ON tasks (source, id) WHERE state = 'dead';
`

/** A statement with a trigger keeps a copy of each page that it changes. Claims and settlements do not pay for that. */
export const NO_TASK_TRIGGERS = 'DROP TRIGGER task_ended; DROP TRIGGER dead_task_retried;'

export const APPROVALS = `
  -- Whether somebody lets the task run, as JSON. While it waits for that, it is parked by 'approval'.
  ALTER TABLE tasks ADD COLUMN approval TEXT;
`
