import { z } from 'zod'

const count = () => z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional()

const limits = z
  .object({
    cpuSeconds: count().describe(
      'Processor time of one process, in seconds: SIGXCPU at the limit, SIGKILL a second later.',
    ),
    memoryBytes: count().describe(
      'Address space of one process. Programs that reserve much (Node.js, Go, Java) need far more than they use.',
    ),
    openFiles: count().describe('Files and sockets that one process can have open.'),
    processes: count().describe(
      'Processes and threads of the whole user, so give the program a user of its own. Needs `uid` where Hookline runs as root.',
    ),
    fileBytes: count().describe('Size of any file that it writes: SIGXFSZ at the limit.'),
  })
  .strict()

const sandbox = z
  .object({
    network: z
      .boolean()
      .default(false)
      .describe(
        'Whether it can use the network of the machine. By default it has none, not even localhost.',
      ),
    writable: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Files and folders that it can write, relative to the folder of the config. All else is read-only.',
      ),
    hidden: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Files and folders that appear empty to it, also below a folder of `writable`. Hookline's own data folder always does.",
      ),
  })
  .strict()

/** Options that restrict a program; `processOptions` holds them. */
export const restrictOptions = {
  allowRoot: z
    .boolean()
    .optional()
    .describe(
      'Whether it may run as root: true allows it, false refuses it. By default Hookline warns, and refuses `uid: 0`.',
    ),
  limits: limits
    .optional()
    .describe('Limits that the system enforces. Linux; needs `prlimit` of util-linux.'),
  noNewPrivileges: z
    .boolean()
    .default(false)
    .describe(
      'Whether it gains no rights from sudo or setuid programs. Linux; needs `setpriv` of util-linux.',
    ),
  umask: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'must be three octal digits, such as 027')
    .optional()
    .describe(
      'Permissions that its new files do not get, octal: `027`. Default: that of Hookline.',
    ),
  nice: z
    .int()
    .min(1)
    .max(19)
    .optional()
    .describe('Lower priority for the processor, 1 to 19: the higher, the lower its priority.'),
  sandbox: sandbox
    .optional()
    .describe(
      'Run it with a read-only file system, a `/tmp` of its own, no network, and no other processes in sight. ' +
        'Linux; needs bubblewrap (`bwrap`).',
    ),
} as const

export type Limits = z.output<typeof limits>
export type Sandbox = z.output<typeof sandbox>

/** The restrictions of a program as the schema gives them. */
export type RestrictSettings = Omit<z.output<z.ZodObject<typeof restrictOptions>>, 'allowRoot'>
