import { expect, it } from 'vitest'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { missingTool } from '../../../requirements.ts'
import { createSubprocess } from './create-subprocess.ts'

// All else about restrictions is in restrictions.test.ts, for every way to start a program.
it.skipIf(missingTool('prlimit', 'nice', 'setpriv') !== null).each(['auto', 'off'])(
  'what stands in front is not taken for the program: launcher %s (needs Linux and util-linux)',
  async (launcher) => {
    const attempt = async (...command: readonly string[]) => {
      const options = { launcher, noNewPrivileges: true, nice: 1, limits: { openFiles: 64 } }
      const executor = createSubprocess({ command, ...options })
      const outcome = await executor.run(makeRun().run)
      await executor.close?.()
      return outcome
    }
    expect(await attempt('./no-such-program')).toEqual({
      status: 'failed',
      retryable: false,
      reason: expect.stringMatching(/^program_not_found:/),
    })
    expect(await attempt('./end-with.sh', '126')).toEqual({
      status: 'failed',
      reason: 'exited with code 126',
      exitCode: 126,
    })
  },
)
