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
  run_revoked: {
    title: 'The engine was told not to run it, or to end it',
    remedy:
      'Find out who revoked it. If it has expired, start more workers or raise `timeoutSeconds`.',
  },
  task_not_registered: {
    title: 'The workers have no task of this name',
    remedy: 'Correct `task`, or start the workers with the module that defines it.',
  },
} as const satisfies Record<string, ErrorEntry>
