import { resolve } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import { HooklineError, importOptional } from '../../../core/sdk/executor.ts'
import { configFault } from './faults.ts'

/** The packages that the plugin needs. */
export const PACKAGES = ['@kubernetes/client-node'] as const

/** Where the kubeconfig is. */
export interface ConfigPlace {
  /** Undefined: KUBECONFIG, `~/.kube/config`, or the service account of this pod. */
  readonly file: string | undefined
  /** Undefined: the current one. */
  readonly context: string | undefined
  /** For messages. */
  readonly name: string
}

/** The server that the library takes where it finds no configuration. */
const NO_CONFIG_SERVER = 'http://localhost:8080'

/** The place that the options of a program name. */
export function configPlace(
  { kubeconfig, context }: { kubeconfig?: string | undefined; context?: string | undefined },
  baseDir: string,
): ConfigPlace {
  const file = kubeconfig === undefined ? undefined : resolve(baseDir, kubeconfig)
  return { file, context, name: file ?? 'the cluster' }
}

/** Throws `package_missing`, or `cluster_unreachable` if there is no usable configuration. */
export async function loadKubeConfig({ file, context, name }: ConfigPlace): Promise<KubeConfig> {
  const library = await importOptional(PACKAGES, () => import('@kubernetes/client-node'))
  const config = new library.KubeConfig()
  try {
    if (file === undefined) config.loadFromDefault()
    else config.loadFromFile(file)
  } catch (error) {
    throw configFault(name, error)
  }
  if (file === undefined && config.getCurrentCluster()?.server === NO_CONFIG_SERVER) {
    throw new HooklineError('cluster_unreachable', 'No kubeconfig was found', {
      remedy: 'Set `kubeconfig` or KUBECONFIG, or run Hookline in the cluster.',
    })
  }
  if (context !== undefined) config.setCurrentContext(context)
  const used = config.getCurrentContext()
  if (!URL.canParse(config.getCurrentCluster()?.server ?? '')) {
    const why = `The configuration of ${name} has no usable cluster for the context "${used}"`
    throw new HooklineError('cluster_unreachable', why, {
      remedy: 'Correct `context`, or the current context of the kubeconfig.',
    })
  }
  return config
}
