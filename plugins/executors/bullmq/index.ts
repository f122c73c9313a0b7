import {
  defineExecutor,
  describePublish,
  packageFaults,
  publishPermissions,
  redisServer,
} from '../../../core/sdk/executor.ts'
import { createBullmq } from './executor.ts'
import { options } from './options.ts'
import { PACKAGES } from './session.ts'

/**
 * Adds a job to a queue of BullMQ, and follows it until a worker has finished it.
 *
 * - The id of the job is the same for every run of an attempt, so that none is run twice while the job is kept.
 * - The result is the return value of the job; its log and stack traces are the output.
 * - Cancelling removes a job that no worker has begun. One that has begun goes on.
 */
export const bullmq = defineExecutor({
  name: 'bullmq',
  summary:
    'Adds a job to a queue of BullMQ and follows it. Needs the packages `bullmq` and `@redis/client`.',
  options,
  check: () => packageFaults(PACKAGES),
  describe: ({ connection, queue, jobName }) =>
    describePublish('bullmq', redisServer.hostOf(connection), queue, jobName),
  permissions: ({ connection }) => publishPermissions([`bullmq:${redisServer.hostOf(connection)}`]),
  create: createBullmq,
})
