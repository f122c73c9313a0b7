import type { EventCatalog, FactDoc } from '../contracts/event.ts'
import type {
  ConfigChangedFacts,
  ConfigFaultyFacts,
  OwnPayloads,
  OwnTaskFacts,
  RefusedFacts,
} from '../contracts/own-event.ts'

/** Name of the source of Hookline's own events; no source of a config can have it. */
export const OWN_SOURCE = 'hookline'

type Documented<Facts> = Readonly<Record<keyof Facts, FactDoc>>

const text = (description: string): FactDoc => ({ type: 'string', description })
const number = (description: string): FactDoc => ({ type: 'number', description })

const TASK_FACTS: Documented<OwnTaskFacts> = {
  task: text('Id of the task.'),
  state: text('What the task came to: `succeeded`, `dead`, or `waiting` for another attempt.'),
  program: text('Name of the program that ran.'),
  rule: text('Name of the rule that ran it.'),
  source: text('Source of the event that the task was about.'),
  event_type: text('Type of that event, without the source.'),
  event_id: text('Id of that event.'),
  delivery: text('Id of the delivery that brought it.'),
  attempts: number('Attempts so far, this one included.'),
  exit_code: number('Exit code of the attempt; null where there is none.'),
  reason: text('Why the attempt failed; null where it did not.'),
  node: text('Name of the node that ran it.'),
  duration_ms: number('Time that the attempt took, in milliseconds.'),
}

const REFUSED_FACTS: Documented<RefusedFacts> = {
  delivery: text('Id of the refused delivery.'),
  source: text('Source that it was for.'),
  reason: text('Why it was refused.'),
  client: text('Address of the sender; null where it is not known.'),
  node: text('Name of the node that refused it.'),
  suppressed: number('Refusals of the source before this one that no event told of.'),
}

const CHANGED_FACTS: Documented<ConfigChangedFacts> = {
  version: text('Version of the config now in force.'),
  previous: text('Version of the config before.'),
  sources: number('Number of sources.'),
  programs: number('Number of programs.'),
  rules: number('Number of rules.'),
  node: text('Name of the node.'),
}

const FAULTY_FACTS: Documented<ConfigFaultyFacts> = {
  version: text('Version of the config that stays in force.'),
  code: text('Code of the error.'),
  faults: number('Number of faults.'),
  node: text('Name of the node.'),
}

/** Hookline's own events, and the facts of each. */
export const OWN_EVENTS = {
  'task.succeeded': { description: 'A task succeeded.', facts: TASK_FACTS },
  'task.failed': {
    description: 'An attempt failed, and the task will be tried again.',
    facts: TASK_FACTS,
  },
  'task.dead': {
    description: 'A task failed for good: it is not tried again by itself.',
    facts: TASK_FACTS,
  },
  'delivery.refused': {
    description: 'A delivery was refused; at most one event per source in ten seconds.',
    facts: REFUSED_FACTS,
  },
  'config.changed': { description: 'A changed config is in force.', facts: CHANGED_FACTS },
  'config.faulty': {
    description: 'A change of the config has faults; the config before it stays in force.',
    facts: FAULTY_FACTS,
  },
} as const satisfies EventCatalog & Readonly<Record<keyof OwnPayloads, unknown>>

export type OwnEventType = keyof typeof OWN_EVENTS
