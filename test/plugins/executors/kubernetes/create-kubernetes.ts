import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubernetes } from 'hookline/executors'
import type { ExecutorInstance, PluginContext } from 'hookline/sdk/executor'
import { makeContext } from 'hookline/testing'
import { afterAll } from 'vitest'
import { StandInCluster } from '../../../fixtures/kubernetes/api-server.ts'

/** The cluster of a test file. */
export const cluster = await StandInCluster.start()
/** Folder of its kubeconfig. */
export const folder = mkdtempSync(join(tmpdir(), 'hookline-kubeconfig-'))
writeFileSync(join(folder, 'config.yaml'), cluster.kubeconfig())

const executors: ExecutorInstance[] = []
afterAll(async () => {
  for (const executor of executors) await executor.close?.()
  await cluster.close()
  rmSync(folder, { recursive: true })
})

/** A kubernetes executor from options as a config holds them, for the cluster of this file. */
export function createKubernetes(options: object = {}, context: Partial<PluginContext> = {}) {
  const { definition } = kubernetes
  const executor = definition.create(
    definition.options.parse({
      image: 'busybox:1',
      command: ['true'],
      kubeconfig: 'config.yaml',
      killAfterSeconds: 1,
      ...options,
    }),
    makeContext({ name: 'contract', baseDir: folder, ...context }),
  )
  executors.push(executor)
  return executor as Required<ExecutorInstance>
}
