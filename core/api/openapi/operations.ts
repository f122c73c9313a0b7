import { ACCESS_OPERATIONS } from './access-operations.ts'
import { CATCH_UP_OPERATIONS } from './catch-up-operations.ts'
import { CONFIG_OPERATIONS } from './config-operations.ts'
import { CONTENT_OPERATIONS } from './content-operations.ts'
import { JOB_OPERATIONS } from './job-operations.ts'
import { OBSERVE_OPERATIONS } from './observe-operations.ts'
import type { Operation } from './operation.ts'
import { PAUSE_OPERATIONS } from './pause-operations.ts'
import { PROGRAM_OPERATIONS } from './program-operations.ts'
import { REGISTRATION_OPERATIONS } from './registration-operations.ts'
import { SERVICE_OPERATIONS } from './service-operations.ts'
import { SOURCE_OPERATIONS } from './source-operations.ts'
import { TASK_OPERATIONS } from './task-operations.ts'
import { TRIAL_OPERATIONS } from './trial-operations.ts'

/** All operations of the API. A test compares them with the routes and their answers. */
export const OPERATIONS: readonly Operation[] = [
  ...SERVICE_OPERATIONS,
  ...TASK_OPERATIONS,
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
