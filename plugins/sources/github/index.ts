import { z } from 'zod'
import {
  apiAccess,
  type Delivery,
  defineSource,
  formFields,
  HooklineError,
  isJsonObject,
  type JsonObject,
  jsonObject,
  mediaType,
  parseJson,
  payloads,
  secrets,
} from '../../../core/sdk/source.ts'
import { GITHUB_ACTIONS } from './actions.ts'
import { GITHUB_EVENTS } from './events.ts'
import type { GithubPayloads } from './payloads.ts'
import { API_URL, githubHooks, githubRegister } from './register.ts'
import { githubApiOption, githubCommits } from './report.ts'
import { GITHUB_SAMPLES } from './samples.ts'

export type { GithubPayloads } from './payloads.ts'

/** Webhooks of GitHub repositories, organizations and apps, as JSON or as a form. */
export const github = defineSource({
  name: 'github',
  summary: 'Webhooks of GitHub repositories, organizations and apps.',
  documentation: 'https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries',
  setup:
    'In the repository, under Settings > Webhooks > Add webhook, enter the URL as Payload URL, choose application/json as Content type, and enter the secret.',
  generates: 'secret',
  options: z.object({
    secret: secrets().describe('The secret of the webhook, or several during a rotation.'),
    register: githubRegister,
    api: githubApiOption,
  }),
  events: GITHUB_EVENTS,
  actions: GITHUB_ACTIONS,
  payloads: payloads<GithubPayloads>(),
  signature: {
    header: 'X-Hub-Signature-256',
    algorithm: 'sha256',
    encoding: 'hex',
    prefix: 'sha256=',
  },
  type: { header: 'X-GitHub-Event' },
  action: 'action',
  id: { header: 'X-GitHub-Delivery' },
  parse: (delivery) => [{ payload: readPayload(delivery) }],
  create: ({ register, api, secret: [first = ''] }, { clock }) => {
    const access = apiAccess({ api, register }, API_URL)
    return {
      ...(register && githubHooks(register, first, clock)),
      ...(access && githubCommits(access, clock)),
    }
  },
  sample: (event, body) => GITHUB_SAMPLES[event] ?? body,
})

function readPayload(delivery: Delivery): JsonObject {
  const type = mediaType(delivery.headers['content-type'])
  if (type !== 'application/x-www-form-urlencoded') return jsonObject(delivery)
  const field = formFields(delivery)['payload']
  if (typeof field !== 'string') {
    throw new HooklineError('delivery_unparsable', 'The form has no single field `payload`.')
  }
  const payload = parseJson(field)
  if (isJsonObject(payload)) return payload
  throw new HooklineError('delivery_unparsable', 'The field `payload` is not a JSON object.')
}
