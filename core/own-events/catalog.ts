import type { EventCatalog, FactDoc } from '../contracts/event.ts'
import type { PauseKind } from '../contracts/pause.ts'

/** Source name of Hookline's own events. No source in a config can have this name. */
export const OWN_SOURCE = 'hookline'
/** The event whose programs may read `approvalLink`. */
export const LINK_EVENT = `${OWN_SOURCE}.task.approval_requested`

/** Facts of Hookline's own events about a task. */
export interface OwnTaskFacts {
  readonly task: string
  readonly state: 'succeeded' | 'waiting' | 'dead'
  readonly program: string
  readonly rule: string
  readonly source: string
  readonly event_type: string
  readonly event_id: string
  readonly delivery: string
  readonly attempts: number
  readonly lost_attempts: number
  readonly exit_code: number | null
  readonly reason: string | null
  readonly node: string
  readonly duration_ms: number
}

/** Payload of Hookline's own events about a task: the facts and the output. */
export interface OwnTaskPayload extends OwnTaskFacts {
  /** The end of the attempt's output, at most 4096 characters, redacted. */
  readonly output: string
}

export interface RefusedFacts {
  readonly delivery: string
  readonly source: string
  readonly reason: string
  readonly client: string | null
  readonly node: string
  readonly suppressed: number
}

export interface PauseFacts {
  readonly kind: PauseKind
  readonly name: string
  readonly by: string
  readonly reason: string | null
  readonly node: string
}

export interface ConfigChangedFacts {
  readonly version: string
  readonly previous: string
  readonly sources: number
  readonly programs: number
  readonly rules: number
  readonly node: string
}

export interface ConfigFaultyFacts {
  readonly version: string
  readonly code: string
  readonly faults: number
  readonly node: string
}

export interface ConfigFaultyPayload extends ConfigFaultyFacts {
  /** Every fault with its location, as in the log. */
  readonly message: string
}

export interface TunnelChangedFacts {
  readonly plugin: string
  readonly state: 'up' | 'down'
  readonly url: string | null
  readonly reason: string | null
  readonly node: string
}

export interface SilentFacts {
  readonly kind: 'program' | 'rule'
  readonly name: string
  readonly within_seconds: number
  readonly last: string | null
  readonly node: string
}

export interface ApprovalRequestedFacts {
  readonly task: string
  readonly program: string
  readonly rule: string
  readonly source: string
  readonly event_type: string
  readonly event_id: string
  readonly delivery: string
  readonly by: string
  readonly until: string
  readonly node: string
}

export interface ApprovalEndedFacts extends Omit<ApprovalRequestedFacts, 'by' | 'until'> {
  readonly decision: 'approved' | 'rejected' | 'expired'
  readonly by: string | null
  readonly reason: string | null
}

/** Payloads of Hookline's own events by type: the facts, and what is too long for a fact. */
export interface OwnPayloads {
  readonly 'task.succeeded': OwnTaskPayload
  readonly 'task.failed': OwnTaskPayload
  readonly 'task.dead': OwnTaskPayload
  readonly 'task.approval_requested': ApprovalRequestedFacts
  readonly 'task.approval_ended': ApprovalEndedFacts
  readonly 'delivery.refused': RefusedFacts
  readonly 'source.paused': PauseFacts
  readonly 'source.resumed': PauseFacts
  readonly 'rule.paused': PauseFacts
  readonly 'rule.resumed': PauseFacts
  readonly 'program.paused': PauseFacts
  readonly 'program.resumed': PauseFacts
  readonly 'program.silent': SilentFacts
  readonly 'config.changed': ConfigChangedFacts
  readonly 'config.faulty': ConfigFaultyPayload
  readonly 'tunnel.changed': TunnelChangedFacts
}

type Documented<Facts> = Readonly<Record<keyof Facts, FactDoc>>

const text = (description: string): FactDoc => ({ type: 'string', description })
const number = (description: string): FactDoc => ({ type: 'number', description })

const TASK_FACTS: Documented<OwnTaskFacts> = {
  task: text('Id of the task.'),
  state: text('State of the task: `succeeded`, `dead`, or `waiting` for another attempt.'),
  program: text('Name of the program that ran.'),
  rule: text('Name of the rule that ran it.'),
  source: text('Source of the event that the task is about.'),
  event_type: text('Type of that event, without the source.'),
  event_id: text('Id of that event.'),
  delivery: text('Id of the delivery that contained it.'),
  attempts: number('Attempts so far, including this one.'),
  lost_attempts: number('Attempts that were lost with their node. They do not count as attempts.'),
  exit_code: number('Exit code of the attempt; null if there is none.'),
  reason: text('Why the attempt failed; null if it did not.'),
  node: text('Name of the node that ran it.'),
  duration_ms: number('Duration of the attempt in milliseconds.'),
}

const { task, program, rule, source, event_type, event_id, delivery } = TASK_FACTS
const APPROVED_TASK = { task, program, rule, source, event_type, event_id, delivery }

const REQUESTED_FACTS: Documented<ApprovalRequestedFacts> = {
  ...APPROVED_TASK,
  by: text('Who may approve it: names of tokens and roles, separated by commas.'),
  until: text('When it is cancelled if nobody has approved it.'),
  node: text('Name of the node that raised the event.'),
}

const ENDED_FACTS: Documented<ApprovalEndedFacts> = {
  ...APPROVED_TASK,
  decision: text('`approved`, `rejected`, or `expired`: nobody decided in time.'),
  by: text('Name of the token of who decided; null: nobody did.'),
  reason: text('Why it was not approved; null: it was.'),
  node: text('Name of the node that raised the event.'),
}

const REFUSED_FACTS: Documented<RefusedFacts> = {
  delivery: text('Id of the refused delivery.'),
  source: text('Name of the source that it was sent to.'),
  reason: text('Why it was refused.'),
  client: text('Address of the sender; null if unknown.'),
  node: text('Name of the node that refused it.'),
  suppressed: number('Refusals of the same source since its last event, not counting this one.'),
}

const PAUSED_FACTS: Documented<PauseFacts> = {
  kind: text('`source`, `rule` or `program`.'),
  name: text('Name of what is paused.'),
  by: text('Who paused it: the name of a token, or `breaker`.'),
  reason: text('Why; null if no reason was given.'),
  node: text('Name of the node that paused it.'),
}

const RESUMED_FACTS: Documented<PauseFacts> = {
  kind: text('`source`, `rule` or `program`.'),
  name: text('Name of what was paused.'),
  by: text('Who resumed it: the name of a token, or `breaker`.'),
  reason: text('Why it had been paused; null if no reason was given.'),
  node: text('Name of the node that resumed it.'),
}

const SILENT_FACTS: Documented<SilentFacts> = {
  kind: text('`program` or `rule`: where something is expected.'),
  name: text('Name of the program, or id of the rule.'),
  within_seconds: number('For how long it may be quiet.'),
  last: text('When its last task was made; null: none was since it is expected.'),
  node: text('Name of the node that noticed.'),
}

const CHANGED_FACTS: Documented<ConfigChangedFacts> = {
  version: text('Version of the config that is now in force.'),
  previous: text('Version of the previous config.'),
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

const TUNNEL_FACTS: Documented<TunnelChangedFacts> = {
  plugin: text('Name of the tunnel plugin.'),
  state: text('`up` or `down`.'),
  url: text('Where the internet reaches it, or did last; null if it was never open.'),
  reason: text('Why it is down; null if it is up.'),
  node: text('Name of the node.'),
}

/** Hookline's own events, and the facts of each. */
export const OWN_EVENTS = {
  'task.succeeded': { description: 'A task succeeded.', facts: TASK_FACTS },
  'task.failed': {
    description: 'An attempt failed, and the task will be retried.',
    facts: TASK_FACTS,
  },
  'task.dead': {
    description: 'A task failed for good: it is not retried automatically.',
    facts: TASK_FACTS,
  },
  'task.approval_requested': {
    description: 'A task waits for an approval.',
    facts: REQUESTED_FACTS,
  },
  'task.approval_ended': {
    description: 'A task was approved or rejected, or nobody did so in time.',
    facts: ENDED_FACTS,
  },
  'delivery.refused': {
    description: 'A delivery was refused; at most one event per source in ten seconds.',
    facts: REFUSED_FACTS,
  },
  'source.paused': { description: 'A source was paused.', facts: PAUSED_FACTS },
  'source.resumed': { description: 'A source was resumed.', facts: RESUMED_FACTS },
  'rule.paused': { description: 'A rule was paused.', facts: PAUSED_FACTS },
  'rule.resumed': { description: 'A rule was resumed.', facts: RESUMED_FACTS },
  'program.paused': {
    description: 'A program was paused by a person or by its breaker.',
    facts: PAUSED_FACTS,
  },
  'program.resumed': {
    description: 'A program was resumed by a person or by its breaker.',
    facts: RESUMED_FACTS,
  },
  'program.silent': {
    description: 'A program or a rule that something is expected of had nothing for too long.',
    facts: SILENT_FACTS,
  },
  'config.changed': { description: 'A changed config is in force.', facts: CHANGED_FACTS },
  'config.faulty': {
    description: 'A changed config has faults; the previous config stays in force.',
    facts: FAULTY_FACTS,
  },
  'tunnel.changed': {
    description:
      'The tunnel was opened, has ended, or has another URL. Not for every try to open it.',
    facts: TUNNEL_FACTS,
  },
} as const satisfies EventCatalog & Readonly<Record<keyof OwnPayloads, unknown>>

export type OwnEventType = keyof typeof OWN_EVENTS
