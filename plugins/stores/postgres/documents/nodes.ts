import {
  NODE_GONE_AFTER_MS,
  type NodeRecord,
  type NodeStatus,
  toNode,
} from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import type { Session } from '../database/database.ts'

const FORGET_GONE = 'DELETE FROM nodes WHERE seen_at < $1'
const ANNOUNCE = `
  INSERT INTO nodes (name, role, labels, version, started_at, config, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (name) DO UPDATE SET role = excluded.role, labels = excluded.labels, version = excluded.version,
    started_at = excluded.started_at, config = excluded.config, seen_at = excluded.seen_at
  RETURNING draining`
const REMOVE = 'DELETE FROM nodes WHERE name = $1'
const NODES = `
  SELECT n.name, n.role, n.labels, n.version, n.started_at, n.config, n.seen_at, n.draining, (
    SELECT count(*) FROM tasks t WHERE t.state = 'running' AND t.lease_until > $1 AND t.node = n.name
  ) AS running
  FROM nodes n WHERE n.seen_at >= $2 ORDER BY n.name`
const DRAIN = 'UPDATE nodes SET draining = $1 WHERE name = $2 AND seen_at >= $3 RETURNING 1'

export async function announceNode(
  { transaction, now }: Batch,
  { name, role, labels, version, startedAt, config }: NodeStatus,
): Promise<{ readonly draining: boolean }> {
  await transaction.run(FORGET_GONE, [now - NODE_GONE_AFTER_MS])
  const [row] = await transaction.run(ANNOUNCE, [
    name,
    role,
    JSON.stringify(labels),
    version,
    Math.trunc(startedAt),
    config,
    now,
  ])
  return { draining: row?.['draining'] === true }
}

export async function removeNode(session: Session, name: string): Promise<void> {
  await session.run(REMOVE, [name])
}

export async function listNodes({ transaction, now }: Batch): Promise<readonly NodeRecord[]> {
  return (await transaction.run(NODES, [now, now - NODE_GONE_AFTER_MS])).map(toNode)
}

export async function drainNode(
  { transaction, now, changes }: Batch,
  name: string,
  draining: boolean,
): Promise<boolean> {
  const found = await transaction.run(DRAIN, [draining, name, now - NODE_GONE_AFTER_MS])
  if (found.length === 0) return false
  changes.push({ kind: 'node', name })
  return true
}
