import { FLOOD_BYTES, testExecutor } from 'hookline/testing'
import { describe, it } from 'vitest'
import { createPython, MODES } from './create-python.ts'

describe.each(MODES)('python passes the executor contract: %s', (mode) => {
  const program =
    (...args: readonly string[]) =>
    () =>
      createPython({
        script: './contract.py',
        args,
        mode,
        preload: ['subprocess'],
        killAfterSeconds: 1,
      })
  testExecutor(
    { describe, it },
    {
      // A cold start of Python is no match for a machine that does much else.
      stopSeconds: 6,
      runsAtOnce: 20,
      programs: {
        succeed: program('succeed'),
        fail: program('fail'),
        'fail-for-good': () => createPython({ script: './no-such-script.py', mode }),
        sleep: program('two_that_sleep'),
        stubborn: program('stubborn'),
        linger: program('linger'),
        flood: program('flood', String(FLOOD_BYTES)),
        'invalid-utf8': program('invalid_utf8'),
        'close-output': program('close_output'),
        'hash-input': program('hash_input'),
        'ignore-input': program('ignore_input'),
        'echo-args': program('echo_args'),
        'echo-env': program('echo_env'),
      },
    },
  )
})
