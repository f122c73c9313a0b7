import { FLOOD_BYTES, testExecutor } from 'hookline/testing'
import { describe, it } from 'vitest'
import { createSubprocess, PYTHON } from './create-subprocess.ts'

// With the launcher, where this machine can have one; and as everywhere else.
describe.each(['auto', 'off'])(
  'subprocess passes the executor contract: launcher %s',
  (launcher) => {
    const program =
      (...command: readonly string[]) =>
      () =>
        createSubprocess({ command, launcher, killAfterSeconds: 1 })

    testExecutor(
      { describe, it },
      {
        stopSeconds: 3,
        programs: {
          succeed: program('true'),
          fail: program('false'),
          'fail-for-good': program('./no-such-program'),
          sleep: program('./sleep.sh'),
          stubborn: program('./stubborn.sh'),
          linger: program('./linger.sh'),
          flood: program('head', '-c', String(FLOOD_BYTES), '/dev/zero'),
          'invalid-utf8': program('./invalid-utf8.sh'),
          'close-output': program('./close-output.sh'),
          'hash-input': program(PYTHON, './hash-input.py'),
          'ignore-input': program('./ignore-input.sh'),
          'echo-args': program(PYTHON, './echo-args.py'),
          'echo-env': program(PYTHON, './echo-env.py'),
        },
      },
    )
  },
)
