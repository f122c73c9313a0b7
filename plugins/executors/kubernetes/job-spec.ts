import { createHash } from 'node:crypto'
import { HooklineError, type ProgramRun, programStdin } from '../../../core/sdk/executor.ts'
import { CONTAINER } from './objects.ts'
import type { KubernetesOptions } from './options.ts'

/** Annotation with the idempotency key of the run: what makes a Job ours. */
export const KEY_ANNOTATION = 'hookline.key'
const PROGRAM_LABEL = 'hookline.program'
const LABEL_VALUE = /^[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/
const EVENT_FOLDER = '/var/run/hookline'
const EVENT_KEY = 'event.json'
/** https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size */
const MAX_SECRET_BYTES = 1024 * 1024
const MAX_KEY_LENGTH = 253

/** The name of the Job and of the Secret of a run: the same each time, so that they are found again. */
export function nameOfRun({ idempotencyKey }: Pick<ProgramRun, 'idempotencyKey'>): string {
  return `hookline-${idempotencyKey.replace(/^tsk_/, '').toLowerCase()}`
}

/** Selects the pods of one program. */
export function selectorOf(program: string): string {
  return `${PROGRAM_LABEL}=${labelValue(program)}`
}

/**
 * The Job of a run. Its pod needs the Secret of the run, so it does not begin before that is there:
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/
 */
export function jobBody(settings: KubernetesOptions, run: ProgramRun): object {
  const labels = {
    ...settings.labels,
    'app.kubernetes.io/managed-by': 'hookline',
    'hookline.task': run.taskId,
    [PROGRAM_LABEL]: labelValue(run.program),
  }
  const annotations = {
    ...settings.annotations,
    [KEY_ANNOTATION]: run.idempotencyKey,
    'hookline.rule': run.rule,
    'hookline.attempt': String(run.attempt),
  }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: nameOfRun(run), labels, annotations },
    spec: {
      // Hookline decides about retries.
      backoffLimit: 0,
      activeDeadlineSeconds: Math.ceil(run.timeoutSeconds),
      ttlSecondsAfterFinished: settings.ttlSecondsAfterFinished,
      template: { metadata: { labels, annotations }, spec: podSpec(settings, run) },
    },
  }
}

function podSpec(settings: KubernetesOptions, run: ProgramRun): object {
  const { serviceAccountName, imagePullSecrets, nodeSelector, tolerations, user } = settings
  const [uid, gid] = (user ?? '').split(':')
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: serviceAccountName !== undefined,
    ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
    enableServiceLinks: false,
    terminationGracePeriodSeconds: settings.killAfterSeconds,
    ...(imagePullSecrets.length === 0
      ? {}
      : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
    nodeSelector,
    tolerations,
    securityContext: {
      seccompProfile: { type: 'RuntimeDefault' },
      ...(user === undefined ? {} : { runAsUser: Number(uid), runAsNonRoot: Number(uid) !== 0 }),
      ...(gid === undefined ? {} : { runAsGroup: Number(gid), fsGroup: Number(gid) }),
    },
    containers: [container(settings, run)],
    volumes: [
      {
        name: 'event',
        secret: { secretName: nameOfRun(run), items: [{ key: EVENT_KEY, path: EVENT_KEY }] },
      },
      ...(settings.readOnly
        ? [{ name: 'tmp', emptyDir: { sizeLimit: String(settings.tmpBytes) } }]
        : []),
    ],
  }
}

function container(settings: KubernetesOptions, run: ProgramRun): object {
  const { command, cwd, imagePullPolicy, readOnly } = settings
  const args = [...settings.args, ...run.args]
  const secretName = nameOfRun(run)
  const ofSecret = Object.keys(secretVariables(settings, run))
  const plain = Object.entries(settings.env).filter(([name]) => !ofSecret.includes(name))
  return {
    name: CONTAINER,
    image: settings.image,
    ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
    ...(command === undefined ? {} : { command: command.map(literal) }),
    ...(args.length === 0 ? {} : { args: args.map(literal) }),
    ...(cwd === undefined ? {} : { workingDir: cwd }),
    env: [
      ...plain.map(([name, value]) => ({ name, value: literal(value) })),
      ...ofSecret.map((name) => ({
        name,
        valueFrom: { secretKeyRef: { name: secretName, key: name } },
      })),
      ...(settings.eventFile === 'none'
        ? []
        : [{ name: 'WEBHOOK_EVENT_FILE', value: `${EVENT_FOLDER}/${EVENT_KEY}` }]),
    ],
    resources: settings.resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: readOnly,
      capabilities: { drop: ['ALL'], add: settings.capAdd },
    },
    volumeMounts: [
      { name: 'event', mountPath: EVENT_FOLDER, readOnly: true },
      ...(readOnly ? [{ name: 'tmp', mountPath: '/tmp' }] : []),
    ],
  }
}

/**
 * What the pod gets of the event, and the secrets of the program. The Job owns it, so that the cluster removes both
 * together. Throws `job_refused` if it does not fit.
 */
export function secretBody(
  settings: KubernetesOptions,
  run: ProgramRun,
  job: { readonly uid: string },
): object {
  const name = nameOfRun(run)
  const event = programStdin(settings.eventFile, run) ?? ''
  const stringData = { ...secretVariables(settings, run), [EVENT_KEY]: event }
  const bytes = Object.values(stringData).reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  if (bytes > MAX_SECRET_BYTES) throw tooLarge(bytes)
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      labels: { 'app.kubernetes.io/managed-by': 'hookline', 'hookline.task': run.taskId },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid: job.uid }],
    },
    type: 'Opaque',
    immutable: true,
    stringData,
  }
}

// Not in the Job, which more people may read than Secrets. A name that no key can have is left out.
function secretVariables(
  { secretEnv }: KubernetesOptions,
  run: ProgramRun,
): Readonly<Record<string, string>> {
  const variables = { ...secretEnv, ...run.env }
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => name.length <= MAX_KEY_LENGTH),
  )
}

// `$(NAME)` would be replaced by a variable, also in values of the event:
// https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
function literal(text: string): string {
  return text.replaceAll('$', '$$$$')
}

function labelValue(program: string): string {
  if (LABEL_VALUE.test(program)) return program
  return createHash('sha256').update(program).digest('hex').slice(0, 32)
}

function tooLarge(bytes: number): HooklineError {
  const why = `The event has ${bytes} bytes with the variables, and a Secret holds ${MAX_SECRET_BYTES}.`
  return new HooklineError('job_refused', why, {
    remedy: "Set `eventFile: 'none'`, and let the program fetch what it needs.",
    fields: { retryable: false },
  })
}
