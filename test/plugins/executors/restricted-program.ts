import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome, PluginContext } from 'hookline/sdk/executor'
import { makeRun } from '../../../core/testing/make-run.ts'
import { createPython } from './python/create-python.ts'
import { createSubprocess, PYTHON } from './subprocess/create-subprocess.ts'

/** How one text in Python can be run: restrictions must come to the same in each. */
export const WAYS = [
  'launcher',
  'cross-spawn',
  'python spawn',
  'python warm',
  'python workers',
] as const
export type Way = (typeof WAYS)[number]

export interface Ran {
  readonly outcome: Outcome
  readonly stdout: string
  readonly stderr: string
}

let scripts = 0

/** Runs a text as a program of its own, in one of the ways. The script is put in the folder. */
export async function runText(
  way: Way,
  text: string,
  { folder, context, ...options }: Readonly<Record<string, unknown>> & Place,
): Promise<Ran> {
  scripts += 1
  // Not beside others: their names would be those of modules.
  const own = join(folder, `script-${scripts}`)
  mkdirSync(own)
  writeFileSync(join(own, 'script.py'), text)
  const known = { baseDir: own, dataDir: join(folder, 'data'), ...context }
  const made = makeRun()
  const executor =
    way === 'launcher' || way === 'cross-spawn'
      ? createSubprocess(
          {
            command: [PYTHON, './script.py'],
            launcher: way === 'launcher' ? 'auto' : 'off',
            ...options,
          },
          known,
        )
      : createPython(
          {
            script: './script.py',
            ...('sandbox' in options ? {} : { mode: way.replace('python ', '') }),
            ...options,
          },
          known,
        )
  try {
    const outcome = await executor.run(made.run)
    const { stdout, stderr } = made.output()
    return { outcome, stdout: stdout.toString(), stderr: stderr.toString() }
  } finally {
    await executor.close?.()
  }
}

interface Place {
  readonly folder: string
  readonly context?: Partial<PluginContext>
}
