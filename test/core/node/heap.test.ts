import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const PROGRAM = `
  import { getHeapSpaceStatistics } from 'node:v8'
  import { boundHeap } from '${new URL('../../../core/node/heap.ts', import.meta.url)}'
  const kept = []
  let most = 0
  if (process.argv[1] === 'bound') boundHeap()
  for (let turn = 0; turn < 2_000; turn++) {
    for (let index = 0; index < 2_000; index++) {
      kept[(turn * 2_000 + index) % 300_000] = { turn, index, both: [turn, index] }
    }
    const space = getHeapSpaceStatistics().find((each) => each.space_name === 'new_space')
    most = Math.max(most, space.space_used_size + space.space_available_size)
    await new Promise((resolve) => setImmediate(resolve))
  }
  process.stdout.write(String(most / 2 ** 20))
`

test('bounds what is kept for new objects', async () => {
  expect(await roomMiB('as ever')).toBeGreaterThan(12)
  const bound = await roomMiB('bound')
  expect(bound).toBeGreaterThan(7)
  expect(bound).toBeLessThan(9)
})

async function roomMiB(how: 'as ever' | 'bound'): Promise<number> {
  const options = ['--input-type=module', '--eval', PROGRAM, how]
  const { stdout } = await promisify(execFile)(process.execPath, options)
  return Number(stdout)
}
