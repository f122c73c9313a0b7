import type { ErrorEntry } from './entry.ts'

/** Codes of programs that are handed over to an outside engine. */
export const ENGINE_ERRORS = {
  run_forgotten: {
    title: 'The engine does not know the run any more',
    remedy:
      'The task is tried again. Let the engine write to disk what it was given, and keep results longer.',
  },
  run_lost: {
    title: 'The run has begun, and nothing is heard of it any more',
    remedy: 'The task is tried again. Look for a worker that died, or allow more time.',
  },
} as const satisfies Record<string, ErrorEntry>
