import { expect, it } from 'vitest'
import { z } from 'zod'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'
import { processOptions } from '../../../../core/sdk/processes/options.ts'
import { ProcessRuns } from '../../../../core/sdk/processes/process-runs.ts'
import { countStdin } from '../../../plugins/executors/count-stdin.ts'
import { DATA_DIR } from '../../../plugins/executors/subprocess/create-subprocess.ts'

const CONTEXT = {
  ...{ name: 'program', baseDir: '/', dataDir: DATA_DIR },
  ...{ logger: SILENT_LOGGER, clock: Date.now },
}

it.each([
  ['event', 1],
  ['payload', 1],
  ['none', 0],
])('a run with the input `%s` makes it when it is started', async (stdin, count) => {
  const runs = new ProcessRuns(z.object(processOptions).parse({ stdin }), CONTEXT)
  const { run, reads } = countStdin()
  const { launch } = await runs.prepare(run, { program: 'true', args: [], env: {} })
  expect(reads()).toBe(0)
  launch.stdin?.()
  expect(reads()).toBe(count)
  await runs.close()
})
