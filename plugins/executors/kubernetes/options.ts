import { posix } from 'node:path'
import { secret, z } from '../../../core/sdk/executor.ts'

const MEBIBYTE = 1024 * 1024
const MAX_NAME_LENGTH = 63
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const QUANTITY = /^\d+(\.\d+)?([eE][+-]?\d+|[EPTGMk]i?|Ki|[mun])?$/
const OWN_PREFIX = 'hookline.'

const variableName = z
  .string()
  .regex(
    /^[-._a-zA-Z][-._a-zA-Z0-9]{0,252}$/,
    'must be letters, digits, `-`, `.` or `_`, at most 253',
  )
const dnsLabel = z
  .string()
  .max(MAX_NAME_LENGTH)
  .regex(DNS_LABEL, 'must be lower-case letters, digits and `-`')
const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9][-.a-z0-9]*$/, 'must be lower-case letters, digits, `-` and `.`')
const containerPath = z
  .string()
  .refine((path) => posix.isAbsolute(path), 'must be an absolute path in the container')
const ownName = z
  .string()
  .min(1)
  .refine((name) => !name.startsWith(OWN_PREFIX), `must not begin with \`${OWN_PREFIX}\``)
const quantities = z.record(
  z.string().min(1),
  z.string().regex(QUANTITY, 'must be a quantity: `500m`, `256Mi`'),
)

const toleration = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: z.string().optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().min(0).optional(),
})

/** The options of a kubernetes program. */
export const options = z.object({
  image: z
    .string()
    .regex(/^[^\s\0]+$/, 'must name an image')
    .describe('The image, with tag or digest: `python:3.13-slim`. Without either, `latest`.'),
  imagePullPolicy: z
    .enum(['IfNotPresent', 'Always', 'Never'])
    .optional()
    .describe('Default: `Always` for the tag `latest`, otherwise `IfNotPresent`.'),
  imagePullSecrets: z
    .array(dnsName)
    .default([])
    .describe('Names of Secrets with the login for the registry of the image.'),
  command: z
    .array(z.string())
    .min(1)
    .optional()
    .describe("The program, in place of the image's entrypoint. No shell reads it."),
  args: z
    .array(z.string())
    .default([])
    .describe(
      'Its first arguments; the values of `params` follow. Default: the command of the image, if there are no `params` ' +
        'either. `$` stands for itself.',
    ),
  cwd: containerPath
    .optional()
    .describe("Working directory in the container. Default: the image's own."),
  env: z
    .record(variableName, z.string())
    .default({})
    .describe('Environment variables. Whoever may see the Job can read them: use `secretEnv`.'),
  secretEnv: z
    .record(variableName, secret())
    .default({})
    .describe('Environment variables with secret values, given by the Secret of the run.'),
  eventFile: z
    .enum(['event', 'payload', 'none'])
    .default('event')
    .describe(
      'What the file of `WEBHOOK_EVENT_FILE` holds: the event as JSON, its payload as JSON, or nothing. At most 1 MiB.',
    ),
  resources: z
    .strictObject({ requests: quantities.default({}), limits: quantities.default({}) })
    .default({
      requests: { cpu: '100m', memory: '128Mi' },
      limits: { cpu: '1', memory: '512Mi' },
    })
    .describe(
      'Requests and limits, as in a Pod. Default: requests of `100m` and `128Mi`, limits of one processor and `512Mi`.',
    ),
  user: z
    .string()
    .regex(/^\d+(:\d+)?$/, 'must be numbers: `1000` or `1000:1000`')
    .optional()
    .describe(
      "User, and group if you like, by number. Default: the image's own user, often root. A namespace with the Pod " +
        'Security level `restricted` needs one.',
    ),
  readOnly: z.boolean().default(true).describe('Whether the program can write only to `/tmp`.'),
  tmpBytes: z
    .int()
    .min(4096)
    .default(64 * MEBIBYTE)
    .describe('Size of `/tmp` in bytes. A pod that writes more is evicted.'),
  capAdd: z
    .array(z.string().regex(/^[A-Z_]+$/, 'must be a capability such as `NET_BIND_SERVICE`'))
    .default([])
    .describe('Capabilities that the program keeps; all others are dropped.'),
  serviceAccountName: dnsName
    .optional()
    .describe('Service account of the pod, whose token is mounted then. Default: no token.'),
  nodeSelector: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe('Labels that a node of the cluster needs to run it.'),
  tolerations: z
    .array(toleration)
    .default([])
    .describe('Taints of nodes that it tolerates, as in a Pod.'),
  labels: z
    .record(ownName, z.string())
    .default({})
    .describe('Labels of Job and pod, in addition to those that begin with `hookline.`.'),
  annotations: z.record(ownName, z.string()).default({}).describe('Annotations of Job and pod.'),
  ttlSecondsAfterFinished: z
    .int()
    .min(60)
    .default(86_400)
    .describe(
      'Seconds for which the cluster keeps a finished Job. If no node of Hookline looks for longer, its outcome is lost ' +
        'and the task runs again.',
    ),
  killAfterSeconds: z
    .int()
    .min(0)
    .max(600)
    .default(5)
    .describe("Seconds between SIGTERM (or the image's stop signal) and SIGKILL."),
  namespace: dnsLabel
    .optional()
    .describe('Namespace of the Jobs. Default: that of the context; in a pod, its own.'),
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File from the folder of the config. Default: KUBECONFIG, `~/.kube/config`, or in a pod its service account.',
    ),
  context: z
    .string()
    .min(1)
    .optional()
    .describe('Context of the kubeconfig. Default: its current context.'),
})

export type KubernetesOptions = z.output<typeof options>
