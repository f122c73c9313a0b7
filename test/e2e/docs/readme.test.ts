import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { BIN } from '../../core/cli/cli-process.ts'
import { blocksOf, pageOf } from './pages.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'hookline-readme-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('README', () => {
  it('has a config that passes the check', { timeout: 60_000 }, async () => {
    const config = blocksOf(pageOf('README.md')).find(({ language }) => language === 'ts')
    writeFileSync(join(folder, 'webhook.config.ts'), config?.code ?? '')
    const env = { ...process.env, GITHUB_SECRET: 'of the test', CUSTOM_TOKEN: 'of the test' }
    const { stdout } = await run(process.execPath, [BIN, 'check'], { cwd: folder, env })
    expect(stdout).toContain('The config is valid.')
  })
})
