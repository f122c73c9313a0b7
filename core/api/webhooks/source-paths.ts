import type { RunningConfig } from '../../contracts/config.ts'

const WEBHOOKS = '/api/webhooks/'
const pathsOf = new WeakMap<RunningConfig, ReadonlyMap<string, string>>()

/** The source whose own `path` this is, as Hono decodes it (like `decodeURI`); undefined if it is that of none. */
export function sourceAtPath(config: RunningConfig, path: string): string | undefined {
  let paths = pathsOf.get(config)
  if (paths === undefined) {
    paths = new Map(
      [...config.sources.values()].flatMap((source) =>
        source.path === null ? [] : [[decodeURI(source.path), source.name] as const],
      ),
    )
    pathsOf.set(config, paths)
  }
  return paths.size === 0 ? undefined : paths.get(path)
}

/** Whether senders deliver at a path. */
export function isWebhookPath(config: RunningConfig, path: string): boolean {
  return path.startsWith(WEBHOOKS) || sourceAtPath(config, path) !== undefined
}
