import { hash } from 'node:crypto'

/**
 * An id made from the body, for a sender that has no ids but puts a time into each body: only a repeated delivery has
 * the same bytes. Do not use it if two different events can have equal bodies.
 */
export function bodyId(body: Uint8Array): string {
  return `sha256:${hash('sha256', body, 'hex')}`
}
