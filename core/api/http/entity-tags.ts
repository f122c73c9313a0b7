import { etag } from 'hono/etag'
import { PART_KINDS } from '../config/part-kinds.ts'

/**
 * What callers ask for again and again: GET has an ETag there, and answers 304 to `If-None-Match` if nothing has changed.
 * Answers that always differ, such as figures up to now, have none. That of a part of the config is its version, which
 * does not tell whether the answer is the same: the URL of a source can change without it.
 */
export const TAGGED_PATHS: readonly string[] = [
  ...['/api/tasks', '/api/tasks/:id', '/api/deliveries', '/api/deliveries/:id', '/api/errors'],
  ...['/api/jobs', '/api/jobs/:id', '/api/pauses', '/api/registrations', '/api/catch-up'],
  ...['/api/sources', '/api/sources/:name', '/api/programs', '/api/programs/:name', '/api/plugins'],
  ...['/api/config', '/api/config/schema', '/api/tokens', '/api/openapi.json'],
  ...PART_KINDS.map(({ plural }) => `/api/config/${plural}`),
]

/** Sets the ETag of an answer that has none, and answers 304 if the caller has it already. */
export const entityTags = etag()
