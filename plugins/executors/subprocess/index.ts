import { resolve } from 'node:path'
import { z } from 'zod'
import {
  Confinement,
  checkRoot,
  defineExecutor,
  locate,
  noRoot,
  ownGroup,
  processOptions,
  programEnv,
  programStdin,
  ResultFolder,
  restrictOptions,
  type StartChild,
} from '../../../core/index.ts'
import { LauncherShare } from './launcher-share.ts'
import { ProgramStarter } from './program-starter.ts'
import { reachOf } from './reach.ts'

// One for all programs of a node.
const launchers = new LauncherShare()

const options = z
  .object({
    command: z
      .array(z.string())
      .min(1)
      .refine(([program]) => program !== '', 'must begin with a program')
      .describe(
        'The program and its first arguments; the values of `params` follow. Items that start with `./` or `../` ' +
          'are paths from the folder of the config. No shell reads it.',
      ),
    launcher: z
      .enum(['auto', 'off'])
      .default('auto')
      .describe(
        'Start programs by a small process of its own where there is Linux and `python3`: it is faster, and ends them where Hookline is killed.',
      ),
    ...processOptions,
    ...restrictOptions,
  })
  .refine(ownGroup.check, ownGroup)
  .refine(noRoot.check, noRoot)

/**
 * Runs a program of this machine, without a shell, in a process group of its own.
 *
 * - Exit code 0 succeeds; any other fails, and so does a signal, whose exit code is 128 + its number, as in a shell.
 * - A stop (time limit, cancel) sends SIGTERM to the whole group and, after `killAfterSeconds`, SIGKILL.
 * - A background process that lets go of the output (`server > log 2>&1 &`) goes on after the program's own end. One
 *   that holds the output is given 2 seconds, then the group is stopped, with a note in the output.
 * - A process that leaves the group (`setsid`, a daemon) is out of reach.
 * - What it writes as JSON to the file that `WEBHOOK_RESULT` names, or as its last line, is the task's result.
 * - Where the launcher starts it, its standard streams are pipes, and it is ended where Hookline is killed. Elsewhere
 *   they are sockets: write `>&2`, not `> /dev/stderr`, which Linux refuses for sockets.
 */
export const subprocess = defineExecutor({
  name: 'subprocess',
  summary: 'Runs a program of this machine: any language, no shell.',
  options,
  reach: (settings, { baseDir }) => reachOf(settings, baseDir),
  create: (settings, context) => {
    const { baseDir } = context
    checkRoot(settings, context)
    const [program = '', ...args] = settings.command.map((item) => locate(item, baseDir))
    const cwd = resolve(baseDir, settings.cwd ?? '.')
    const { killAfterSeconds, uid, gid } = settings
    const results = new ResultFolder({ uid, gid })
    const launcher = settings.launcher === 'auto' ? launchers.use() : null
    const starter = new ProgramStarter(launcher, context)
    const start: StartChild = (...to) => starter.start(...to)
    const confinement = new Confinement({ restrictions: settings, context, start })
    return {
      run: (given) =>
        results.collect(given, (run) =>
          confinement.run(
            {
              program,
              args: [...args, ...run.args],
              cwd,
              // Read at each run, so that a config loaded early sees what was set later.
              env: { ...programEnv(settings), ...run.env },
              stdin: programStdin(settings.stdin, run),
              killAfterSeconds,
              uid,
              gid,
            },
            run,
            async (launch, to) => start(await confinement.wrap(launch), to),
          ),
        ),
      close: async () => {
        await starter.close()
        results.remove()
      },
    }
  },
})
