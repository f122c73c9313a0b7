import { posix } from 'node:path'
import { z } from 'zod'
import { secret } from '../../../core/sdk/executor.ts'

const MEBIBYTE = 1024 * 1024
const MIN_MEMORY_BYTES = 6 * MEBIBYTE

const variableName = z.string().regex(/^[^=\0]+$/, 'must be a name without `=`')
const containerPath = z
  .string()
  .refine((path) => posix.isAbsolute(path), 'must be an absolute path in the container')

const mount = z.strictObject({
  source: z
    .string()
    .min(1)
    .describe(
      'A file or folder of this machine, relative to the folder of the config. It must exist.',
    ),
  target: containerPath
    .refine((path) => posix.normalize(path) !== '/', 'must not be the root of the container')
    .describe('Where the program sees it.'),
  readOnly: z.boolean().default(true).describe('False lets the program change it.'),
})

/** The options of a docker program. */
export const options = z.object({
  image: z
    .string()
    .regex(/^[^\s\0]+$/, 'must name an image')
    .describe('The image, with tag or digest: `python:3.13-slim`. Without either, `latest`.'),
  pull: z
    .enum(['missing', 'always', 'never'])
    .default('missing')
    .describe('When to fetch the image: if it is missing, before each run, or never.'),
  registryAuth: z
    .strictObject({ username: z.string().min(1), password: secret() })
    .optional()
    .describe('User name and password for the registry of the image, if it needs them.'),
  command: z
    .array(z.string())
    .min(1)
    .refine(([program]) => program !== '', 'must begin with a program')
    .optional()
    .describe(
      'The program and its first arguments; the values of `params` follow. No shell reads it. Default: the command of ' +
        'the image. With `params` and no command, the values replace that command.',
    ),
  entrypoint: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("Entrypoint, in front of the command. Default: the image's own."),
  cwd: containerPath
    .optional()
    .describe("Working directory in the container. Default: the image's own."),
  env: z
    .record(variableName, z.string())
    .default({})
    .describe('Environment variables. Their values are shown: put secrets into `secretEnv`.'),
  secretEnv: z
    .record(variableName, secret())
    .default({})
    .describe(
      'Environment variables with secret values: masked in the API, redacted in logs. Whoever may use the engine can ' +
        'read them while the program runs.',
    ),
  stdin: z
    .enum(['event', 'payload', 'none'])
    .default('event')
    .describe('The standard input: the event as JSON, its payload as JSON, or nothing.'),
  mounts: z
    .array(mount)
    .default([])
    .describe('Files and folders of this machine that the program sees.'),
  user: z
    .string()
    .regex(/^[\w.-]+(:[\w.-]+)?$/, 'must be `user` or `user:group`')
    .optional()
    .describe(
      "User, and group if you like, by name or number: `1000:1000`. Default: the image's own user, often root.",
    ),
  network: z
    .string()
    .regex(/^[a-zA-Z0-9][\w.-]*$/, 'must name a network')
    .default('none')
    .describe('The network: `none`, `bridge`, `host`, or the name of one of the engine.'),
  memoryBytes: z
    .int()
    .min(MIN_MEMORY_BYTES)
    .default(512 * MEBIBYTE)
    .describe(
      'Memory of the whole container in bytes, including files in `/tmp`. There is no swap.',
    ),
  cpus: z
    .number()
    .min(0.01)
    .default(1)
    .describe('Number of processors; 0.5 is half the time of one.'),
  maxProcesses: z
    .int()
    .min(2)
    .default(256)
    .describe('Largest number of processes and threads at one time.'),
  readOnly: z
    .boolean()
    .default(true)
    .describe('Whether the program can write only to `/tmp` and to mounts with `readOnly: false`.'),
  tmpBytes: z
    .int()
    .min(4096)
    .default(64 * MEBIBYTE)
    .describe('Size of `/tmp` in bytes. It is kept in memory and lost at the end.'),
  capAdd: z
    .array(z.string().regex(/^[A-Z_]+$/, 'must be a capability such as `NET_BIND_SERVICE`'))
    .default([])
    .describe('Capabilities that the program keeps; all others are dropped.'),
  init: z
    .boolean()
    .default(true)
    .describe(
      'Whether a small init runs the program: it passes signals on and reaps processes. Without it, a program that does ' +
        'not handle SIGTERM is ended only after `killAfterSeconds`.',
    ),
  labels: z
    .record(
      z
        .string()
        .min(1)
        .refine((name) => !name.startsWith('hookline.'), 'must not begin with `hookline.`'),
      z.string(),
    )
    .default({})
    .describe('Labels of the container, in addition to those that begin with `hookline.`.'),
  killAfterSeconds: z
    .int()
    .min(0)
    .max(600)
    .default(5)
    .describe("Seconds between SIGTERM (or the image's stop signal) and SIGKILL."),
  socketPath: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Socket of the engine. Default: DOCKER_HOST, then `context`, or the first of /var/run/docker.sock, ' +
        '`$XDG_RUNTIME_DIR/docker.sock` and `~/.docker/run/docker.sock` that this user may open.',
    ),
  context: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Name of a context of `docker context`, instead of DOCKER_HOST. Default: DOCKER_CONTEXT, or the current one.',
    ),
})

export type DockerOptions = z.output<typeof options>
