import {
  defineExecutor,
  describePublish,
  packageFaults,
  publishPermissions,
} from '../../../core/sdk/executor.ts'
import { createTemporal } from './executor.ts'
import { options } from './options.ts'
import { PACKAGES } from './session.ts'

/**
 * Starts a workflow of Temporal and follows it until it has ended.
 *
 * - The id of the workflow is the same for every run of an attempt, so that none is run twice while Temporal keeps it.
 * - The result is that of the workflow; the reason of a failure is its chain of causes.
 * - Cancelling asks the workflow to end, and terminates it after `terminateAfterSeconds`.
 */
export const temporal = defineExecutor({
  name: 'temporal',
  summary: 'Starts a workflow of Temporal and follows it. Needs the package `@temporalio/client`.',
  options,
  check: () => packageFaults(PACKAGES),
  describe: ({ address, namespace, taskQueue, workflow }) =>
    describePublish('temporal', address, namespace, taskQueue, workflow),
  permissions: ({ address, namespace }) => publishPermissions([`temporal:${address}/${namespace}`]),
  create: createTemporal,
})
