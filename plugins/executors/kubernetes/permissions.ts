import type { RequiredPermissions } from '../../../core/sdk/executor.ts'
import type { KubernetesOptions } from './options.ts'

const OTHER_USER = /^0*[1-9]\d*(:0*[1-9]\d*)?$/

/** What a program with these options would run and touch: an allowed image, without rights in the cluster. */
export function permissionsOf(options: KubernetesOptions): RequiredPermissions {
  const { user } = options
  const forConfig = 'is for a config file to name'
  const refused = [
    options.kubeconfig !== undefined && { path: ['kubeconfig'], message: forConfig },
    options.context !== undefined && { path: ['context'], message: forConfig },
    options.namespace !== undefined && { path: ['namespace'], message: forConfig },
    options.serviceAccountName !== undefined && {
      path: ['serviceAccountName'],
      message: 'gives it rights in the cluster',
    },
    options.imagePullSecrets.length > 0 && { path: ['imagePullSecrets'], message: forConfig },
    options.capAdd.length > 0 && { path: ['capAdd'], message: 'gives it more rights' },
    hasEntries(options.nodeSelector) && { path: ['nodeSelector'], message: forConfig },
    options.tolerations.length > 0 && { path: ['tolerations'], message: forConfig },
    hasEntries(options.labels) && {
      path: ['labels'],
      message: 'decide what the cluster lets a pod do',
    },
    hasEntries(options.annotations) && {
      path: ['annotations'],
      message: 'decide what the cluster lets a pod do',
    },
    !OTHER_USER.test(user ?? '') && {
      path: ['user'],
      message: 'must be a number other than 0, `1000:1000`',
    },
  ]
  return {
    runs: [`kubernetes:${options.image}`],
    // Only the container gets them.
    variables: [],
    folders: [],
    isRoot: false,
    refused: refused.filter((entry) => entry !== false),
  }
}

function hasEntries(record: Readonly<Record<string, string>>): boolean {
  return Object.keys(record).length > 0
}
