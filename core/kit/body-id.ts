import { hash } from 'node:crypto'

/**
 * An id made of the body, for a sender that gives none but writes a time or an id of its own into each body: what it
 * sends again is then the same bytes. Not for bodies that may be equal without being the same event.
 */
export function bodyId(body: Uint8Array): string {
  return `sha256:${hash('sha256', body, 'hex')}`
}
