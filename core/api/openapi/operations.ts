import { ACCESS_OPERATIONS } from './access-operations.ts'
import { CATCH_UP_OPERATIONS } from './catch-up-operations.ts'
import { CONFIG_OPERATIONS } from './config-operations.ts'
import { CONTENT_OPERATIONS } from './content-operations.ts'
import { DELIVERY_OPERATIONS } from './delivery-operations.ts'
import { JOB_OPERATIONS } from './job-operations.ts'
import { NODE_OPERATIONS } from './node-operations.ts'
import { OBSERVE_OPERATIONS } from './observe-operations.ts'
import type { Operation } from './operation.ts'
import { PAUSE_OPERATIONS } from './pause-operations.ts'
import { PROGRAM_OPERATIONS } from './program-operations.ts'
import { REGISTRATION_OPERATIONS } from './registration-operations.ts'
import { SERVICE_OPERATIONS } from './service-operations.ts'
import { SOURCE_OPERATIONS } from './source-operations.ts'
import { TASK_OPERATIONS } from './task-operations.ts'
import { TRIAL_OPERATIONS } from './trial-operations.ts'

/** What the operations of each tag are for. */
export const TAGS: Readonly<Record<string, string>> = {
  Webhooks: 'Where senders deliver.',
  Service: 'Whether the service is well, and what it offers.',
  Tasks: 'Runs of programs, with their output.',
  Deliveries: 'Requests of senders, with what became of them.',
  Nodes: 'The processes that share the store.',
  Observe: 'Figures, faults and changes.',
  Sources: 'The sources of the config, and the plugins that there are.',
  Registrations: 'Webhooks at their providers.',
  'Missed deliveries': 'Deliveries that did not arrive, asked for at their providers.',
  Jobs: 'Retries, cancellations and replays of many.',
  Programs: 'The programs of the config.',
  Rules: 'Conditions and rules, tried before they are in force.',
  Pauses: 'Sources, rules and programs whose tasks wait.',
  Config: 'The config, and the parts of it that the API may change.',
  Access: 'Tokens, browser sessions and the audit log.',
  Secrets: 'The keys that seal what is stored.',
}

/** All operations of the API. A test compares them with the routes and their answers. */
export const OPERATIONS: readonly Operation[] = [
  ...SERVICE_OPERATIONS,
  ...TASK_OPERATIONS,
  ...DELIVERY_OPERATIONS,
  ...NODE_OPERATIONS,
  ...CONTENT_OPERATIONS,
  ...OBSERVE_OPERATIONS,
  ...SOURCE_OPERATIONS,
  ...REGISTRATION_OPERATIONS,
  ...CATCH_UP_OPERATIONS,
  ...JOB_OPERATIONS,
  ...PROGRAM_OPERATIONS,
  ...TRIAL_OPERATIONS,
  ...PAUSE_OPERATIONS,
  ...CONFIG_OPERATIONS,
  ...ACCESS_OPERATIONS,
]
