import { describe, expect, it } from 'vitest'
import { compileCondition } from '../../../../core/conditions/condition.ts'
import { knownNames } from '../../../../core/conditions/known-names.ts'
import { builtInSources } from '../../../../core/config/modules/built-in.ts'
import { FUNCTIONS } from '../../../../core/dashboard/pages/playground/functions.ts'

const commit = { message: 'fix it', author: { name: 'mona' } }
const EVENT = {
  ...{ id: 'evt_1', source: 'github', type: 'push', senderId: null, deliveryId: 'dlv_1' },
  receivedAt: new Date(0),
  facts: { branch: 'main', sender: 'mona', message: 'fix it' },
  payload: { size: 2, commits: [commit, commit] },
}

describe('the examples of functions', () => {
  it.each(Object.entries(FUNCTIONS))('%s works for a push: %s', async (_name, example) => {
    const github = (await builtInSources()).find(({ name }) => name === 'github')
    const known = knownNames('github.push', github?.events ?? null)
    const condition = compileCondition(example, known)
    expect(condition.evaluate(EVENT)).toBeTypeOf('boolean')
  })
})
