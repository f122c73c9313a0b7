import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../../../core/testing/executor-cases/case.ts'
import { makeRun, type RunSettings } from '../../../../core/testing/make-run.ts'
import { createDocker } from './create-docker.ts'
import { containersWith, engine, findEngine } from './engine.ts'

const { skip } = await findEngine()
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hookline-mount-'))
  writeFileSync(join(folder, 'given.txt'), 'given')
})
afterAll(() => rmSync(folder, { recursive: true }))

async function outputOf(options: object, settings: RunSettings = {}) {
  const made = makeRun(settings)
  const outcome = await createDocker(options, { baseDir: folder }).run(made.run)
  const { stdout, stderr } = made.output()
  return { outcome, stdout: stdout.toString(), stderr: stderr.toString() }
}

const shell = (text: string) => ({ command: ['sh', '-c', text] })

describe.skipIf(skip !== null)('a container of the docker executor', () => {
  it('is closed by default', async () => {
    const { stdout, stderr } = await outputOf(
      shell(`grep -E '^(CapPrm|CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status
        ls /sys/class/net
        touch /made /bin/made; touch /tmp/made && echo tmp-is-writable
        ping -c 1 -W 1 192.0.2.1`),
    )
    expect(stdout).toMatch(/^CapPrm:\s+0+$/m)
    expect(stdout).toMatch(/^CapEff:\s+0+$/m)
    expect(stdout).toMatch(/^CapBnd:\s+0+$/m)
    expect(stdout).toMatch(/^NoNewPrivs:\s+1$/m)
    expect(stdout).toMatch(/^lo\n(?!\w+\n)/m)
    expect(stdout).toMatch(/^tmp-is-writable$/m)
    expect(stderr).toMatch(/\/made: Read-only file system/)
    expect(stderr).toMatch(/\/bin\/made: Read-only file system/)
    expect(stderr).toMatch(/Network is unreachable|permission denied/i)
  })

  it('has the limits and the labels that it was given', async () => {
    const made = makeRun()
    const outcome = createDocker({
      ...shell('echo up; cat; sleep 30'),
      memoryBytes: 64 * 1024 * 1024,
      cpus: 0.5,
      maxProcesses: 20,
      labels: { team: 'a' },
    }).run(made.run)
    const running = async () =>
      (await containersWith('team=a')).filter(({ State }) => State === 'running')
    await until('the container runs', async () => (await running()).length === 1)
    const [container] = await running()
    const { text } = await engine('GET', `/containers/${container?.Id}/json`)
    made.abort('cancelled')
    await outcome
    const { HostConfig: host, Config: config } = JSON.parse(text)
    expect(host).toMatchObject({
      Memory: 64 * 1024 * 1024,
      MemorySwap: 64 * 1024 * 1024,
      NanoCpus: 500_000_000,
      PidsLimit: 20,
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      Privileged: false,
    })
    expect(config.Labels).toMatchObject({
      team: 'a',
      'hookline.task': made.run.taskId,
      'hookline.attempt': '1',
      'hookline.program': 'contract',
      'hookline.rule': 'contract',
    })
    expect(await containersWith('team=a')).toEqual([])
  })

  it('cannot start more processes than its limit', async () => {
    const { stderr } = await outputOf({
      ...shell('for i in $(seq 30); do sleep 5 & done; kill $(jobs -p)'),
      maxProcesses: 8,
    })
    expect(stderr).toMatch(/can't fork/)
  })

  it('cannot fill more than its /tmp', async () => {
    const { stderr } = await outputOf({
      ...shell('dd if=/dev/zero of=/tmp/file bs=4096 count=1000'),
      tmpBytes: 1_048_576,
    })
    expect(stderr).toMatch(/No space left/)
  })

  it('tells a program that ran out of memory apart', async () => {
    const { outcome } = await outputOf({
      command: ['tail', '/dev/zero'],
      memoryBytes: 32 * 1024 * 1024,
    })
    expect(outcome).toEqual({
      status: 'failed',
      reason: expect.stringMatching(/^out_of_memory: .* 32 MiB.*memoryBytes/),
      exitCode: 137,
    })
  })

  it('tells a killed program from one out of memory', async () => {
    const { outcome } = await outputOf(shell('kill -9 $$'))
    expect(outcome).toMatchObject({ reason: 'exited with code 137 (signal 9)', exitCode: 137 })
  })

  it('runs as the user, in the folder and with the variables it was given', async () => {
    const { stdout } = await outputOf(
      {
        ...shell('id -u; id -g; pwd; echo "$ONE $TWO $WEBHOOK_TYPE"'),
        user: '1234:2345',
        cwd: '/tmp',
        env: { ONE: '1', WEBHOOK_TYPE: 'own' },
        secretEnv: { TWO: '2' },
      },
      { env: { WEBHOOK_TYPE: 'push' } },
    )
    expect(stdout).toBe('1234\n2345\n/tmp\n1 2 push\n')
  })

  it('mounts from the folder of the config, to be written only where that is said', async () => {
    const { stdout, stderr, outcome } = await outputOf({
      ...shell('cat /in/given.txt; echo new > /in/given.txt; echo made > /out/made.txt'),
      mounts: [
        { source: '.', target: '/in' },
        { source: folder, target: '/out', readOnly: false },
      ],
    })
    expect(stdout).toBe('given')
    expect(stderr).toMatch(/\/in\/given.txt: Read-only file system/)
    expect(outcome.status).toBe('succeeded')
    expect(readFileSync(join(folder, 'given.txt'), 'utf8')).toBe('given')
    expect(readFileSync(join(folder, 'made.txt'), 'utf8')).toBe('made\n')
  })

  it.each([
    ['event', '{"payload":{"size":3}}'],
    ['payload', '{"size":3}'],
    ['none', ''],
  ])('reads: %s', async (stdin, text) => {
    const { stdout } = await outputOf(
      { command: ['cat'], stdin },
      { stdin: '{"payload":{"size":3}}', payload: { size: 3 } },
    )
    expect(stdout).toBe(text)
  })

  it('gives the last line as the result, where it is JSON', async () => {
    const { outcome } = await outputOf(shell(`echo first; echo '{"words":6}'`))
    expect(outcome).toEqual({ status: 'succeeded', exitCode: 0, result: { words: 6 } })
  })

  it('keeps the two outputs apart, and gives the exit code', async () => {
    const { stdout, stderr, outcome } = await outputOf(shell('echo out; echo err >&2; exit 3'))
    expect({ stdout, stderr }).toEqual({ stdout: 'out\n', stderr: 'err\n' })
    expect(outcome).toEqual({ status: 'failed', reason: 'exited with code 3', exitCode: 3 })
  })

  it('can be opened where the options say so', async () => {
    const { stdout } = await outputOf({
      ...shell('grep CapEff /proc/self/status; touch /made && echo written; echo "pid $$"'),
      readOnly: false,
      capAdd: ['CHOWN'],
      init: false,
    })
    expect(stdout).toMatch(/CapEff:\s+0+1$/m)
    expect(stdout).toMatch(/^written$/m)
    expect(stdout).toMatch(/^pid 1$/m)
  })
})
