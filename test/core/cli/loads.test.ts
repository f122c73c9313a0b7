import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { cli, emptyFolder } from './cli-process.ts'

const { folder, remove } = emptyFolder()
const PRINT_LOADED = `
  import { registerHooks } from 'node:module'
  registerHooks({ load: (url, context, next) => (process.stderr.write(url + '\\n'), next(url, context)) })`

afterAll(remove)

it.each([
  ["payload.branch == 'main'", []],
  ["payload.branch.matches('^release')", ['re2js']],
])('loads for the condition %s no library that it does without', async (when, libraries) => {
  const config = { rules: [{ on: 'hookline', when, run: 'list' }] }
  const programs = { list: { use: 'subprocess', options: { command: ['ls'] } } }
  writeFileSync(join(folder, 'webhook.config.json'), JSON.stringify({ ...config, programs }))
  const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(PRINT_LOADED)}`]
  const { code, stderr } = await cli(['check'], { cwd: folder, nodeArgs })
  expect(code, stderr).toBe(0)
  const loaded = new Set(stderr.match(/(?<=\/node_modules\/)(re2js|picomatch|cosmiconfig)(?=\/)/g))
  expect(loaded).toEqual(new Set(['cosmiconfig', ...libraries]))
})
