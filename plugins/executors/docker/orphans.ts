import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createPrivateFile,
  formatOwner,
  isOwnerAlive,
  type PluginLogger,
  thisOwner,
} from '../../../core/sdk/executor.ts'
import type { Engine } from './engine.ts'

const NODE_LABEL = 'hookline.node'
const OWNER_LABEL = 'hookline.owner'

/** Labels by which a later process of the same node finds the containers that this one left behind. */
export function labelsOfOwner(dataDir: string): Readonly<Record<string, string>> {
  return { [NODE_LABEL]: idOfDataDir(dataDir), [OWNER_LABEL]: formatOwner(thisOwner()) }
}

/** Removes containers of this data folder whose process is gone. Containers of other nodes are never touched. */
export async function removeOrphans(
  engine: Engine,
  labels: Readonly<Record<string, string>>,
  logger: PluginLogger,
): Promise<void> {
  const filters = JSON.stringify({ label: [`${NODE_LABEL}=${labels[NODE_LABEL]}`] })
  const { body } = await engine.call({
    method: 'GET',
    path: '/containers/json',
    query: { all: 'true', filters },
  })
  if (!Array.isArray(body)) return
  for (const { Id: id, Labels: found } of body) {
    if (isOwnerAlive(String(found?.[OWNER_LABEL] ?? ''))) continue
    const removed = await removeContainer(engine, String(id))
    logger.warn(
      { container: String(id).slice(0, 12), taskId: found?.['hookline.task'], removed },
      'a container that a former process left behind was found',
    )
  }
}

/** Ends and removes a container with its anonymous volumes. False if it may still exist. */
export async function removeContainer(engine: Engine, nameOrId: string): Promise<boolean> {
  try {
    const { status } = await engine.call({
      method: 'DELETE',
      path: `/containers/${nameOrId}`,
      query: { force: 'true', v: 'true' },
    })
    return status < 400 || status === 404
  } catch {
    return false
  }
}

/** The id of a data folder, made at the first call. Each node has its own data folder, so the id names the node. */
export function idOfDataDir(dataDir: string): string {
  const path = join(dataDir, 'docker-node-id')
  // Does nothing if there is an id.
  createPrivateFile(path, randomUUID())
  return readFileSync(path, 'utf8').trim()
}
