import { z } from 'zod'
import { checkUser, processOptions } from '../../../core/sdk/executor.ts'

const MODULE = String.raw`[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*`
const moduleName = z.string().regex(new RegExp(`^${MODULE}$`, 'u'), 'must be the name of a module')

/** A timer can wait no longer. */
const MAX_IDLE_SECONDS = 2_000_000

const workers = z
  .object({
    count: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe(
        'Workers at most; a run without a free one waits, and its time limit counts. Default: one for each run of the program at once, ' +
          'which `node.concurrency` bounds.',
      ),
    maxTasks: z
      .int()
      .min(1)
      .max(Number.MAX_SAFE_INTEGER)
      .default(1000)
      .describe('Runs after which a worker is replaced.'),
    maxMemoryMb: z
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .describe(
        'Resident memory in MiB at which a worker is replaced, once its run has ended. What `preload` takes counts. Default: no limit.',
      ),
    idleSeconds: z
      .int()
      .min(1)
      .max(MAX_IDLE_SECONDS)
      .default(600)
      .describe(
        'Seconds without a run after which a worker ends, so that a burst does not leave its memory in use. The next run starts one.',
      ),
  })
  .strict()

export const options = z
  .object({
    script: z
      .string()
      .min(1)
      .optional()
      .describe(
        'The script to run, relative to the folder of the config. Give this or `function`.',
      ),
    function: z
      .string()
      .regex(new RegExp(`^${MODULE}:${MODULE}$`, 'u'), 'must be `module:function`')
      .optional()
      .describe(
        'A function as `module:function`. It is called with the event, or the payload, as a dict, and what it returns, as ' +
          'JSON, is the result of the task. Modules are found from the folder of the config.',
      ),
    args: z
      .array(z.string())
      .default([])
      .describe('The first arguments, passed as they are; the values of `params` follow.'),
    interpreter: z
      .string()
      .min(1)
      .default(process.platform === 'win32' ? 'python' : 'python3')
      .describe(
        'The Python to use: a name in PATH, the path of an interpreter, or the folder of a virtual environment. Paths ' +
          'that start with `./` or `../` are relative to the folder of the config. `warm` and `workers` need Python 3.8 or newer.',
      ),
    mode: z
      .enum(['warm', 'workers', 'spawn'])
      .optional()
      .describe(
        '`warm`: each run is forked from an interpreter that runs already. `workers`: processes that stay carry out one run after ' +
          'another, which is fastest, and what modules keep stays for the next run. `spawn`: each run starts its own interpreter, ' +
          'as `sandbox` needs. Default: `warm` without `sandbox`, but `spawn` on Windows and macOS, where a fork is impossible or unsafe.',
      ),
    preload: z
      .array(moduleName)
      .default([])
      .describe(
        'Modules that the interpreter of `warm` or `workers` imports once for all runs, as the user of the program. It is started again when their files change. A module ' +
          'that cannot be imported is left to the script.',
      ),
    workers: workers
      .optional()
      .describe('How many workers there are with `mode: workers`, and how long each is used.'),
    ...processOptions,
  })
  .superRefine(checkUser)
  .superRefine(({ mode, sandbox }, context) => {
    if (sandbox === undefined || mode === undefined || mode === 'spawn') return
    const message = `cannot be \`${mode}\` with \`sandbox\`: an interpreter that runs already is outside of it. Leave \`mode\` out, or remove \`sandbox\``
    context.addIssue({ code: 'custom', path: ['mode'], message })
  })
  .refine(({ mode, workers }) => workers === undefined || mode === 'workers', {
    path: ['workers'],
    message: "needs `mode: 'workers'`",
  })
  .refine((given) => (given.script === undefined) !== (given.function === undefined), {
    path: ['script'],
    message: 'give either `script` or `function`',
  })
  .refine((given) => given.function === undefined || given.stdin !== 'none', {
    path: ['stdin'],
    message: 'a function needs its event',
  })

export type PythonOptions = z.output<typeof options>

// Windows cannot fork. On macOS, frameworks of the system may crash in a forked process.
const FORKS_SAFELY = process.platform !== 'win32' && process.platform !== 'darwin'

/** Whether runs are to be forked from an interpreter that runs already. */
export function wantsWarm({ mode, sandbox }: Pick<PythonOptions, 'mode' | 'sandbox'>): boolean {
  if (mode !== undefined) return mode !== 'spawn'
  return FORKS_SAFELY && sandbox === undefined
}
