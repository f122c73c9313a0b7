import type { NodeRecord } from '../../../core/index.ts'
import type { HandlerContext } from './context.ts'
import type { Handlers } from './messages.ts'

const GONE_AFTER_MS = 3_600_000

const FORGET_GONE = 'DELETE FROM nodes WHERE seen_at < ?'
const ANNOUNCE = `
  INSERT INTO nodes (name, role, labels, version, started_at, config, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET role = excluded.role, labels = excluded.labels, version = excluded.version,
    started_at = excluded.started_at, config = excluded.config, seen_at = excluded.seen_at
  RETURNING draining`
const REMOVE = 'DELETE FROM nodes WHERE name = ?'
const NODES = 'SELECT * FROM nodes WHERE seen_at >= ? ORDER BY name'
const RUNNING = `
  SELECT node, count(*) AS tasks FROM tasks WHERE state = 'running' AND lease_until > ? GROUP BY node`
const DRAIN = 'UPDATE nodes SET draining = ? WHERE name = ? AND seen_at >= ?'

/** Nodes as they announce themselves. */
export function createNodeHandlers({
  database,
  changes,
}: HandlerContext): Handlers<'announceNode' | 'removeNode' | 'nodes' | 'drainNode'> {
  return {
    announceNode([{ name, role, labels, version, startedAt, config }, now]) {
      database.prepare(FORGET_GONE).run(now - GONE_AFTER_MS)
      const row = database
        .prepare(ANNOUNCE)
        .get(name, role, JSON.stringify(labels), version, Math.trunc(startedAt), config, now)
      return { draining: row?.['draining'] === 1 }
    },
    removeNode([name]) {
      database.prepare(REMOVE).run(name)
      return null
    },
    nodes([now]) {
      const running = new Map(
        database
          .prepare(RUNNING)
          .all(now)
          .map((row) => [row['node'], row['tasks'] as number]),
      )
      return database
        .prepare(NODES)
        .all(now - GONE_AFTER_MS)
        .map((row) => ({ ...toNode(row), running: running.get(row['name'] as string) ?? 0 }))
    },
    drainNode([name, draining, now]) {
      const { changes: found } = database
        .prepare(DRAIN)
        .run(draining ? 1 : 0, name, now - GONE_AFTER_MS)
      if (found === 0) return false
      changes.push({ kind: 'node', name })
      return true
    },
  }
}

function toNode(row: Readonly<Record<string, unknown>>): Omit<NodeRecord, 'running'> {
  return {
    name: row['name'] as string,
    role: row['role'] as NodeRecord['role'],
    labels: JSON.parse(row['labels'] as string) as string[],
    version: row['version'] as string,
    startedAt: row['started_at'] as number,
    config: row['config'] as string,
    seenAt: row['seen_at'] as number,
    draining: row['draining'] === 1,
  }
}
