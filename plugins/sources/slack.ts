import { z } from 'zod'
import {
  catalogOf,
  checkedType,
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  fact,
  factsOf,
  firstOf,
  formFields,
  type HmacScheme,
  HooklineError,
  hmacSignature,
  idText,
  isJsonObject,
  isJsonType,
  jsonObject,
  mediaType,
  type ParsedEvent,
  parseJson,
  secrets,
  valueAt,
  withAction,
} from '../../core/index.ts'

const SIGNATURE = {
  header: 'X-Slack-Signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'v0=',
  timestamp: { header: 'X-Slack-Request-Timestamp', unit: 's', toleranceSeconds: 300 },
  template: 'v0:{timestamp}:{body}',
} as const satisfies HmacScheme

const MESSAGE_FACTS: FactTable = {
  text: fact('string', 'Text of the message', 'event.text'),
  timestamp: fact('string', 'Its `ts`, which names it within the channel', 'event.ts'),
  thread: fact('string', '`ts` of the thread it is in', 'event.thread_ts'),
  bot: fact('string', 'Id of the bot that wrote it; null for a person', 'event.bot_id'),
}

const INTERACTION_FACTS: FactTable = {
  action: fact('string', 'Id of the action taken', firstOf('actions.0.action_id', 'callback_id')),
  value: fact('string', 'Its value', firstOf('actions.0.value', 'actions.0.selected_option.value')),
  callback: fact(
    'string',
    'Id of the view or shortcut',
    firstOf('view.callback_id', 'callback_id'),
  ),
  response_url: fact('string', 'Where to answer to', 'response_url'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Slack.',
    facts: {
      team: fact('string', 'Id of the workspace', firstOf('team_id', 'team.id')),
      user: fact('string', 'Id of who did it', firstOf('event.user', 'user_id', 'user.id')),
      channel: fact(
        'string',
        'Id of the channel',
        firstOf('event.channel', 'channel_id', 'channel.id'),
      ),
      app: fact('string', 'Id of the app', 'api_app_id'),
    },
  },
  ...eventsWith(MESSAGE_FACTS, {
    message: 'A message; those that are not plain have their subtype behind a dot.',
    app_mention: 'The app was named in a message.',
  }),
  ...eventsWith(
    { emoji: fact('string', 'Name of the emoji', 'event.reaction') },
    {
      reaction_added: 'A reaction was given.',
      reaction_removed: 'A reaction was taken back.',
    },
  ),
  command: {
    description:
      'A slash command; its name without the slash stands behind a dot: `command.deploy`.',
    facts: {
      command: fact('string', 'With the slash', 'command'),
      text: fact('string', 'What was written behind it', 'text'),
      user_name: fact('string', 'Name of who gave it', 'user_name'),
      channel_name: fact('string', 'Name of the channel', 'channel_name'),
      response_url: fact('string', 'Where to answer to', 'response_url'),
    },
  },
  ...eventsWith(INTERACTION_FACTS, {
    block_actions: 'A button, menu or other element was used.',
    message_action: 'A shortcut of a message was chosen.',
    shortcut: 'A shortcut was chosen.',
    view_closed: 'A modal was closed.',
    view_submission: 'A modal was sent off.',
  }),
  app_rate_limited: { description: 'Slack holds back events of a workspace.', facts: {} },
}

/** Events, slash commands and interactions of a Slack app. Each is answered with 200 at once; programs use `response_url`. */
export const slack = defineSource({
  name: 'slack',
  summary: 'Events, slash commands and interactions of a Slack app.',
  documentation: 'https://docs.slack.dev/authentication/verifying-requests-from-slack',
  options: z.object({ secret: secrets().describe('The signing secret of the app.') }),
  events: catalogOf(EVENTS),
  create: ({ secret }, { clock }) => {
    const signature = hmacSignature(SIGNATURE, { secrets: secret, clock })
    return { verify: signature.verify, parse, acknowledge, sign: signature.sign }
  },
})

function parse(delivery: Delivery): readonly ParsedEvent[] {
  if (isJsonType(mediaType(delivery.headers['content-type']))) return parseEvent(delivery)
  const form = readForm(delivery)
  if (typeof form['payload'] === 'string') return parseInteraction(form['payload'])
  if (form['ssl_check'] !== undefined) return []
  const type = withAction('command', String(form['command'] ?? '').replace(/^\//, ''))
  return [eventOf(type, form['trigger_id'], form)]
}

function parseEvent(delivery: Delivery): readonly ParsedEvent[] {
  const payload = jsonObject(delivery)
  if (payload['type'] === 'url_verification') return []
  const inner = valueAt(payload, 'event.type')
  if (inner === undefined) {
    return [eventOf(checkedType(payload['type'], '`type` of the payload'), null, payload)]
  }
  const type = checkedType(inner, '`event.type` of the payload')
  return [
    eventOf(withAction(type, valueAt(payload, 'event.subtype')), payload['event_id'], payload),
  ]
}

function parseInteraction(text: string): readonly ParsedEvent[] {
  const payload = parseJson(text)
  if (!isJsonObject(payload)) {
    throw new HooklineError('delivery_unparsable', 'The field `payload` is not a JSON object.')
  }
  const type = checkedType(payload['type'], '`type` of the payload')
  return [eventOf(type, payload['trigger_id'], payload)]
}

function readForm(delivery: Delivery): Readonly<Record<string, unknown>> {
  if (mediaType(delivery.headers['content-type']) !== 'application/x-www-form-urlencoded') {
    throw new HooklineError('content_type_unsupported', 'Slack sends JSON or a form.')
  }
  return formFields(delivery.text())
}

function eventOf(
  type: string,
  id: unknown,
  payload: Readonly<Record<string, unknown>>,
): ParsedEvent {
  return { type, id: idText(id), facts: factsOf(EVENTS, { type, payload }), payload }
}

// Slack shows any other body to the user, or calls it a fault.
function acknowledge(delivery: Delivery) {
  if (!isJsonType(mediaType(delivery.headers['content-type']))) return { status: 200 }
  const { type, challenge } = jsonObject(delivery)
  if (type !== 'url_verification' || typeof challenge !== 'string') return { status: 200 }
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: challenge }
}
