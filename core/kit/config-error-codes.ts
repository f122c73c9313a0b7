import type { ErrorEntry } from './error-entry.ts'

/** Codes of the config's part of the API. */
export const CONFIG_ERRORS = {
  config_unknown: {
    status: 404,
    title: 'No such part of the config',
    remedy: 'List what there is with GET /api/config.',
  },
  config_exists: {
    status: 409,
    title: 'The name is taken',
    remedy: 'Choose another name, or change the part with PUT.',
  },
  config_from_file: {
    status: 409,
    title: 'The part is in a config file',
    remedy: 'Change the file that the message names.',
  },
  config_in_use: {
    status: 409,
    title: 'A rule names the part',
    remedy: 'Change or delete the rules that the message names first.',
  },
  config_refused: {
    status: 422,
    title: 'The config would have faults',
    remedy: 'Correct each part named in `errors`; nothing was changed.',
  },
  config_not_managed: {
    status: 403,
    title: 'Parts of this kind are not managed',
    remedy: 'Switch it on under `managed` in the config file, or write the part there.',
  },
  config_changed: {
    status: 412,
    title: 'The part is not as the precondition has it',
    remedy: 'Get it again, and send the change with its new ETag.',
  },
  precondition_missing: {
    status: 428,
    title: 'The change needs a precondition',
    remedy:
      'Send `If-Match` with the ETag of the part, or `If-None-Match: *` for one that is not there yet.',
  },
  config_busy: {
    status: 503,
    title: 'The config is being changed by others all the time',
    remedy: 'Send the change again.',
  },
  masked_unknown: {
    title: 'There is no secret for a mask to keep',
    remedy: 'Send the secret itself, or a reference to it.',
  },
} as const satisfies Record<string, ErrorEntry>
