import { z } from 'zod'
import {
  checkUser,
  defineExecutor,
  type ExecutorInstance,
  locate,
  outcomeOfStop,
  type PluginContext,
  ProcessRuns,
  ProgramStarter,
  processOptions,
  programEnv,
  programFaults,
} from '../../../core/sdk/executor.ts'
import { permissionsOf } from './permissions.ts'

const options = z
  .object({
    command: z
      .array(z.string())
      .min(1)
      .refine(([program]) => program !== '', 'must begin with a program')
      .describe(
        'The program and its first arguments; the values of `params` follow. Items that start with `./` or `../` ' +
          'are paths relative to the folder of the config. No shell reads it.',
      ),
    launcher: z
      .enum(['auto', 'off'])
      .default('auto')
      .describe(
        'Whether a small helper process starts the programs, on Linux with `python3`. That is faster, and gives them ' +
          'pipes.',
      ),
    ...processOptions,
  })
  .superRefine(checkUser)

/**
 * Runs a program of this machine, without a shell, in a process group of its own.
 *
 * - Exit code 0 succeeds; any other fails, and so does a signal, whose exit code is 128 + its number, as in a shell.
 * - A stop (time limit, cancel) sends SIGTERM to the whole group and, after `killAfterSeconds`, SIGKILL.
 * - A background process that does not hold the output (`server > log 2>&1 &`) goes on after the program has ended. One
 *   that holds the output gets 2 seconds; then the group is stopped, with a note in the output.
 * - A process that leaves the group (`setsid`, a daemon) cannot be stopped.
 * - JSON that it writes to the file that `WEBHOOK_RESULT` names, or as its last line, is the result of the task.
 * - It is killed, with its group, when Hookline is killed (not on Windows).
 * - If the launcher starts it, its standard streams are pipes. Otherwise they are sockets: write `>&2`, not
 *   `> /dev/stderr`, which Linux refuses for sockets.
 */
export const subprocess = defineExecutor({
  name: 'subprocess',
  summary: 'Runs a program of this machine: any language, no shell.',
  options,
  takesFiles: true,
  check: (settings, { baseDir }) => {
    const { command, cwd } = settings
    return programFaults({
      command,
      option: 'command',
      baseDir,
      cwd,
      path: programEnv(settings)['PATH'],
    })
  },
  describe: (settings) => ({
    command: settings.command,
    variables: Object.keys(programEnv(settings)),
  }),
  permissions: (settings, { baseDir }) => permissionsOf(settings, baseDir),
  create: createSubprocess,
})

function createSubprocess(
  settings: z.output<typeof options>,
  context: PluginContext,
): ExecutorInstance {
  const [program = '', ...args] = settings.command.map((item) => locate(item, context.baseDir))
  const starter = new ProgramStarter(settings.launcher, context)
  const runs = new ProcessRuns(settings, context, (...given) => starter.start(...given))
  return {
    run: async (run) => {
      if (run.signal.aborted) return outcomeOfStop(run.signal)
      // The environment is read at each run, so that a config loaded early sees what was set later.
      const prepared = await runs.prepare(run, { program, args, env: programEnv(settings) })
      const child = runs.restrictions
        .wrap(prepared.launch)
        .then((launch) => starter.start(launch, prepared.run))
      return runs.outcome(prepared, child)
    },
    close: async () => {
      await starter.close()
      await runs.close()
    },
  }
}
