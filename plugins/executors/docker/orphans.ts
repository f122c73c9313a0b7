import type { PluginLogger } from '../../../core/index.ts'
import type { Engine } from './engine.ts'
import { formatOwner, idOfDataDir, isOwnerAlive, thisOwner } from './owner.ts'

const NODE_LABEL = 'hookline.node'
const OWNER_LABEL = 'hookline.owner'

/** The labels by which a later process of the same node finds what this one left behind. */
export function labelsOfOwner(dataDir: string): Readonly<Record<string, string>> {
  return { [NODE_LABEL]: idOfDataDir(dataDir), [OWNER_LABEL]: formatOwner(thisOwner()) }
}

/** Removes the containers of this data folder whose process is gone. Those of other nodes are never touched. */
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

/** Ends and removes a container with its anonymous volumes. False where it may still be there. */
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
