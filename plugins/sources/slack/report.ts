import {
  type ApiAnswer,
  apiFields,
  HooklineError,
  isJsonObject,
  ProviderApi,
  type ReportedState,
  shortened,
  type TaskReport,
  type TaskReporter,
  z,
} from '../../../core/sdk/source.ts'

/** It takes 4000 of a message that is changed: https://docs.slack.dev/reference/methods/chat.update. */
const MAX_BYTES = 3900
const MAX_NAME = 100
const MAX_DESCRIPTION = 300
const FENCE = '```'
const ICONS: Readonly<Record<ReportedState, string>> = {
  ...{ queued: ':hourglass:', running: ':arrow_forward:', succeeded: ':white_check_mark:' },
  ...{ failed: ':x:', cancelled: ':no_entry_sign:', skipped: ':fast_forward:' },
}
const UNAUTHORIZED = /auth|token|account_inactive|org_login_required/
const FORBIDDEN = /missing_scope|not_in_channel|no_permission|restricted|access_denied/
const UNAVAILABLE = /internal_error|fatal_error|service_unavailable|request_timeout/

/** The option `api` of a `slack` source. */
export const slackApiOption = z
  .strictObject({
    ...apiFields({
      apiUrl: 'https://slack.com/api',
      token: 'Bot token with the scope `chat:write`: `xoxb-…`.',
    }),
    channel: z
      .string()
      .min(1)
      .describe('ID of the channel for reports, of which the app must be a member: `C0123456789`.'),
  })
  .optional()
  .describe('Access to the API, for the `report` of rules: a message for each task.')

/** One message for each run of a task: https://docs.slack.dev/reference/methods/chat.postMessage. */
export function slackReporter(
  { token, apiUrl, channel }: NonNullable<z.output<typeof slackApiOption>>,
  clock: () => number,
): TaskReporter {
  const api = new ProviderApi({
    provider: 'Slack',
    baseUrl: apiUrl,
    authorize: () => ({ authorization: `Bearer ${token}` }),
    clock,
  })
  return {
    needsCommit: false,
    send: async (report, { ref }, signal) => {
      const [postedIn, ts] = ref?.split(' ') ?? []
      const method = ts === undefined ? '/chat.postMessage' : '/chat.update'
      const json = {
        channel: postedIn ?? channel,
        text: textOf(report),
        ...(ts === undefined ? { unfurl_links: false } : { ts }),
      }
      const answer = read(method, await api.call('POST', method, { signal, json }))
      return `${String(answer['channel'])} ${String(answer['ts'])}`
    },
  }
}

function textOf({ state, name, description, url, taskId, output }: TaskReport): string {
  const task = url === null ? taskId : `<${url}|${taskId}>`
  const shown = escaped(shortened(description, MAX_DESCRIPTION))
  const line = `${ICONS[state]} *${escaped(shortened(name, MAX_NAME))}*: ${shown} (${task})`
  if (output === '') return line
  const room = MAX_BYTES - Buffer.byteLength(line) - 2 * FENCE.length
  const end = escapedEnd(output.replaceAll(FENCE, '` ` `'), room)
  return `${line}\n${FENCE}\n${end}\n${FENCE}`
}

/** The end of a text that has so many bytes once it is escaped. */
function escapedEnd(text: string, most: number): string {
  const characters = [...text].map(escaped)
  let left = most
  const from = characters.findLastIndex((each) => {
    left -= Buffer.byteLength(each)
    return left < 0
  })
  return characters.slice(from + 1).join('')
}

/** https://docs.slack.dev/messaging/formatting-message-text/#escaping */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Slack tells errors with status 200. */
function read(method: string, answer: ApiAnswer) {
  const body = answer.json()
  if (isJsonObject(body) && body['ok'] === true) return body
  const error = isJsonObject(body) ? String(body['error']) : 'no JSON object'
  const message = `Slack: POST ${method}: ${error.slice(0, 100)}`
  throw new HooklineError(codeOf(error), message)
}

function codeOf(error: string) {
  if (UNAUTHORIZED.test(error)) return 'provider_unauthorized'
  if (FORBIDDEN.test(error)) return 'provider_forbidden'
  return UNAVAILABLE.test(error) ? 'provider_unavailable' : 'provider_refused'
}
