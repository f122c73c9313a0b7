import { FLOOD_BYTES, testExecutor } from 'hookline/testing'
import { describe, it } from 'vitest'
import { createDocker } from './create-docker.ts'
import { engine, findEngine } from './engine.ts'

const { skip } = await findEngine()

const mounts = [{ source: '.', target: '/programs' }]
const program = (...command: readonly string[]) =>
  skip === null ? () => createDocker({ command, mounts }) : { skip }
const script = (text: string) => program('sh', '-c', text)
// The host name of a container is the beginning of its id.
const twoSleep = 'sleep 60 & echo "running $HOSTNAME/$$"; echo "running $HOSTNAME/$!"; wait'

describe('docker passes the executor contract', () => {
  testExecutor(
    { describe, it },
    {
      stopSeconds: 10,
      // A start takes a second where an engine has little to run on.
      runsAtOnce: 5,
      isRunning: isContainerRunning,
      programs: {
        succeed: program('true'),
        fail: program('false'),
        'fail-for-good':
          skip === null ? () => createDocker({ image: 'hookline-test:missing' }) : { skip },
        sleep: script(twoSleep),
        stubborn: script(`trap "" TERM; ${twoSleep}`),
        linger: script('sleep 60 & echo "running $!"'),
        flood: program('head', '-c', String(FLOOD_BYTES), '/dev/zero'),
        'invalid-utf8': script(String.raw`printf '\377\376\200\303\050\000\n'`),
        'close-output': script('exec >&-; sleep 0.1; echo "still here" >&2'),
        'hash-input': script('sha256sum | cut -d " " -f 1'),
        'ignore-input': program('true'),
        'echo-args': program('awk', '-f', '/programs/echo-args.awk', '--'),
        'echo-env': program('awk', '-f', '/programs/echo-env.awk'),
      },
    },
  )
})

// Every process of a container ends with it.
async function isContainerRunning(id: string): Promise<boolean> {
  const { status, text } = await engine('GET', `/containers/${id.split('/')[0]}/json`)
  return status !== 404 && JSON.parse(text).State.Running
}
