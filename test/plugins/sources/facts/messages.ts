import type { FactSample } from './sample.ts'

const slack = (event: object) => ({
  type: 'event_callback',
  team_id: 'T1',
  api_app_id: 'A1',
  event_id: 'Ev1',
  event,
})
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const chat = { id: 5, type: 'private' }
const from = { id: 6, username: 'ada' }
const whatsapp = (value: object) => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '1',
      changes: [
        {
          field: 'messages',
          value: { metadata: { display_phone_number: '1', phone_number_id: '2' }, ...value },
        },
      ],
    },
  ],
})
const zoom = { event_ts: 1, payload: { account_id: 'a', operator: 'ada@example.com' } }

/** Of Slack by the types of @slack/types; of the others by their documents. */
export const MESSAGES: readonly FactSample[] = [
  {
    source: 'slack',
    type: 'message.message_changed',
    body: slack({
      type: 'message',
      subtype: 'message_changed',
      channel: 'C1',
      ts: '2',
      message: { type: 'message', user: 'U1', text: 'new', ts: '1', thread_ts: '0' },
      previous_message: { type: 'message', user: 'U1', text: 'old', ts: '1' },
    }),
    nulls: ['bot'],
    facts: { text: 'new', user: 'U1', timestamp: '1' },
  },
  {
    source: 'slack',
    type: 'message.message_deleted',
    body: slack({
      type: 'message',
      subtype: 'message_deleted',
      channel: 'C1',
      ts: '2',
      deleted_ts: '1',
      previous_message: { type: 'message', user: 'U1', text: 'old', ts: '1' },
    }),
    // What is gone has no text.
    nulls: ['text', 'thread', 'bot'],
    facts: { timestamp: '1', user: 'U1' },
  },
  {
    source: 'slack',
    type: 'reaction_added',
    body: slack({
      type: 'reaction_added',
      user: 'U1',
      reaction: 'tada',
      item: { type: 'message', channel: 'C1', ts: '1' },
    }),
    nulls: [],
    facts: { channel: 'C1' },
  },
  {
    source: 'slack',
    type: 'team_join',
    body: slack({ type: 'team_join', user: { id: 'U1', name: 'ada' } }),
    nulls: ['channel'],
    facts: { user: 'U1' },
  },
  {
    source: 'slack',
    type: 'channel_created',
    body: slack({ type: 'channel_created', channel: { id: 'C1', creator: 'U1' } }),
    nulls: ['user'],
    facts: { channel: 'C1' },
  },
  {
    source: 'slack',
    type: 'file_shared',
    body: slack({ type: 'file_shared', channel_id: 'C1', user_id: 'U1', file_id: 'F1' }),
    nulls: [],
  },
  {
    source: 'slack',
    type: 'block_actions',
    headers: FORM,
    body: {
      type: 'block_actions',
      trigger_id: 't',
      api_app_id: 'A1',
      team: { id: 'T1' },
      user: { id: 'U1' },
      container: { type: 'message', channel_id: 'C1' },
      response_url: 'u',
      actions: [{ action_id: 'pick', type: 'users_select', selected_user: 'U2' }],
    },
    nulls: ['callback'],
    facts: { value: 'U2', channel: 'C1' },
  },
  {
    source: 'telegram',
    type: 'message',
    body: {
      update_id: 1,
      message: { message_id: 2, chat, from, photo: [], caption: '/look here' },
    },
    nulls: [],
    facts: { text: '/look here', command: 'look' },
  },
  {
    source: 'telegram',
    type: 'callback_query',
    body: { update_id: 1, callback_query: { id: '1', from, data: 'yes', message: { chat } } },
    nulls: [],
    facts: { chat: 5 },
  },
  {
    source: 'telegram',
    type: 'message_reaction',
    body: { update_id: 1, message_reaction: { chat, message_id: 2, user: from } },
    nulls: [],
    facts: { sender: 'ada', sender_id: 6 },
  },
  {
    source: 'telegram',
    type: 'pre_checkout_query',
    body: { update_id: 1, pre_checkout_query: { id: '1', from } },
    nulls: ['chat', 'chat_type'],
    facts: { sender: 'ada' },
  },
  {
    source: 'discord',
    type: 'ENTITLEMENT_CREATE',
    body: {
      application_id: 'a',
      type: 1,
      event: {
        type: 'ENTITLEMENT_CREATE',
        timestamp: 't',
        data: { id: 'e', sku_id: 's', user_id: 'u', guild_id: 'g' },
      },
    },
    nulls: ['user', 'channel_id'],
    facts: { guild_id: 'g', user_id: 'u' },
  },
  {
    source: 'twilio',
    type: 'com.twilio.messaging.message.delivered',
    body: {
      specversion: '1.0',
      type: 'com.twilio.messaging.message.delivered',
      id: 'EZ1',
      data: {
        accountSid: 'AC1',
        messageSid: 'SM1',
        from: '+1',
        to: '+2',
        messageStatus: 'delivered',
      },
    },
    nulls: [],
    facts: { sid: 'SM1', status: 'delivered' },
  },
  {
    source: 'meta',
    type: 'whatsapp_business_account.messages',
    body: whatsapp({
      contacts: [{ profile: { name: 'Ada' }, wa_id: '3' }],
      messages: [{ from: '3', id: 'wamid.1', type: 'button', button: { text: 'Yes' } }],
    }),
    nulls: ['status'],
    facts: { text: 'Yes' },
  },
  {
    source: 'meta',
    type: 'whatsapp_business_account.messages',
    body: whatsapp({ statuses: [{ id: 'wamid.1', status: 'read', recipient_id: '3' }] }),
    nulls: ['sender', 'sender_name', 'text', 'message_type'],
  },
  {
    source: 'msteams',
    type: 'message',
    body: {
      type: 'message',
      id: '1',
      text: 'hi',
      timestamp: 't',
      from: { name: 'Ada', aadObjectId: 'o' },
      conversation: { id: 'c' },
      channelData: { channel: { id: 'c' }, team: { id: 't' }, tenant: { id: 'n' } },
    },
    nulls: [],
  },
  {
    source: 'twitch',
    type: 'channel.raid',
    body: {
      subscription: { id: 's', status: 'enabled', type: 'channel.raid' },
      event: {
        from_broadcaster_user_login: 'ada',
        to_broadcaster_user_login: 'bo',
        to_broadcaster_user_id: '1',
      },
    },
    nulls: [],
    facts: { channel: 'bo', sender: 'ada' },
  },
  {
    source: 'x',
    type: 'tweet_create',
    body: {
      for_user_id: '1',
      tweet_create_events: [
        {
          id_str: '2',
          text: 'short…',
          extended_tweet: { full_text: 'short and long' },
          user: { screen_name: 'ada' },
        },
      ],
    },
    nulls: ['rule'],
    facts: { text: 'short and long' },
  },
  {
    source: 'x',
    type: 'post.create',
    body: {
      data: {
        event_uuid: '1',
        filter: { user_id: '2' },
        event_type: 'post.create',
        tag: 'posts',
        payload: { id: '3', text: 'Hello', author_id: '2' },
        includes: { users: [{ id: '2', username: 'ada' }] },
      },
    },
    nulls: [],
    facts: { post: '3', sender: 'ada' },
  },
  {
    source: 'zoom',
    type: 'meeting.participant_joined',
    body: {
      ...zoom,
      event: 'meeting.participant_joined',
      payload: {
        ...zoom.payload,
        object: {
          id: 1234567890,
          uuid: 'u',
          topic: 't',
          host_id: 'h',
          start_time: 's',
          duration: 60,
          participant: { user_name: 'Bo' },
        },
      },
    },
    nulls: [],
    facts: { meeting: '1234567890' },
  },
]
