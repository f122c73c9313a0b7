import { secret, z } from '../../../core/sdk/executor.ts'

const OWN_SETTINGS = new Set([
  'broker_url',
  'broker_read_url',
  'broker_write_url',
  'result_backend',
])

/** The options of a `celery` program. */
export const options = z.object({
  broker: secret().describe(
    "The broker's URL, as the workers have it: `redis://:password@host:6379/0`, `amqp://user:password@host:5672/vhost` or " +
      'another one that Celery knows.',
  ),
  backend: secret().describe(
    "The result backend's URL, as the workers have it. Not `rpc://`: its results reach only the process that sent the task.",
  ),
  task: z
    .string()
    .min(1)
    .max(255)
    .describe('The name that the task is registered under: `deploys.run`.'),
  queue: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('The queue. Default: what `settings` say, or `celery`.'),
  args: z
    .array(z.json())
    .optional()
    .describe(
      'Positional arguments. Each text is a template, and `{ cel: … }` an expression for any value. Default: the values ' +
        'of `params`.',
    ),
  kwargs: z
    .record(z.string(), z.json())
    .optional()
    .describe(
      'Keyword arguments, with templates and expressions as in `args`. Default: `{ event }`, the whole event; nothing if ' +
        '`args` is given.',
    ),
  priority: z
    .int()
    .min(0)
    .max(255)
    .optional()
    .describe(
      'The priority of the message. 9 is the highest with RabbitMQ, and the lowest with Redis.',
    ),
  expiresSeconds: z
    .number()
    .positive()
    .optional()
    .describe(
      'A worker that takes the task later than this does not run it. Default, and at most: `timeoutSeconds`.',
    ),
  lostSeconds: z
    .number()
    .positive()
    .optional()
    .describe(
      'A task that has begun, and whose state has not changed for so long, counts as lost with its worker: it is revoked ' +
        'and fails. Choose it longer than the task may take. Default: only `timeoutSeconds` ends it.',
    ),
  serializer: z
    .string()
    .min(1)
    .default('json')
    .describe('How the message is written: `json`, `yaml`, `msgpack`, `pickle` or `auth`.'),
  settings: z
    .record(
      z.string().refine((name) => !OWN_SETTINGS.has(name), 'is set by `broker` and `backend`'),
      z.json(),
    )
    .default({})
    .describe(
      "Other settings of the workers' Celery app that the sender needs too, by Celery's names: `result_serializer`, " +
        '`broker_transport_options`, `task_routes`, `security_key`. Their values are shown.',
    ),
  interpreter: z
    .string()
    .min(1)
    .default('python3')
    .describe(
      'The Python that has the package `celery`: a name in PATH, the path of an interpreter, or the folder of a virtual ' +
        'environment. Paths that begin with `./` start at the folder of the config.',
    ),
})

/** Options of a `celery` program as its schema gives them. */
export type CeleryOptions = z.output<typeof options>
