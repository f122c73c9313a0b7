import { NODE_GONE_AFTER_MS } from '../../../../core/sdk/store/pruning.ts'
import { toNode } from '../../../../core/sdk/store/rows.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'

const FORGET_GONE = 'DELETE FROM nodes WHERE seen_at < ?'
const ANNOUNCE = `
  INSERT INTO nodes (name, role, labels, version, started_at, config, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET role = excluded.role, labels = excluded.labels, version = excluded.version,
    started_at = excluded.started_at, config = excluded.config, seen_at = excluded.seen_at
  RETURNING draining`
const REMOVE = 'DELETE FROM nodes WHERE name = ?'
const NODES = `
  SELECT *, (
    SELECT count(*) FROM tasks WHERE state = 'running' AND lease_until > ? AND node = nodes.name
  ) AS running
  FROM nodes WHERE seen_at >= ? ORDER BY name`
const DRAIN = 'UPDATE nodes SET draining = ? WHERE name = ? AND seen_at >= ?'

/** Nodes as they announce themselves. */
export function createNodeHandlers({
  database,
  changes,
}: HandlerContext): Handlers<'announceNode' | 'removeNode' | 'nodes' | 'drainNode'> {
  return {
    announceNode([{ name, role, labels, version, startedAt, config }, now]) {
      database.prepare(FORGET_GONE).run(now - NODE_GONE_AFTER_MS)
      const row = database
        .prepare(ANNOUNCE)
        .get(name, role, JSON.stringify(labels), version, Math.trunc(startedAt), config, now)
      return { draining: row?.['draining'] === 1 }
    },
    removeNode([name]) {
      database.prepare(REMOVE).run(name)
      return null
    },
    nodes: ([now]) =>
      database
        .prepare(NODES)
        .all(now, now - NODE_GONE_AFTER_MS)
        .map(toNode),
    drainNode([name, draining, now]) {
      const { changes: found } = database
        .prepare(DRAIN)
        .run(Number(draining), name, now - NODE_GONE_AFTER_MS)
      if (found === 0) return false
      changes.push({ kind: 'node', name })
      return true
    },
  }
}
