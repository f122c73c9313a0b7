import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ClaimHolder } from '../../../core/work/claim-holder.ts'

const FILE = join(import.meta.dirname, '../../../core/work/claim-holder.ts')
const NOW = 1_800_000_000_000
const until = NOW + 60_000

it('has what nobody holds, what it holds itself and what has ended', () => {
  const [one, other] = [new ClaimHolder('a'), new ClaimHolder('a')]
  expect(one.mayTake({ holder: null, until }, NOW)).toBe(true)
  expect(one.mayTake({ holder: one.text, until }, NOW)).toBe(true)
  // In one process, which runs: the name of the node says nothing.
  expect(one.mayTake({ holder: other.text, until }, NOW)).toBe(false)
  expect(one.mayTake({ holder: other.text, until }, until)).toBe(true)
})

it('has at once what a process held that was killed', async () => {
  const code = `const { ClaimHolder } = await import(${JSON.stringify(FILE)})
console.log(new ClaimHolder('other').text)
setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code])
  const [line] = await once(child.stdout, 'data')
  const claim = { holder: String(line).trim(), until }
  expect(new ClaimHolder('own').mayTake(claim, NOW)).toBe(false)
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
  expect(new ClaimHolder('own').mayTake(claim, NOW)).toBe(true)
})

it('succeeds elsewhere only a node of its name', () => {
  // Another boot, or a container that was started again.
  const claim = { holder: JSON.stringify(['0123abcd.1.99', 'a', 'x']), until }
  expect(new ClaimHolder('a').mayTake(claim, NOW)).toBe(true)
  expect(new ClaimHolder('b').mayTake(claim, NOW)).toBe(false)
  expect(new ClaimHolder('a').mayTake({ holder: 'an older form', until }, NOW)).toBe(false)
})
