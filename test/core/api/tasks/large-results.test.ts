import { describe, expect, it } from 'vitest'
import type { NextTask, StoreInstance } from '../../../../core/contracts/store.ts'
import { createId } from '../../../../core/kit/id.ts'
import {
  acceptTask,
  claimOne,
  makeSettlement,
} from '../../../../core/testing/store-cases/make-entry.ts'
import { call } from '../access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

const LARGE = 'x'.repeat(5000)

interface Shown {
  readonly id: string
  readonly result: unknown
  readonly previous: { readonly result: unknown } | null
  readonly leftOut?: readonly string[]
}

/** Runs a task with a result, and adds the next step. */
async function succeed(store: StoreInstance, value: string): Promise<string> {
  await acceptTask(store)
  const { task, lease } = await claimOne(store)
  const { id, rule, program, policyKey, priority } = task
  const result = JSON.stringify(value)
  const next: NextTask = {
    ...{ id: createId('tsk'), rule, program, dueAt: Date.now() + 3_600_000, policyKey, priority },
    ...{ replaces: 'none', step: 1, previous: { program, exitCode: 0, result } },
  }
  await store.settle(lease, makeSettlement({ result, next }))
  return id
}

describe('a list of tasks', () => {
  it.each([
    ['small', undefined, undefined],
    [LARGE, ['result'], ['previous.result']],
  ])('leaves large results out, and says so (case %#)', async (value, own, next) => {
    const opened = await openApp({})
    const id = await succeed(opened.store, value)
    const get = async (path: string) => {
      const answer = await call(opened, `GET ${path}`, { token: ADMIN_TOKEN })
      return (await answer.json()) as Shown & { readonly tasks: readonly Shown[] }
    }
    const { tasks } = await get('/api/tasks')
    expect(tasks.map(({ leftOut }) => leftOut)).toEqual([next, own])
    const listed = own === undefined ? value : null
    expect(tasks.map(({ result, previous }) => previous?.result ?? result)).toEqual([
      listed,
      listed,
    ])
    expect(await get(`/api/tasks/${id}`)).toMatchObject({ result: value })
  })

  it('is not read with them from the store, where they are larger still', async () => {
    const { store } = await openApp({})
    await succeed(store, 'ü'.repeat(40_000))
    const { items } = await store.tasks({ limit: 10 })
    const read = items.map(({ leftOut, result, previous }) => [leftOut, previous?.result ?? result])
    expect(read).toEqual([
      [['previous.result'], null],
      [['result'], null],
    ])
  })
})
