import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { FLOOD_BYTES, testExecutor } from 'hookline/testing'
import { afterAll, describe, it } from 'vitest'
import { PYTHON } from '../subprocess/create-subprocess.ts'
import { createKubernetes } from './create-kubernetes.ts'

// In a process of its own: what it holds in memory does not count.
const CLUSTER = join(import.meta.dirname, '../../../fixtures/kubernetes/run-cluster.ts')
const cluster = spawn(process.execPath, [CLUSTER], { stdio: ['pipe', 'pipe', 'inherit'] })
const kubeconfig = String((await once(cluster.stdout, 'data'))[0]).trim()
afterAll(async () => {
  cluster.stdin.end()
  await once(cluster, 'exit')
})

const programs = join(import.meta.dirname, '../../../fixtures/programs')
const program =
  (...command: readonly string[]) =>
  () =>
    createKubernetes({ kubeconfig, command })
const script = (text: string) => program('sh', '-c', text)
const twoSleep = 'sleep 60 & echo "running $$"; echo "running $!"; wait'
const TOO_LARGE = { skip: 'the event is given by a Secret, which holds 1 MiB' }

describe('kubernetes passes the executor contract', () => {
  testExecutor(
    { describe, it },
    {
      stopSeconds: 10,
      handsOver: true,
      programs: {
        succeed: program('true'),
        fail: program('false'),
        'fail-for-good': () => createKubernetes({ kubeconfig, image: 'missing:1' }),
        sleep: script(twoSleep),
        stubborn: script(`trap "" TERM; ${twoSleep}`),
        linger: script('sleep 60 & echo "running $!"'),
        flood: program('head', '-c', String(FLOOD_BYTES), '/dev/zero'),
        'invalid-utf8': script(String.raw`printf '\377\376\200\303\050\000\n'`),
        'close-output': { skip: 'the log of a pod does not tell the two outputs apart' },
        'hash-input': TOO_LARGE,
        'ignore-input': TOO_LARGE,
        'echo-args': program(PYTHON, join(programs, 'echo-args.py')),
        'echo-env': program(PYTHON, join(programs, 'echo-env.py')),
      },
    },
  )
})
