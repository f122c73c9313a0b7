import { describe, expect, it } from 'vitest'
import { compileCondition } from '../../../core/conditions/condition.ts'
import type { RuleStep, RunningRule } from '../../../core/contracts/config.ts'
import type { Outcome, ProgramRun } from '../../../core/contracts/executor.ts'
import {
  addTask,
  createConfig,
  inState,
  SETTINGS,
  startWorker,
  storeForEach,
  until,
} from './setup.ts'

const opened = storeForEach()

const SUCCEEDED: Outcome = { status: 'succeeded', exitCode: 0, result: { image: 'shop:7' } }

const step = (program: string, more: Partial<RuleStep> = {}): RuleStep => {
  return {
    program,
    condition: null,
    params: null,
    policyKey: null,
    approval: null,
    policy: SETTINGS.policy,
    ...more,
  }
}

const when = (text: string) =>
  compileCondition(text, { facts: new Set(['branch']), hasPrevious: true })

/** A worker of programs `build`, `deploy` and `notify`; `outcomes` are those of each run that does not simply succeed. */
function start(steps: readonly RuleStep[], outcomes: Record<string, Outcome[]> = {}) {
  const runs: ProgramRun[] = []
  const run = async (given: ProgramRun) => {
    runs.push(given)
    return outcomes[given.program]?.shift() ?? SUCCEEDED
  }
  const settings = { retry: { ...SETTINGS.retry, attempts: 1 } }
  const follow: () => Promise<readonly Outcome[]> = async () => [SUCCEEDED]
  const program = { run, follow, cancel: async () => {}, settings }
  const programs = createConfig({ build: program, deploy: program, notify: program } as never)
  const rule = { id: 'rule', program: 'build', steps } as unknown as RunningRule
  let config = { ...programs, rules: [rule] }
  let ahead = 0
  startWorker(opened.store, () => config, { clock: () => Date.now() + ahead })
  const change = (changed: readonly RuleStep[]) => {
    config = { ...programs, rules: [{ ...rule, steps: changed }] }
  }
  const passMinutes = (minutes: number) => {
    ahead += minutes * 60_000
  }
  return { runs, change, passMinutes }
}

const follower = (id: string) => until(async () => (await opened.store.task(id))?.next)
const add = () => addTask(opened.store, 'build', { facts: { branch: 'main' }, payload: '{"a":1}' })

describe('the steps of a rule', () => {
  it('run one after the other, each with the end of the one before', async () => {
    const params = [
      { name: 'previous.result.image', default: null },
      { name: 'branch', default: null },
    ]
    const { runs } = start([step('deploy', { params }), step('notify')])
    const build = await add()
    const deploy = await follower(build)
    const notify = await follower(deploy)
    const last = await inState(opened.store, notify, 'succeeded')
    expect(runs.map(({ program, args }) => [program, args])).toEqual([
      ['build', []],
      ['deploy', ['shop:7', 'main']],
      ['notify', []],
    ])
    const previous = { task: build, program: 'build', exitCode: 0, result: { image: 'shop:7' } }
    expect(await opened.store.task(deploy)).toMatchObject({ step: 1, previous, next: notify })
    expect(last).toMatchObject({ step: 2, next: null, reason: null })
    const { env, stdin, event } = runs[1] as ProgramRun
    expect(JSON.parse(stdin)).toMatchObject({ previous, payload: { a: 1 } })
    expect(event.previous).toEqual(previous)
    expect(env).toMatchObject({
      ...{ WEBHOOK_PREVIOUS_TASK: build, WEBHOOK_PREVIOUS_PROGRAM: 'build' },
      ...{ WEBHOOK_PREVIOUS_EXIT_CODE: '0', WEBHOOK_PREVIOUS_RESULT: '{"image":"shop:7"}' },
    })
  })

  it('are passed over where their condition is false, and end where one cannot be evaluated', async () => {
    const { runs } = start([
      step('deploy', { condition: when("previous.result.image == 'other'") }),
      step('notify', { condition: when("branch == 'main' && previous.exitCode == 0") }),
      step('deploy', { condition: when('previous.result.none > 1') }),
      step('notify'),
    ])
    const build = await add()
    const notify = await follower(build)
    const ended = await inState(opened.store, notify, 'succeeded')
    expect((await opened.store.task(build))?.reason).toBe(
      '`deploy` is not run: its condition is false',
    )
    expect(ended).toMatchObject({ step: 2, next: null })
    expect(ended.reason).toMatch(/^`deploy` is not run: condition_invalid: .*none/)
    expect(runs.map(({ program }) => program)).toEqual(['build', 'notify'])
  })

  it('run where the payload does not tell which files were changed', async () => {
    start([
      step('deploy', { condition: when("branch == 'other' && changedFiles('src/**')") }),
      step('notify', { condition: when("branch == 'main' && changedFiles('src/**')") }),
    ])
    const notify = await follower(await add())
    expect(await inState(opened.store, notify, 'succeeded')).toMatchObject({ step: 2 })
  })

  it('wait for a success, by hand too, and are not run again by another one', async () => {
    const failed: Outcome = { status: 'failed', reason: 'no room' }
    const { runs } = start([step('deploy')], { build: [failed] })
    const build = await add()
    expect((await inState(opened.store, build, 'dead')).next).toBeNull()
    await opened.store.retry(build)
    const deploy = await follower(build)
    await inState(opened.store, deploy, 'succeeded')
    await opened.store.retry(build)
    await until(() => runs.length === 4)
    expect((await inState(opened.store, build, 'succeeded')).next).toBe(deploy)
    expect(runs.map(({ program }) => program)).toEqual(['build', 'build', 'deploy', 'build'])
    expect((await opened.store.tasks({ limit: 10 })).items).toHaveLength(2)
  })

  it('follow a run at an engine, too', async () => {
    start([step('deploy')], { build: [{ status: 'handed-over', ref: 'job-1', pollSeconds: 1 }] })
    const deploy = await follower(await add())
    const { previous } = await inState(opened.store, deploy, 'succeeded')
    expect(previous).toMatchObject({ exitCode: 0, result: { image: 'shop:7' } })
  })

  it('wait ten minutes for a node that has them, then are dead, and go no further', async () => {
    const { runs, change, passMinutes } = start([step('deploy'), step('notify')])
    const deploy = await follower(await add())
    await inState(opened.store, deploy, 'succeeded')
    change([step('notify')])
    await opened.store.retry(deploy)
    const reason = 'the rule `rule` has no `deploy` as its step 1'
    const waiting = await until(async () => {
      const task = await opened.store.task(deploy)
      return task?.state === 'waiting' && task.reason !== null ? task : null
    })
    expect(waiting).toMatchObject({ attempts: 0, reason: `${reason} here` })
    await opened.store.cancel(deploy)
    passMinutes(11)
    await opened.store.retry(deploy)
    expect((await inState(opened.store, deploy, 'dead')).reason).toBe(reason)
    expect(runs.filter(({ program }) => program === 'deploy')).toHaveLength(1)
  })
})
