import type { ErrorEntry } from './entry.ts'

/** Codes of the config API. */
export const CONFIG_ERRORS = {
  config_unknown: {
    status: 404,
    title: 'The config has no such part',
    remedy: 'GET /api/config lists all parts.',
  },
  config_exists: {
    status: 409,
    title: 'The name is already in use',
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
    title: 'The change would make the config invalid',
    remedy: 'Correct each fault in `errors`. Nothing was changed.',
  },
  config_faulty: {
    status: 422,
    title: 'The config has faults',
    remedy: 'Correct the config file. Cases run with it as it is on disk.',
  },
  config_not_managed: {
    status: 403,
    title: 'Parts of this kind are not managed',
    remedy: 'Enable this kind under `managed` in the config file, or add the part to that file.',
  },
  config_changed: {
    status: 412,
    title: 'The part was changed meanwhile',
    remedy: 'Get the part again, and send the change with its new ETag.',
  },
  precondition_missing: {
    status: 428,
    title: 'The change needs a precondition',
    remedy: 'Send `If-Match` with the ETag of the part, or `If-None-Match: *` to create it.',
  },
  config_busy: {
    status: 503,
    title: 'Other changes kept coming first',
    remedy: 'Send the change again.',
  },
  masked_unknown: {
    title: 'A mask stands for no secret',
    remedy: 'Send the secret itself, or a reference to it.',
  },
} as const satisfies Record<string, ErrorEntry>
