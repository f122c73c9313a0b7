import type { ErrorEntry } from './entry.ts'

/** Codes of programs that publish to a broker. */
export const BROKER_ERRORS = {
  package_missing: {
    title: 'A package that the program or a setting needs is not installed',
    remedy: 'Install it beside Hookline, as the message says.',
  },
  broker_unreachable: {
    title: 'The broker cannot be reached',
    remedy: 'Start it, and check host, port and TLS. The task is tried again.',
  },
  broker_access_refused: {
    title: 'The broker refuses the login, or lacks a permission for it',
    remedy: 'Correct the credentials, or grant the permission that the message names.',
  },
  broker_full: {
    title: 'The broker takes no more messages now',
    remedy: 'Let consumers catch up, or give the broker more room. The task is tried again.',
  },
  target_missing: {
    title: 'The broker has nowhere to put the message',
    remedy: 'Create what the message names, or correct the option that names it.',
  },
  message_refused: {
    title: 'The broker refuses the message',
    remedy: 'Correct what the message names.',
  },
  message_unconfirmed: {
    title: 'The broker did not confirm the message',
    remedy: 'The task is tried again. The message may be there already, with the same id.',
  },
} as const satisfies Record<string, ErrorEntry>
