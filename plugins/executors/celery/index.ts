import { defineExecutor, interpreterPath, programFaults } from '../../../core/sdk/executor.ts'
import { createCelery } from './executor.ts'
import { options } from './options.ts'
import { serversOf } from './servers.ts'

/**
 * Hands a task over to Celery workers that run already, and follows it.
 *
 * - The id of the Celery task is the idempotency key of the run. With Redis as the broker, it is sent once for each key,
 *   however often Hookline or its node is killed; with others, at least once.
 * - It succeeds when the task does. What the task returned is the result; its exception is the reason.
 * - A cancellation revokes the task, and takes it out of the queue where the broker is Redis.
 */
export const celery = defineExecutor({
  name: 'celery',
  summary: 'Hands the event over to a Celery worker. Needs the Python package `celery`.',
  options,
  check: ({ interpreter }, { baseDir }) => {
    const command = [interpreterPath(interpreter, baseDir)]
    return programFaults({ command, option: 'interpreter', baseDir, path: process.env['PATH'] })
  },
  describe: ({ broker, backend, task, queue }) => {
    const place = placesOf({ broker, backend })?.broker.place ?? ''
    return {
      command: ['celery', place, task, ...(queue === undefined ? [] : [queue])],
      variables: [],
    }
  },
  permissions: (given) => {
    const places = placesOf(given)
    const refused = [
      // An allowed interpreter could be run with `-c`.
      given.interpreter !== options.shape.interpreter.parse(undefined) && {
        path: ['interpreter'],
        message: 'is for a config file to name',
      },
      Object.keys(given.settings).length > 0 && {
        path: ['settings'],
        message: 'can make Celery read files and run code',
      },
      given.serializer === 'pickle' && {
        path: ['serializer'],
        message: 'lets the message run code at the worker',
      },
    ]
    return {
      runs: [
        `celery:${places?.broker.place ?? ''}:${given.task}`,
        `celery-results:${places?.backend.place ?? ''}`,
      ],
      variables: [],
      folders: [],
      isRoot: false,
      refused: refused.filter((entry) => entry !== false),
    }
  },
  create: createCelery,
})

/** Null for URLs that `create` will refuse. */
function placesOf(urls: { readonly broker: string; readonly backend: string }) {
  try {
    return serversOf(urls)
  } catch {
    return null
  }
}
