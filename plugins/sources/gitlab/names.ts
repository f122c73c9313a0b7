import type { ValueReader } from '../../../core/sdk/source.ts'

/** `Merge Request Hook` is `merge_request`. A system hook says in its payload what it is about. */
export const eventName: ValueReader = (payload, headers) => {
  const header = headers['x-gitlab-event']
  if (header === 'System Hook') return payload['event_name'] ?? payload['object_kind']
  return header
    ?.replace(/ Hook$/, '')
    .replaceAll(' ', '_')
    .toLowerCase()
}

/** The reverse: `merge_request.open` is `Merge Request Hook`. */
export function headerName(event: string): string {
  if (event.endsWith(' Hook')) return event
  const words = (event.split('.', 1)[0] ?? event).split('_')
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ')} Hook`
}
