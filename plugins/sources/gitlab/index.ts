import { z } from 'zod'
import {
  allOf,
  apiAccess,
  defineSource,
  headerToken,
  hmacSignature,
  type JsonObject,
  jsonObject,
  partId,
  partsOf,
  STANDARD_WEBHOOKS,
  secrets,
  valueAt,
} from '../../../core/sdk/source.ts'
import { ACTION, GITLAB_EVENTS } from './facts.ts'
import { eventName, headerName } from './names.ts'
import { API_URL, gitlabMissedAt, gitlabRegister, gitlabRegistrar } from './register.ts'
import { gitlabApiOption, gitlabCommits } from './report.ts'
import { GITLAB_SAMPLES } from './samples.ts'

const TOKEN_HEADER = 'X-Gitlab-Token'

/** Webhooks of GitLab projects and groups, and system hooks. Every secret that is set is checked. */
export const gitlab = defineSource({
  name: 'gitlab',
  summary: 'Webhooks of GitLab projects and groups, and system hooks.',
  documentation: 'https://docs.gitlab.com/user/project/integrations/webhooks/',
  setup:
    'In the project, under Settings > Webhooks > Add new webhook, enter the URL, and the token as Secret token.',
  generates: 'token',
  options: z
    .object({
      signingToken: secrets()
        .optional()
        .describe('The signing token of the webhook, `whsec_…`, which also protects the body.'),
      token: secrets()
        .optional()
        .describe(
          'The secret token of the webhook, which is sent as it is and does not protect the body.',
        ),
      register: gitlabRegister,
      api: gitlabApiOption,
    })
    .refine(({ signingToken, token }) => signingToken !== undefined || token !== undefined, {
      message: 'needs `signingToken`, `token` or both: deliveries are never taken unverified',
    })
    .refine(({ register, token, signingToken }) => !register || (token && !signingToken), {
      message: 'needs `token`, and no `signingToken`: GitLab makes signing tokens itself',
      path: ['register'],
    }),
  events: GITLAB_EVENTS,
  secretHeaders: [TOKEN_HEADER],
  signature: ({ signingToken, token }, { clock }) =>
    allOf([
      ...(signingToken ? [hmacSignature(STANDARD_WEBHOOKS, { secrets: signingToken, clock })] : []),
      ...(token ? [headerToken({ header: TOKEN_HEADER, secrets: token })] : []),
    ]),
  register: ({ register, token: [first = ''] = [] }, { clock }) =>
    register && gitlabRegistrar(register, first, clock),
  missed: ({ register }, { clock }) => register && gitlabMissedAt(register, clock),
  create: (options, { clock }) => gitlabCommits(apiAccess(options, API_URL), clock),
  type: eventName,
  action: ACTION,
  sample: (event, body) => GITLAB_SAMPLES[event] ?? body,
  // Both headers carry the same id. If the body is signed, the signature covers `webhook-id` only.
  parse: (delivery, { signingToken }) => {
    const id = delivery.headers[signingToken ? 'webhook-id' : 'idempotency-key']
    return pushesOf(jsonObject(delivery)).map((payload, index, parts) => ({
      payload,
      id: partId(id, index, parts),
    }))
  },
  headers: ({ event, id }) => ({ 'x-gitlab-event': headerName(event), 'idempotency-key': id }),
})

/** A `repository_update` of a system hook tells of all refs that a push changed. */
function pushesOf(body: JsonObject): readonly JsonObject[] {
  if (body['event_name'] !== 'repository_update') return [body]
  return partsOf(body, 'changes').map((part) => {
    const ref = valueAt(part, 'changes.0.ref')
    return part === body || ref === undefined ? part : { ...part, refs: [ref] }
  })
}
