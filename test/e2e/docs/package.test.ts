import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, type Service, startService, until } from '../service.ts'
import { expectEndWithNpm } from './npm-service.ts'
import { linksOf, PAGES } from './pages.ts'

const run = promisify(execFile)
const top = join(import.meta.dirname, '../../..')
// npm's own scripts must find the node of this run, not the system's.
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` }
const folder = mkdtempSync(join(tmpdir(), 'hookline-package-'))
const bin = join(folder, 'node_modules/hookline/dist/core/cli/bin.js')

beforeAll(async () => {
  await run('npm', ['pack', top, '--pack-destination', folder], { cwd: folder, env })
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  writeFileSync(join(folder, 'package.json'), '{ "name": "a-user-of-hookline", "private": true }')
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--omit=dev']
  await run('npm', ['install', ...flags, `./${tarball}`], { cwd: folder, env })
}, 180_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the package, packed and installed in an empty folder', () => {
  it('runs a config in TypeScript', { timeout: 60_000 }, async () => {
    writeFileSync(
      join(folder, 'webhook.config.ts'),
      `import { defineConfig, env } from 'hookline'
       import { subprocess } from 'hookline/executors'
       import { github } from 'hookline/sources'
       import { sqlite } from 'hookline/stores'
       export default defineConfig({
         sources: { github: github({ secret: env('GITHUB_SECRET', { generate: true }) }) },
         programs: { say: subprocess({ command: ['/bin/echo'], params: ['branch'] }) },
         rules: [{ on: 'github.push', when: "branch == 'main'", run: 'say' }],
         store: sqlite('./kept/here.db'),
       })`,
    )
    const service = await startService({ folder, bin })
    try {
      const sent = await run(
        process.execPath,
        [bin, 'send', 'github', '--event', 'push', '--url', service.url, '--wait'],
        { cwd: folder, env: { ...env, HOOKLINE_ADMIN_TOKEN: ADMIN_TOKEN } },
      )
      expect(sent.stdout).toContain('main')
      const page = await until(
        () => tasks(service),
        ({ tasks: [task] }) => task?.state === 'succeeded',
      )
      expect(page.tasks.map((task) => task.program)).toEqual(['say'])
      expect(await missingAssets(`${service.url}/sign-in`)).toEqual([])
    } finally {
      expect(await service.stop()).toBe(0)
    }
  })

  it('writes a config that compiles and runs', { timeout: 120_000 }, async () => {
    const fresh = join(folder, 'fresh')
    mkdirSync(fresh)
    const at = { cwd: fresh, env: { ...env, HOOKLINE_ADMIN_TOKEN: ADMIN_TOKEN } }
    await run(process.execPath, [bin, 'init', '--yes'], at)
    const compiler = join(top, 'node_modules/typescript/bin/tsc')
    await run(process.execPath, [compiler, '-p', fresh])
    const service = await startService({ folder: fresh, bin })
    try {
      const words = [bin, 'send', 'github', '--url', service.url, '--wait']
      const { stdout } = await run(process.execPath, words, at)
      expect(stdout).toContain('github.push arrived\n')
      expect(stdout).toMatch(/^ +branch: main$/m)
    } finally {
      expect(await service.stop()).toBe(0)
    }
    const other = join(fresh, 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'package.json'), '{ "type": "commonjs" }')
    await run(process.execPath, [bin, 'init', '--yes'], { ...at, cwd: other })
    await run(process.execPath, [compiler, '-p', other])
    const words = [bin, 'init', '--yes', '--force', '--format', 'json']
    await run(process.execPath, words, { ...at, cwd: other })
    const { $schema } = JSON.parse(readFileSync(join(other, 'webhook.config.json'), 'utf8'))
    expect($schema).toBe('../../node_modules/hookline/dist/config.schema.json')
    expect(JSON.parse(readFileSync(join(other, $schema), 'utf8')).title).toBe('Hookline config')
  })

  it('has no script that npm would run, or warn of, when it is installed', () => {
    const { scripts } = JSON.parse(
      readFileSync(join(folder, 'node_modules/hookline/package.json'), 'utf8'),
    )
    const ofInstall = /^(pre|post)?(install|prepare)$/
    expect(Object.keys(scripts).filter((name) => ofInstall.test(name))).toEqual([])
  })

  it('ends with the npx that started it', { timeout: 60_000 }, async () => {
    const words = ['hookline', 'start', '--port', '0', '--host', '127.0.0.1', '--data', 'of-npx']
    await expectEndWithNpm('npx', words, folder)
  })

  it('offers what plugin authors need', async () => {
    const script = `
      const names = await Promise.all(['hookline', 'hookline/sources', 'hookline/executors', 'hookline/stores', 'hookline/testing'].map((name) => import(name)))
      console.log(names.map((module) => Object.keys(module).length > 0).join())`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: folder,
    })
    expect(stdout.trim()).toBe('true,true,true,true,true')
  })

  it('has each module once, whichever entry imports it', async () => {
    const script = `
      const [executor, store, source] = await Promise.all(['executor', 'store', 'source'].map((kind) => import('hookline/sdk/' + kind)))
      const { github } = await import('hookline/sources')
      const file = import.meta.resolve('hookline/sources').replace('index.js', 'github/index.js')
      const named = await import(file)
      console.log(executor.HooklineError === store.HooklineError, executor.HooklineError === source.HooklineError, github === named.github)`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: folder,
    })
    expect(stdout.trim()).toBe('true true true')
  })

  it('carries the licenses of what it contains', () => {
    const text = readFileSync(join(folder, 'node_modules/hookline/dist/LICENSES.txt'), 'utf8')
    expect(text).toMatch(/^zod [\d.]+ \(MIT\)\n\nMIT License$/m)
  })

  it('writes a plugin whose test passes', { timeout: 60_000 }, async () => {
    const at = { cwd: folder, env: { PATH: env.PATH } }
    await run(process.execPath, [bin, 'plugin', 'new', 'source', 'mine'], at)
    const tested = await run(process.execPath, ['--test', 'plugins/mine.test.ts'], at)
    expect(tested.stdout).toMatch(/^. fail 0$/m)
  })

  it('names the packages that tracing needs', async () => {
    writeFileSync(join(folder, 'traced.json'), '{ "tracing": { "enabled": true } }')
    const words = [bin, 'check', '--config', 'traced.json']
    const failed = await run(process.execPath, words, { cwd: folder, env }).catch(
      (error: { stderr: string }) => error,
    )
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/tracing.*run `npm install @opentelemetry\/core .*sdk-trace`/s),
    })
  })

  it('has what its pages link to, but for the sources of plugins', () => {
    const missing = [...PAGES].flatMap(([page, text]) =>
      [
        page,
        ...linksOf(text).map((link) => join(dirname(page), link.split('#')[0] || basename(page))),
      ]
        .filter((path) => !path.startsWith('plugins/'))
        .filter((path) => !existsSync(join(folder, 'node_modules/hookline', path)))
        .map((path) => ({ page, path })),
    )
    expect(missing).toEqual([])
  })

  it('says what it needs on an older Node', async () => {
    const script = `Object.defineProperty(process.versions, 'node', { value: '20.1.0' }); await import(${JSON.stringify(bin)})`
    const failed = await run(process.execPath, ['--input-type=module', '--eval', script]).catch(
      (error: { code: number; stderr: string }) => error,
    )
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Hookline needs Node.js 22.18'),
    })
  })
})

function tasks(service: Service) {
  return service.get<{ tasks: { state: string; program: string }[] }>('/api/tasks')
}

/** The scripts and styles of a page that the service does not have. */
async function missingAssets(page: string): Promise<string[]> {
  const html = await (await fetch(page)).text()
  const assets = [...html.matchAll(/(?:src|href)="([^"]+\.(?:js|css|svg)[^"]*)"/g)].map(
    ([, path = '']) => new URL(path, page).href,
  )
  expect(assets.length).toBeGreaterThan(1)
  const answers = await Promise.all(assets.map((asset) => fetch(asset)))
  return answers.filter(({ ok }) => !ok).map(({ url }) => url)
}
