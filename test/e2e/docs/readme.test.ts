import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { startService, until } from '../service.ts'
import { filesOn, writeAll } from './page-code.ts'

const run = promisify(execFile)
const top = join(import.meta.dirname, '../../..')
const readme = readFileSync(join(top, 'README.md'), 'utf8')
const BIN = join(top, 'core/cli/bin.ts')
const folder = mkdtempSync(join(tmpdir(), 'hookline-readme-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('README', () => {
  it('has a signed curl that works as pasted', { timeout: 60_000 }, async () => {
    cpSync(join(top, 'webhook.config.ts'), join(folder, 'webhook.config.ts'))
    cpSync(join(top, 'examples'), join(folder, 'examples'), { recursive: true })
    const service = await startService({ folder })
    try {
      const command = codeAfter('<!-- test: signed-curl -->').replace(
        'http://localhost:12345',
        service.url,
      )
      const { stdout } = await run('bash', ['-c', command], { cwd: folder })
      expect(JSON.parse(stdout)).toMatchObject({
        duplicate: false,
        tasks: [{ program: 'announce', rule: 'announce on github.push' }],
      })
      await until(
        () => service.get<{ tasks: { state: string }[] }>('/api/tasks'),
        ({ tasks: [task] }) => task?.state === 'succeeded',
      )
    } finally {
      await service.stop()
    }
  })

  it('has a config that passes the check', async () => {
    writeFileSync(join(folder, 'webhook.config.ts'), codeAfter('in the folder where you start it:'))
    const env = { ...process.env, GITHUB_SECRET: 'of the test', CUSTOM_TOKEN: 'of the test' }
    const { stdout } = await run(process.execPath, [BIN, 'check'], { cwd: folder, env })
    expect(stdout).toContain('The config is valid.')
  })
})

describe('docs/tunnel.md', () => {
  it('has a config that passes the check', async () => {
    const cwd = join(folder, 'tunnel')
    writeAll(cwd, new Map([...filesOn('tunnel.md'), ['deploy.py', 'print("deployed")\n']]))
    const env = { ...process.env, GITHUB_SECRET: 'of the test' }
    const { stdout } = await run(process.execPath, [BIN, 'check'], { cwd, env })
    expect(stdout).toContain('The config is valid.')
  })
})

/** The first code block after a text. */
function codeAfter(text: string): string {
  const found = /```\w+\n([\s\S]*?)```/.exec(readme.slice(readme.indexOf(text)))
  if (found?.[1] === undefined || !readme.includes(text)) throw new Error(`no code after: ${text}`)
  return found[1]
}
