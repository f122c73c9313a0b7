import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { bareEnv } from '../../core/cli/cli-process.ts'

const run = promisify(execFile)
const top = join(import.meta.dirname, '../../..')

/** The files that a page of the documents shows: each a code block whose first line names it in a comment. */
export function filesOn(page: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(top, 'docs', page), 'utf8')
  const blocks = text.matchAll(/```\w+\n(?:\/\/|#) (\S+\.\w+)\n([\s\S]*?)```/g)
  return new Map([...blocks].map(([, name = '', code = '']) => [name, code]))
}

export function writeAll(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [name, code] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), code)
  }
}

/**
 * Runs a test file with `node --test`, as its reader would; `hookline` is this tree. Answers the number of tests that passed.
 * `names` is a pattern for those to run. Default: all.
 */
export async function passedTests(folder: string, file: string, names = '.'): Promise<number> {
  const hooks = join(folder, 'hooks.mjs')
  const module = pathToFileURL(join(top, 'core/config/modules/module-hooks.ts'))
  writeFileSync(hooks, `const { ModuleLoad } = await import('${module}'); new ModuleLoad()`)
  // Without the variables of this run, by which Node knows a test within a test.
  const options = { cwd: folder, env: bareEnv() }
  const args = ['--import', hooks, '--test', `--test-name-pattern=${names}`, file]
  const { stdout } = await run(process.execPath, args, options)
  if (!/^. fail 0$/m.test(stdout)) throw new Error(stdout)
  return Number(/^. pass (\d+)$/m.exec(stdout)?.[1])
}

/** Runs a shell script of a page against a service that listens elsewhere than the page says. */
export async function runScript(
  script: string,
  { folder, url, env }: { folder: string; url: string; env: Record<string, string> },
): Promise<string> {
  const command = script.replace('http://localhost:12345', url)
  const options = { cwd: folder, env: { ...bareEnv(), ...env }, timeout: 80_000 }
  return (await run('bash', ['--norc', '-euc', command], options)).stdout
}
