import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIN, bareEnv, cli, emptyFolder } from './cli-process.ts'
import { NO_TERMINAL, openTerminal } from './terminal.ts'

const START_SECONDS = 20
const { folder, remove } = emptyFolder()
let service: ChildProcess
let output = ''
let errors = ''
let url = ''

const run = (...args: string[]) => cli(args, { cwd: folder, env: { HOOKLINE_URL: url } })
const failedTask = async () =>
  (await json('tasks', '--state', 'dead', '--program', 'fail')).tasks[0]
const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout)

beforeAll(async () => {
  await cli(['init', '--source', 'github,custom'], { cwd: folder })
  const program = 'console.log("out"); console.error("err"); process.exitCode = 3'
  writeFileSync(join(folder, 'fail.mjs'), program)
  const config = {
    programs: {
      fail: {
        use: 'subprocess',
        options: { command: ['node', '../fail.mjs'], retry: { attempts: 1 } },
      },
    },
    rules: [{ on: 'custom.fail', run: 'fail' }],
  }
  mkdirSync(join(folder, 'webhooks.d'))
  writeFileSync(join(folder, 'webhooks.d/fail.json'), JSON.stringify(config))
  service = spawn(process.execPath, [BIN, 'start', '--port', '0', '--host', '127.0.0.1'], {
    cwd: folder,
    env: bareEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  service.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const timer = setTimeout(() => service.kill('SIGKILL'), START_SECONDS * 1000)
  for await (const chunk of service.stdout ?? []) {
    output += chunk
    if (/ tasks\n/.test(output)) break
  }
  clearTimeout(timer)
  url = /running at (http:\S+)/.exec(output)?.[1] ?? ''
}, 60_000)
afterAll(() => {
  service.kill('SIGKILL')
  remove()
})

describe('hookline start, for the first time', { timeout: 60_000 }, () => {
  it('shows addresses, generated secrets, the admin token, and where they are stored', () => {
    expect(output).toMatch(/github +http:\S+\/api\/webhooks\/github +github/)
    // It was asked to listen on any port.
    expect(output).toContain(`http://localhost:${new URL(url).port}/api/webhooks/github `)
    const secret = readFileSync(join(folder, 'data/secrets/GITHUB_SECRET'), 'utf8').trim()
    expect(output).toContain(secret)
    const token = readFileSync(join(folder, 'data/admin-token'), 'utf8').trim()
    expect(output).toContain(token)
    expect(output).toContain('data/admin-token')
  })

  it('gives two commands that work as pasted', async () => {
    const lines = output.split('\n')
    const pasted = lines.filter((line) => /^ {2}(\S*node|npm|npx) /.test(line))
    expect(pasted).toHaveLength(2)
    const answers: string[] = []
    for (const line of pasted) {
      const { stdout } = await promisify(execFile)('sh', ['-c', line], { cwd: folder })
      answers.push(stdout)
    }
    const [, id] = /\((tsk_\w+)\): succeeded\n$/.exec(answers[0] ?? '') ?? []
    expect(id).toBeDefined()
    expect(answers[1]).toMatch(new RegExp(`^TASK .*\n${id} +succeeded `))
  })
})

describe('the commands of a running service', { timeout: 60_000 }, () => {
  it('send --wait prints the output and the state, with exit code 0', async () => {
    const { code, stdout, stderr } = await run('send', 'github', '--wait')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('github.push arrived\n')
    expect(stdout).toMatch(/show \(tsk_\w+\): succeeded\n$/)
  })

  it('exits with 1 if a task failed, and keeps its standard error apart', async () => {
    const { code, stdout, stderr } = await run('send', 'custom', '--event', 'fail', '--wait')
    expect(code).toBe(1)
    expect(stderr).toBe('err\n')
    expect(stdout).toContain('out\n')
    expect(stdout).toMatch(/fail \(tsk_\w+\): dead: .*\b3\b.*\nSee `hookline task tsk_\w+`/)
  })

  it('lists and shows tasks and deliveries', async () => {
    const { id, delivery } = await failedTask()
    expect((await run('tasks')).stdout).toContain(id)
    expect((await run('task', id)).stdout).toMatch(/state: +dead\n[\s\S]*exit code: +3\n/)
    expect((await run('deliveries', '--source', 'custom')).stdout).toContain(delivery)
    const explained = (await run('explain', delivery)).stdout
    expect(explained).toMatch(/rule .*: matched, so fail: task tsk_\w+ \(dead\)/)
  })

  it('prints the log of a task, at once or to its end', async () => {
    const { id } = await failedTask()
    const whole = { code: 0, stdout: 'out\n', stderr: 'err\n' }
    expect(await Promise.all([run('logs', id), run('logs', '-f', id)])).toEqual([whole, whole])
  })

  it('retries a task and replays a delivery', async () => {
    const { id, delivery } = await failedTask()
    expect(await json('retry', id)).toMatchObject({ id, attempts: 0 })
    const replayed = await json('replay', delivery)
    expect(replayed.delivery).not.toBe(delivery)
    const task = replayed.tasks.find(({ program }: { program: string }) => program === 'fail')
    expect(task.id).not.toBe(id)
    expect((await run('logs', '-f', task.id)).stdout).toBe('out\n')
    expect((await run('logs', '-f', id)).stdout).toBe('out\nout\n')
    const waited = await run('replay', delivery, '--wait')
    expect(waited).toMatchObject({ code: 1, stderr: 'err\n' })
    expect(waited.stdout).toMatch(/TASK .*\n.*\n(.*\n)*out\nfail \(tsk_\w+\): dead: /)
  })

  it('reports a command that does not fit the task, and unknown tasks', async () => {
    const { tasks } = await json('tasks', '--state', 'succeeded', '--limit', '1')
    const cancelled = await run('cancel', tasks[0].id)
    expect(cancelled).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('task_already_settled'),
    })
    const unknown = await run('task', 'tsk_none')
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('code: task_unknown'),
    })
    const refused = await run('tasks', '--token', 'wrong')
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('code: unauthorized'),
    })
  })

  it('stops at SIGTERM with exit code 0; then nothing answers', async () => {
    expect({ code: service.exitCode, signal: service.signalCode, errors }).toEqual({
      ...{ code: null, signal: null, errors: '' },
    })
    const exited = once(service, 'exit')
    service.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    const { code, stderr } = await run('tasks')
    expect(code).toBe(1)
    expect(stderr).toMatch(/ECONNREFUSED[\s\S]*code: service_unreachable[\s\S]*hookline start/)
  })
})

describe.skipIf(NO_TERMINAL)('hookline start on a terminal', () => {
  it('has a log for people, and says what a stop waits for', { timeout: 60_000 }, async () => {
    const place = emptyFolder()
    const slow = { use: 'subprocess', options: { command: ['sleep', '30'] } }
    writeFileSync(join(place.folder, 'webhook.config.json'), JSON.stringify({ programs: { slow } }))
    const args = ['start', '--port', '0', '--host', '127.0.0.1']
    const terminal = openTerminal(args, { cwd: place.folder })
    try {
      await terminal.shows('listening')
      expect(terminal.text()).toMatch(/INFO.*listening/)
      await terminal.shows('Hookline is running at')
      expect(await cli(['run', 'slow'], { cwd: place.folder })).toMatchObject({ code: 0 })
      await terminal.shows('task started')
      const cancel = openTerminal(['cancel', '--all', '--program', 'slow'], { cwd: place.folder })
      await cancel.shows('Cancel 1 task? [y/N]')
      cancel.type('n\r')
      await cancel.shows('Nothing was done.')
      expect(await cancel.ended).toBe(1)
      terminal.type('\u0003')
      await terminal.shows('stopping, waits up to 30 s for one program')
      // Within half a second, it would be taken for the same one.
      await new Promise((resolve) => setTimeout(resolve, 600))
      terminal.type('\u0003')
      expect(await terminal.ended).toBe(130)
    } finally {
      terminal.type('\u0003')
      place.remove()
    }
  })
})
