import type { ErrorEntry } from './error-entry.ts'

/** Codes that a caller over HTTP may get. */
export const HTTP_ERRORS = {
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
  source_unavailable: {
    status: 503,
    title: 'The source cannot decide just now',
    remedy: 'Send again later: nothing was accepted or refused.',
  },
  store_unavailable: {
    status: 503,
    title: 'The store cannot be used',
    remedy: 'See the service log; send again later: nothing was accepted.',
  },
  unauthorized: {
    status: 401,
    title: 'A token is needed',
    remedy:
      'Send `Authorization: Bearer` with the admin token or one made by `hookline token create`.',
  },
  forbidden: {
    status: 403,
    title: 'The role does not allow this',
    remedy: 'Use a token with the role that the message names.',
  },
  admin_not_public: {
    status: 403,
    title: 'The admin API is not for callers from outside',
    remedy:
      'Call the service by its own address, not through a tunnel or a proxy; or set `admin: { public: true }`.',
  },
  csrf_refused: {
    status: 403,
    title: 'The call may have been made by another page',
    remedy:
      'Send what GET /api/session gives as `csrf` in the header X-Hookline-CSRF, from a page of the same origin.',
  },
  session_missing: {
    status: 409,
    title: 'There is no session',
    remedy: 'Start one with POST /api/session; a token needs none.',
  },
  token_unknown: {
    status: 404,
    title: 'No such token',
    remedy: 'List the tokens with GET /api/tokens.',
  },
  token_exists: {
    status: 409,
    title: 'The name of the token is taken',
    remedy: 'Choose another name, or revoke that token first.',
  },
  not_found: { status: 404, title: 'Nothing is here', remedy: 'Check the path and the id.' },
  task_unknown: {
    status: 404,
    title: 'No such task',
    remedy: 'List the tasks with GET /api/tasks.',
  },
  node_unknown: {
    status: 404,
    title: 'No such node',
    remedy: 'List the nodes with GET /api/nodes.',
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
} as const satisfies Record<string, ErrorEntry>
