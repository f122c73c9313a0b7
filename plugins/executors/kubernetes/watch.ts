import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { ACTIVE } from './follow.ts'
import { type Pod, programState, refOfPod } from './objects.ts'

interface WatchEvent {
  readonly type: string
  readonly object: Pod
}

const WATCH_SECONDS = 240
const RETRY_MS = 5000
const MAX_LINE_LENGTH = 4 * 1024 * 1024

/**
 * Calls `changed` for each Job whose pod has ended: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 * Only a help: what it misses is found by the next look.
 */
export function watchPods(
  open: () => Promise<{ readonly cluster: Cluster; readonly namespace: string }>,
  selector: string,
  changed: (refs: readonly string[]) => void,
): () => void {
  const stop = new AbortController()
  const watch = async () => {
    while (!stop.signal.aborted) {
      try {
        for await (const event of events(await open(), selector, stop.signal)) {
          const ref = refOfEnded(event)
          if (ref !== null) changed([ref])
        }
      } catch {
        // `follow` says what is wrong.
      }
      await sleep(RETRY_MS, undefined, { signal: stop.signal }).catch(() => {})
    }
  }
  void watch()
  return () => stop.abort()
}

async function* events(
  { cluster, namespace }: { readonly cluster: Cluster; readonly namespace: string },
  selector: string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const chunks = await cluster.stream({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/pods`,
    namespace,
    what: 'watch pods',
    query: {
      watch: 'true',
      labelSelector: selector,
      fieldSelector: ACTIVE,
      timeoutSeconds: String(WATCH_SECONDS),
    },
    signal,
  })
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = (lines.pop() ?? '').slice(-MAX_LINE_LENGTH)
    for (const line of lines) yield JSON.parse(line)
  }
}

// A pod that has ended no longer matches the selector: to this watch it is deleted.
function refOfEnded({ type, object }: WatchEvent): string | null {
  if (type !== 'DELETED' && type !== 'MODIFIED') return null
  const hasEnded = type === 'DELETED' || programState(object)?.terminated !== undefined
  return hasEnded ? refOfPod(object) : null
}
