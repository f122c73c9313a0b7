import { z } from 'zod'

const count = () => z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional()

const limits = z
  .object({
    cpuSeconds: count().describe(
      'Processor time of one process: then SIGXCPU, a second later SIGKILL.',
    ),
    memoryBytes: count().describe(
      'Address space of one process. Programs that reserve much (Node.js, Go, Java) need far more than they use.',
    ),
    openFiles: count().describe('Files and sockets that one process has open.'),
    processes: count().describe(
      'Processes and threads of the whole user, so give the program a user of its own. Needs `uid` where Hookline runs as root.',
    ),
    fileBytes: count().describe('Size of any file that it writes: then SIGXFSZ.'),
  })
  .strict()

const sandbox = z
  .object({
    network: z
      .boolean()
      .default(false)
      .describe('Whether it has the network of the machine. Default: none, not even localhost.'),
    writable: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Files and folders it can write, from the folder of the config. All else is read-only.',
      ),
    hidden: z
      .array(z.string().min(1))
      .default([])
      .describe("Files and folders it finds empty. Hookline's own data folder always is."),
  })
  .strict()

/** Options that confine a program, for the schema of every executor that starts processes of this machine. */
export const restrictOptions = {
  allowRoot: z
    .boolean()
    .optional()
    .describe(
      'Whether it may run as root: true says that it is meant, false refuses. Default: a warning; and `uid: 0` is refused.',
    ),
  limits: limits
    .optional()
    .describe('Limits that the system holds it to. Linux; needs `prlimit` of util-linux.'),
  noNewPrivileges: z
    .boolean()
    .default(false)
    .describe('It gains nothing by sudo or setuid programs. Linux; needs `setpriv` of util-linux.'),
  umask: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'must be three octal digits, such as 027')
    .optional()
    .describe(
      'Permissions that files it makes do not get, octal: `027`. Default: that of Hookline.',
    ),
  nice: z
    .int()
    .min(1)
    .max(19)
    .optional()
    .describe('How far it steps back behind other programs for the processor, 1 to 19.'),
  sandbox: sandbox
    .optional()
    .describe(
      'Run it with a read-only file system, a `/tmp` of its own, no network, and no sight of other processes. ' +
        'Linux; needs bubblewrap (`bwrap`).',
    ),
} as const

/** Restrictions as the options hold them. */
export interface Restrictions {
  readonly limits?: z.output<typeof limits> | undefined
  readonly noNewPrivileges: boolean
  readonly umask?: string | undefined
  readonly nice?: number | undefined
  readonly sandbox?: z.output<typeof sandbox> | undefined
}

export type Limits = z.output<typeof limits>
export type Sandbox = z.output<typeof sandbox>

/** For `refine` of a schema with these options. */
export const noRoot = {
  check: ({ uid, allowRoot }: { uid?: number | undefined; allowRoot?: boolean | undefined }) =>
    uid !== 0 || allowRoot === true,
  path: ['uid'],
  message: 'is root: name another user, or set `allowRoot: true`',
}
