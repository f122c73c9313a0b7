import { z } from 'zod'

/** First words of paths that Hookline serves itself. */
const OWN_PATHS = [
  'api',
  'assets',
  'audit',
  'configuration',
  'connect',
  'deliveries',
  'errors',
  'healthz',
  'jobs',
  'mcp',
  'metrics',
  'nodes',
  'playground',
  'problems',
  'readyz',
  'sign-in',
  'tasks',
  'tokens',
]
const PATH = /^(?:\/(?!\.{1,2}(?:\/|$))(?:[\w.~!$&'()*+,;=:@-]|%[0-9A-F]{2})+)+$/

/** A path at which senders deliver, as they write it in the URL. */
export const sourcePathSchema = z
  .string()
  .max(500)
  .regex(PATH, 'must be a path as in a URL, such as `/hooks/deploy`')
  .refine(isCanonical, 'must be encoded as `encodeURI` does it')
  .refine((path) => !OWN_PATHS.includes(path.split('/')[1] ?? ''), {
    error: ({ input }) =>
      `must not begin with \`/${String(input).split('/')[1]}\`, which Hookline serves`,
  })

/** One path has one form, so that two forms of it cannot be two sources. */
function isCanonical(path: string): boolean {
  try {
    return encodeURI(decodeURI(path)) === path
  } catch {
    return false
  }
}

/** Where the sender of a source delivers, below `publicUrl`: at its own `path`, if it has one. */
export function webhookPath(source: string, path: string | null = null): string {
  return path ?? `/api/webhooks/${encodeURIComponent(source)}`
}
