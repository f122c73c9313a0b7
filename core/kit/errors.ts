/** Every error code: HTTP status where it reaches a caller, a title, and what to do about it. */
export const ERRORS = {
  source_unknown: {
    status: 404,
    title: 'No such source',
    remedy: 'Check the name at the end of the URL against `sources` in the config.',
  },
  delivery_refused: {
    status: 401,
    title: 'The delivery was refused',
    remedy: "Look at the delivery's reason with `hookline explain` or GET /api/deliveries/{id}.",
  },
  delivery_unparsable: {
    status: 400,
    title: 'The delivery could not be parsed',
    remedy: 'Send the content type and the form that the source expects.',
  },
  delivery_too_large: {
    status: 413,
    title: 'The body is too large',
    remedy: "Raise the source's `maxBodyBytes`, or send less.",
  },
  delivery_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    remedy: 'Send the whole body within `limits.requestSeconds`.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    remedy: 'Send fewer or shorter headers.',
  },
  http_malformed: {
    status: 400,
    title: 'The request is not valid HTTP',
    remedy: 'Send a request as RFC 9112 describes it.',
  },
  content_type_unsupported: {
    status: 415,
    title: 'The content type is not supported',
    remedy: 'Send one of the content types that the source names.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The method is not allowed here',
    remedy: 'Deliver webhooks by POST.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    remedy: 'Send again after the time in the Retry-After header.',
  },
  overloaded: {
    status: 503,
    title: 'Too many requests are under way',
    remedy: 'Send again after the time in the Retry-After header.',
  },
  store_unavailable: {
    status: 503,
    title: 'The store cannot be used',
    remedy: 'See the service log; send again later: nothing was accepted.',
  },
  store_too_new: {
    title: 'The store was written by a newer version',
    remedy: 'Run the newer version, or restore a backup.',
  },
  unauthorized: {
    status: 401,
    title: 'An admin token is needed',
    remedy: 'Send `Authorization: Bearer` with the admin token.',
  },
  admin_token_weak: {
    title: 'The admin token is too short',
    remedy: 'Use at least 16 random characters, or unset it to have one made.',
  },
  not_found: { status: 404, title: 'Nothing is here', remedy: 'Check the path and the id.' },
  task_unknown: {
    status: 404,
    title: 'No such task',
    remedy: 'List the tasks with GET /api/tasks.',
  },
  delivery_unknown: {
    status: 404,
    title: 'No such delivery',
    remedy: 'List the deliveries with GET /api/deliveries.',
  },
  task_not_settled: {
    status: 409,
    title: 'The task is still waiting or running',
    remedy: 'Cancel it first, or wait for its end.',
  },
  task_already_settled: {
    status: 409,
    title: 'The task has already ended',
    remedy: 'Retry it if it is to run again.',
  },
  delivery_not_replayable: {
    status: 409,
    title: 'The delivery cannot be replayed',
    remedy: 'Replay an accepted delivery whose source is still in the config.',
  },
  request_invalid: {
    status: 400,
    title: 'The request is not valid',
    remedy: 'Correct the parts named in `errors`.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong here',
    remedy: 'See the service log under the same time.',
  },
  config_missing: {
    title: 'There is no config file',
    remedy: 'Write one with `hookline init`, or name one with --config.',
  },
  config_unreadable: {
    title: 'The config file cannot be read',
    remedy: 'Correct the syntax error that the message shows.',
  },
  config_invalid: {
    title: 'The config has faults',
    remedy: 'Correct each fault listed; nothing was changed.',
  },
  env_missing: {
    title: 'An environment variable is not set',
    remedy: 'Set it, or give env() a default or `generate: true`.',
  },
  file_unreadable: {
    title: 'A referenced file cannot be read',
    remedy: 'Check the path and its permissions.',
  },
  option_invalid: {
    title: 'An option is not valid',
    remedy: 'Correct the value at the path shown.',
  },
  option_unknown: {
    title: 'An option is not known',
    remedy: 'Remove it, or correct its spelling.',
  },
  plugin_unknown: {
    title: 'There is no such plugin',
    remedy: 'Check the name, or add its folder to `plugins`.',
  },
  plugin_broken: {
    title: 'A plugin could not be loaded',
    remedy: 'Correct the plugin; the message names its file.',
  },
  plugin_clash: {
    title: 'Two plugins have one name',
    remedy: 'Rename one of them, or remove a folder from `plugins`.',
  },
  program_unknown: {
    title: 'A rule names a program that is not there',
    remedy: 'Add it to `programs`, or correct the name.',
  },
  rule_source_unknown: {
    title: 'A rule names a source that is not there',
    remedy: 'Add it to `sources`, or correct `on`.',
  },
  rule_clash: { title: 'Two rules have one name', remedy: 'Give one of them another `name`.' },
  condition_invalid: {
    title: 'A condition is not valid CEL',
    remedy: 'Correct it at the place shown.',
  },
  condition_unknown_name: {
    title: 'A condition uses a name that is not there',
    remedy: 'Use a fact of the event, `payload`, `event` or `facts`.',
  },
  param_missing: {
    title: 'The event does not have a value for a param',
    remedy: 'Give the param a default, or add a condition to the rule.',
  },
  param_refused: {
    title: 'The value of a param is not allowed as an argument',
    remedy: 'Set `allowLeadingDash` where the program can take it.',
  },
  expression_failed: {
    title: 'An expression has no value for this event',
    remedy: "Guard it: `has(payload.ref) ? payload.ref : ''`, or add a condition to the rule.",
  },
  address_refused: {
    title: 'The address may not be called',
    remedy: 'Call a public address, or name this one in `allowPrivate` if it is meant.',
  },
  program_not_found: {
    title: 'The program cannot be started',
    remedy: 'Check `command` and `cwd`, and that the file may be executed.',
  },
  engine_unavailable: {
    title: 'The container engine cannot be used',
    remedy: 'Start it, check `socketPath` or DOCKER_HOST, and that this user may open the socket.',
  },
  image_unavailable: {
    title: 'The image of a program is not there',
    remedy: 'Check the name of `image` and the access to its registry, or load it by hand.',
  },
  container_refused: {
    title: 'The container engine refused the container',
    remedy: 'Correct the option that the message speaks of.',
  },
  out_of_memory: {
    title: 'The program ran out of memory',
    remedy: 'Raise `memoryBytes`, or let the program need less.',
  },
  address_in_use: {
    title: 'The port is in use',
    remedy: 'Stop the other process, or choose another --port.',
  },
  data_dir_in_use: {
    title: 'Another process uses the data folder',
    remedy: 'Stop it, or choose another --data.',
  },
  service_unreachable: {
    title: 'The service does not answer',
    remedy: 'Start it with `hookline start`, or name it with --url.',
  },
  node_too_old: {
    title: 'Node.js is too old',
    remedy: 'Install a newer Node.js from https://nodejs.org, or use the container image.',
  },
  cli_usage: { title: 'The command cannot be carried out as given', remedy: 'See --help.' },
} as const satisfies Record<string, ErrorEntry>

interface ErrorEntry {
  readonly status?: number
  readonly title: string
  readonly remedy: string
}

export type ErrorCode = keyof typeof ERRORS

export interface ErrorDetails {
  readonly cause?: unknown
  /** Replaces the remedy of the catalogue. */
  readonly remedy?: string
  /** Extra fields for the caller: `retryAfterSeconds`, `errors`. Never a secret or a payload. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** A fault with a code of `ERRORS`. The message names the rule that was broken and what was given. */
export class HooklineError extends Error {
  override readonly name = 'HooklineError'
  readonly code: ErrorCode
  readonly remedy: string
  readonly fields: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.remedy = details.remedy ?? ERRORS[code].remedy
    this.fields = details.fields ?? {}
  }
}

/** By name and code, not by class: a plugin may throw an error of a second copy of this module. */
export function isHooklineError(error: unknown): error is HooklineError {
  return (
    error instanceof Error &&
    error.name === 'HooklineError' &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code in ERRORS
  )
}
