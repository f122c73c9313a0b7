import type { ErrorEntry } from './entry.ts'

/** Codes that an HTTP caller may get. */
export const HTTP_ERRORS = {
  source_unknown: {
    status: 404,
    title: 'No such source',
    remedy: 'Check the name at the end of the URL against `sources` in the config.',
  },
  delivery_refused: {
    status: 401,
    title: 'The delivery was refused',
    remedy: 'See the reason with `hookline explain` or GET /api/deliveries/{id}.',
  },
  delivery_unparsable: {
    status: 400,
    title: 'The delivery could not be parsed',
    remedy: 'Send the content type and format that the source expects.',
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
    remedy: 'Send a request that conforms to RFC 9112.',
  },
  path_ambiguous: {
    status: 400,
    title: 'The path can be read in more than one way',
    remedy: 'Send the path without dot segments, empty segments, backslashes and encoded slashes.',
  },
  expectation_failed: {
    status: 417,
    title: 'The Expect header is not supported',
    remedy: 'Send no Expect header, or `Expect: 100-continue`.',
  },
  content_type_unsupported: {
    status: 415,
    title: 'The content type is not supported',
    remedy: 'Send a content type that the message names.',
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
    title: 'Too many requests are in progress',
    remedy: 'Send again after the time in the Retry-After header.',
  },
  source_broken: {
    status: 500,
    title: 'The plugin of the source failed',
    remedy:
      'See the service log at this time. The sender may send again once the plugin is corrected.',
  },
  source_unavailable: {
    status: 503,
    title: 'The source cannot decide at the moment',
    remedy: 'Send again later. Nothing was accepted or refused.',
  },
  store_unavailable: {
    status: 503,
    title: 'The store cannot be used',
    remedy: 'See the service log, and send again later. Nothing was accepted.',
  },
  store_damaged: {
    status: 503,
    title: 'The database is damaged',
    remedy:
      'Stop the service, keep a copy of the files, and restore a backup or recover the database: see "If the database is damaged" in docs/operate.md. Nothing was accepted.',
  },
  body_broken: {
    status: 500,
    title: 'The stored body of a delivery is broken',
    remedy:
      'Look at the disk: what it holds is not what was written. Restore a backup, or ask the sender for the delivery again.',
  },
  unauthorized: {
    status: 401,
    title: 'A token is required',
    remedy:
      'Send `Authorization: Bearer` with the admin token, or with a token made by `hookline token create`.',
  },
  forbidden: {
    status: 403,
    title: 'The caller may not do this',
    remedy: 'Use a token with the role that the message names.',
  },
  admin_not_public: {
    status: 403,
    title: 'The admin API is not public',
    remedy:
      'Call the service at its own address, not through a tunnel or a proxy, or set `admin: { public: true }`.',
  },
  csrf_refused: {
    status: 403,
    title: 'The call may come from another website',
    remedy:
      'Send the `csrf` value of GET /api/session in the header X-Hookline-CSRF, from a page of the same origin.',
  },
  session_missing: {
    status: 409,
    title: 'There is no session',
    remedy: 'Start one with POST /api/session, or send a token, which needs no session.',
  },
  sign_in_code_invalid: {
    status: 401,
    title: 'The sign-in code is not valid',
    remedy: 'Print a new link with `hookline dashboard`. Each works once, within 15 minutes.',
  },
  oidc_not_configured: {
    status: 409,
    title: 'Nobody can sign in with a provider here',
    remedy: 'Sign in with a token, or set `admin.oidc` in the config.',
  },
  oidc_unavailable: {
    status: 503,
    title: 'The provider of the sign-in cannot be used',
    remedy:
      'Try again later, or sign in with a token. If it stays so, compare `admin.oidc` with the client at the provider, and check that this machine can reach `issuer`.',
  },
  oidc_refused: {
    status: 401,
    title: 'The sign-in with the provider was not accepted',
    remedy: 'Start again from the sign-in page, in one window, and finish within ten minutes.',
  },
  oidc_no_role: {
    status: 403,
    title: 'The person has no role here',
    remedy:
      'Ask an admin of this service to give you a role: by a group at the provider, or by `admin.oidc.roles` in the config.',
  },
  token_unknown: {
    status: 404,
    title: 'No such token',
    remedy: 'List the tokens with `hookline token list` or GET /api/tokens.',
  },
  token_exists: {
    status: 409,
    title: 'The name of the token is already in use',
    remedy: 'Choose another name, or revoke the other token first.',
  },
  not_found: { status: 404, title: 'Not found', remedy: 'Check the path and the id.' },
  task_unknown: {
    status: 404,
    title: 'No such task',
    remedy: 'List the tasks with `hookline tasks` or GET /api/tasks.',
  },
  program_unknown: {
    status: 404,
    title: 'No such program',
    remedy: 'Add it to `programs`, or correct the name.',
  },
  node_unknown: {
    status: 404,
    title: 'No such node',
    remedy: 'List the nodes with `hookline nodes` or GET /api/nodes.',
  },
  pause_target_unknown: {
    status: 404,
    title: 'There is nothing of this name to pause',
    remedy: 'Name a source, a program, or a rule as the tasks show it.',
  },
  pause_unknown: {
    status: 404,
    title: 'It is not paused',
    remedy: 'List what is paused with `hookline pauses` or GET /api/pauses.',
  },
  delivery_unknown: {
    status: 404,
    title: 'No such delivery',
    remedy: 'List the deliveries with `hookline deliveries` or GET /api/deliveries.',
  },
  source_cannot_sign: {
    status: 409,
    title: 'Only the sender can sign deliveries of this source',
    remedy: 'Send one from the sender instead.',
  },
  event_unknown: {
    status: 404,
    title: 'No such event',
    remedy: 'See the events of the delivery with `hookline explain` or GET /api/deliveries/{id}.',
  },
  job_unknown: {
    status: 404,
    title: 'No such job',
    remedy: 'List the jobs with `hookline jobs` or GET /api/jobs.',
  },
  job_already_ended: {
    status: 409,
    title: 'The job has already ended',
    remedy: 'Start another one with POST /api/jobs.',
  },
  job_busy: {
    status: 503,
    title: 'The job could not be written',
    remedy: 'Send the call again.',
  },
  jobs_too_many: {
    status: 409,
    title: 'Too many jobs have not ended',
    remedy: 'Wait until some have ended, or cancel them.',
  },
  task_not_settled: {
    status: 409,
    title: 'The task is still waiting or running',
    remedy: 'Cancel it first, or wait until it ends.',
  },
  approval_not_pending: {
    status: 409,
    title: 'The task does not wait for an approval',
    remedy: 'Look at the task: somebody has decided, or its time is over. A retry asks again.',
  },
  approval_changed: {
    status: 409,
    title: 'Something else was shown than what would be approved',
    remedy: 'Look at the task again, and approve what it shows now.',
  },
  approval_link_unknown: {
    status: 404,
    title: 'The link is not valid',
    remedy: 'Open the link as it was sent. If it is whole, approve the task in the dashboard.',
  },
  approval_link_expired: {
    status: 410,
    title: 'The link has expired',
    remedy: 'Retry the task: it then waits for an approval again, with a new link.',
  },
  approval_link_off: {
    status: 410,
    title: 'The rule takes no links any more',
    remedy: 'Approve the task in the dashboard or with `hookline approve`, as one who may.',
  },
  approval_rule_gone: {
    status: 410,
    title: 'No rule asks for this approval any more',
    remedy:
      'Let an admin approve the task, in the dashboard or with `hookline approve`. If nobody does in time, it is cancelled.',
  },
  task_already_settled: {
    status: 409,
    title: 'The task has already ended',
    remedy: 'Retry it to run it again.',
  },
  delivery_not_replayable: {
    status: 409,
    title: 'The delivery cannot be replayed',
    remedy: 'Replay an accepted delivery whose source is still in the config.',
  },
  delivery_incomplete: {
    status: 409,
    title: 'The delivery is not stored as a sender sent it',
    remedy: 'Take another delivery, such as the one that it repeats.',
  },
  request_invalid: {
    status: 400,
    title: 'The request is not valid',
    remedy: 'Correct what the message names. If there are `errors`, they name each part.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    remedy: 'See the service log at this time.',
  },
} as const satisfies Record<string, ErrorEntry>
