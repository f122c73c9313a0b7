import { z } from 'zod'
import {
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  formFields,
  HooklineError,
  isJsonObject,
  isJsonType,
  jsonObject,
  mediaType,
  OK,
  parseJson,
  type SourceEvent,
  secrets,
} from '../../../core/sdk/source.ts'
import { slackApiOption, slackReporter } from './report.ts'

const MESSAGE_FACTS: FactTable = {
  // A message that was edited or deleted is inside the event.
  text: ['string', 'Text of the message', 'event.text', 'event.message.text'],
  timestamp: [
    'string',
    'Its `ts`, unique within the channel',
    'event.message.ts',
    'event.deleted_ts',
    'event.ts',
  ],
  thread: ['string', '`ts` of its thread', 'event.thread_ts', 'event.message.thread_ts'],
  bot: [
    'string',
    'Id of the bot that wrote it; null for a person',
    'event.bot_id',
    'event.message.bot_id',
  ],
}

const INTERACTION_FACTS: FactTable = {
  action: ['string', 'Id of the action taken', 'actions.0.action_id', 'callback_id'],
  value: [
    'string',
    'Its value',
    'actions.0.value',
    'actions.0.selected_option.value',
    'actions.0.selected_user',
    'actions.0.selected_channel',
    'actions.0.selected_conversation',
    'actions.0.selected_date',
    'actions.0.selected_time',
  ],
  callback: ['string', 'Id of the view or shortcut', 'view.callback_id', 'callback_id'],
  response_url: ['string', 'URL for responses', 'response_url'],
}

const USER = [
  'event.user',
  'event.user.id',
  'event.user_id',
  'event.message.user',
  'event.previous_message.user',
  'user_id',
  'user.id',
] as const

const CHANNEL = [
  'event.channel',
  'event.channel.id',
  'event.channel_id',
  'event.item.channel',
  'channel_id',
  'channel.id',
  'container.channel_id',
] as const

const EVENTS = {
  '*': {
    description: 'Every event of Slack.',
    facts: {
      team: ['string', 'Id of the workspace', 'team_id', 'team.id', 'user.team_id'],
      user: ['string', 'Id of the user who did it', ...USER],
      channel: ['string', 'Id of the channel', ...CHANNEL],
      app: ['string', 'Id of the app', 'api_app_id'],
    },
  },
  ...eventsWith(MESSAGE_FACTS, {
    message: 'A message. Its subtype, if it has one, follows a dot.',
    app_mention: 'The app was mentioned in a message.',
  }),
  ...eventsWith(
    { emoji: ['string', 'Name of the emoji', 'event.reaction'] },
    {
      reaction_added: 'A reaction was added.',
      reaction_removed: 'A reaction was removed.',
    },
  ),
  command: {
    description: 'A slash command. Its name, without the slash, follows a dot: `command.deploy`.',
    facts: {
      command: ['string', 'Name of the command, with the slash', 'command'],
      text: ['string', 'Text after the command', 'text'],
      user_name: ['string', 'Name of the user who gave it', 'user_name'],
      channel_name: ['string', 'Name of the channel', 'channel_name'],
      response_url: ['string', 'URL for responses', 'response_url'],
    },
  },
  ...eventsWith(INTERACTION_FACTS, {
    block_actions: 'A button, menu or other element was used.',
    message_action: 'A message shortcut was used.',
    shortcut: 'A shortcut was used.',
    view_closed: 'A modal was closed.',
    view_submission: 'A modal was submitted.',
  }),
  app_rate_limited: 'Slack withholds events of a workspace because of a rate limit.',
} satisfies EventTable

/** Events, slash commands and interactions of a Slack app. Each is answered with 200 at once; programs use `response_url`. */
export const slack = defineSource({
  name: 'slack',
  summary: 'Events, slash commands and interactions of a Slack app.',
  documentation: 'https://docs.slack.dev/authentication/verifying-requests-from-slack',
  setup:
    'In the app, under Event Subscriptions, enter the URL as Request URL. The signing secret is under Basic Information: give it to Hookline first.',
  options: z.object({
    secret: secrets().describe('The signing secret of the app.'),
    api: slackApiOption,
  }),
  reporter: ({ api }, { clock }) => api && slackReporter(api, clock),
  events: EVENTS,
  signature: {
    header: 'X-Slack-Signature',
    algorithm: 'sha256',
    encoding: 'hex',
    prefix: 'v0=',
    timestamp: { header: 'X-Slack-Request-Timestamp', unit: 's', toleranceSeconds: 300 },
    template: 'v0:{timestamp}:{body}',
  },
  type: ['event.type', 'type'],
  action: 'event.subtype',
  id: ['event_id', 'trigger_id'],
  parse,
  acknowledge,
})

function parse(delivery: Delivery): readonly SourceEvent[] {
  if (isJsonType(mediaType(delivery.headers['content-type']))) {
    const payload = jsonObject(delivery)
    return payload['type'] === 'url_verification' ? [] : [{ payload }]
  }
  const form = readForm(delivery)
  if (typeof form['payload'] === 'string') return [parseInteraction(form['payload'])]
  if (form['ssl_check'] !== undefined) return []
  const action = String(form['command'] ?? '').replace(/^\//, '')
  return [{ type: 'command', action, payload: form }]
}

function parseInteraction(text: string): SourceEvent {
  const payload = parseJson(text)
  if (isJsonObject(payload)) return { payload }
  throw new HooklineError('delivery_unparsable', 'The field `payload` is not a JSON object.')
}

function readForm(delivery: Delivery): Readonly<Record<string, unknown>> {
  if (mediaType(delivery.headers['content-type']) !== 'application/x-www-form-urlencoded') {
    throw new HooklineError('content_type_unsupported', 'Slack sends JSON or a form.')
  }
  return formFields(delivery)
}

// Slack shows any other body to the user, or reports an error.
function acknowledge(delivery: Delivery) {
  if (!isJsonType(mediaType(delivery.headers['content-type']))) return OK
  const { type, challenge } = jsonObject(delivery)
  if (type !== 'url_verification' || typeof challenge !== 'string') return OK
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: challenge }
}
