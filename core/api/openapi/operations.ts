import { ACCESS_OPERATIONS } from './access-operations.ts'
import { CONFIG_OPERATIONS } from './config-operations.ts'
import type { Operation } from './operation.ts'
import { SERVICE_OPERATIONS } from './service-operations.ts'
import { TASK_OPERATIONS } from './task-operations.ts'

/** Every call of the API. A test holds them against the routes and their answers. */
export const OPERATIONS: readonly Operation[] = [
  ...SERVICE_OPERATIONS,
  ...TASK_OPERATIONS,
  ...CONFIG_OPERATIONS,
  ...ACCESS_OPERATIONS,
]
