import { defineExecutor, fileFaults, packageFaults } from '../../../core/sdk/executor.ts'
import { KubernetesExecutor } from './executor.ts'
import { PACKAGES } from './kube-config.ts'
import { options } from './options.ts'
import { permissionsOf } from './permissions.ts'

/**
 * Runs a program as a Job of a Kubernetes cluster.
 *
 * - The run is handed over: it holds no slot of a node and outlives it.
 * - The name of the Job comes from the run, so that a lost run is found again.
 * - A Secret of the Job brings the event, `WEBHOOK_*` and `secretEnv`.
 * - A pod is closed by default: no token, no capabilities, a read-only root.
 */
export const kubernetes = defineExecutor({
  name: 'kubernetes',
  summary:
    'Runs a program as a Job of a Kubernetes cluster, and follows it. Needs the package `@kubernetes/client-node`.',
  options,
  check: ({ kubeconfig }, { baseDir }) => [
    ...packageFaults(PACKAGES),
    ...(kubeconfig === undefined ? [] : fileFaults(kubeconfig, 'kubeconfig', baseDir)),
  ],
  describe: ({ image, command, args, env, secretEnv }) => ({
    command: ['kubernetes', 'job', image, ...(command ?? []), ...args],
    variables: [...Object.keys(env), ...Object.keys(secretEnv)],
  }),
  permissions: permissionsOf,
  create: (settings, context) => new KubernetesExecutor(settings, context),
})
