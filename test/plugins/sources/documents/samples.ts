import type { SourceSample } from '../../../../core/testing/source.ts'

const sample = (
  event: string,
  body: object,
  meaning: { readonly type?: string; readonly facts: SourceSample['facts'] },
): SourceSample => ({
  event,
  body: JSON.stringify(body),
  type: meaning.type ?? event,
  ...(meaning.facts ? { facts: meaning.facts } : {}),
})

/** Bodies as the vendors' documents show them, shortened. */
export const SAMPLES = {
  zoom: sample(
    'meeting.started',
    {
      event: 'meeting.started',
      event_ts: 1626230691572,
      payload: {
        account_id: 'AAAAAABBBB',
        object: { id: '1234567890', uuid: '4444AAAiAAAAAiAiAiiAii==', topic: 'My Meeting' },
      },
    },
    { facts: { meeting: '1234567890', topic: 'My Meeting', account: 'AAAAAABBBB' } },
  ),
  dropbox: sample(
    'list_folder',
    { list_folder: { accounts: ['dbid:AAH4f99T0taONIb'] }, delta: { users: [12345678] } },
    { facts: { account: 'dbid:AAH4f99T0taONIb', team: null } },
  ),
  typeform: sample(
    'form_response',
    {
      event_id: '01GAT9QNXG1X4RWBA9QX7PXSDN',
      event_type: 'form_response',
      form_response: {
        form_id: 'lT4Z3j',
        token: 'a3a12ec67',
        submitted_at: '2026-01-14T22:34:02Z',
      },
    },
    { facts: { form: 'lT4Z3j', response: 'a3a12ec67' } },
  ),
  twitch: sample(
    'channel.follow',
    {
      subscription: { id: 'f1c2a387', status: 'enabled', type: 'channel.follow', version: '2' },
      event: { user_login: 'cool_user', broadcaster_user_login: 'cooler_user' },
    },
    { facts: { sender: 'cool_user', channel: 'cooler_user', status: 'enabled' } },
  ),
  x: sample(
    'tweet_create',
    {
      for_user_id: '2244994945',
      user_has_blocked: 'false',
      tweet_create_events: [{ id_str: '1', text: 'Hello', user: { screen_name: 'x_dev' } }],
    },
    { facts: { user: '2244994945', post: '1', text: 'Hello', sender: 'x_dev' } },
  ),
  trello: sample(
    'updateCard',
    {
      action: {
        id: '51f9424bcd6e040f3c002412',
        type: 'updateCard',
        data: {
          board: { id: '4d5e', name: 'Trello Development' },
          card: { id: '51a7', name: 'Webhooks' },
          listAfter: { name: 'Done' },
        },
        memberCreator: { username: 'doug' },
      },
      model: { id: '4d5e' },
    },
    {
      facts: { card: 'Webhooks', list_after: 'Done', sender: 'doug', board: 'Trello Development' },
    },
  ),
  asana: sample(
    'task.changed',
    {
      events: [
        {
          action: 'changed',
          created_at: '2026-01-14T17:30:00.000Z',
          change: { field: 'due_at', action: 'changed' },
          resource: { gid: '1337', resource_type: 'task', resource_subtype: 'default_task' },
          user: { gid: '1123', resource_type: 'user' },
          parent: null,
        },
      ],
    },
    { facts: { resource: '1337', field: 'due_at', sender: '1123', parent: null } },
  ),
  intercom: sample(
    'conversation.user.created',
    {
      type: 'notification_event',
      app_id: 'a86dr8yl',
      data: { item: { type: 'conversation', id: '1234', state: 'open' } },
      topic: 'conversation.user.created',
      id: 'notif_ccd8a4d0',
      created_at: 1392731331,
    },
    { facts: { workspace: 'a86dr8yl', item_id: '1234', state: 'open' } },
  ),
  woocommerce: sample(
    'order.created',
    { id: 727, number: '727', status: 'processing', currency: 'USD', total: '29.35' },
    { facts: { resource: 727, status: 'processing', total: '29.35' } },
  ),
  zendesk: sample(
    'ticket.created',
    {
      account_id: 22129848,
      detail: { id: '5158', subject: 'Help', status: 'NEW', priority: 'HIGH' },
      event: {},
      id: '2b24ef10-19d3-4740-93cf-8f98ec4776c0',
      subject: 'zen:ticket:5158',
      type: 'zen:event-type:ticket.created',
    },
    { facts: { account: 22129848, ticket: '5158', title: 'Help', status: 'NEW' } },
  ),
  buildkite: sample(
    'build.finished',
    {
      event: 'build.finished',
      build: { number: 27, state: 'passed', branch: 'main', commit: 'a65572555600c07c7ee7' },
      pipeline: { slug: 'my-pipeline', repository: 'git@github.com:my-org/my-repo' },
      sender: { name: 'Sam Kim' },
    },
    { facts: { branch: 'main', state: 'passed', number: 27, sender: 'Sam Kim' } },
  ),
  msteams: sample(
    'message',
    {
      type: 'message',
      id: '1485983408511',
      from: { name: 'Larry Jin', aadObjectId: '76b0b09f' },
      text: '<p><at>deploy</at>&nbsp;<b>staging</b> now</p>',
      channelData: { team: { id: '19:112234' } },
    },
    { facts: { text: 'staging now', sender: 'Larry Jin', team: '19:112234' } },
  ),
  calendly: sample(
    'invitee.created',
    {
      created_at: '2026-01-15T11:59:58.000000Z',
      created_by: 'https://api.calendly.com/users/AAAA',
      event: 'invitee.created',
      payload: {
        email: 'test@example.com',
        name: 'John Doe',
        uri: 'https://api.calendly.com/scheduled_events/A/invitees/B',
        scheduled_event: { start_time: '2026-02-01T10:00:00Z' },
      },
    },
    { facts: { email: 'test@example.com', start_time: '2026-02-01T10:00:00Z' } },
  ),
  revenuecat: sample(
    'RENEWAL',
    {
      api_version: '1.0',
      event: { id: '12345678', type: 'RENEWAL', app_user_id: 'u1', product_id: 'pro', price: 2.49 },
    },
    { facts: { user: 'u1', product: 'pro', price: 2.49 } },
  ),
  telegram: sample(
    'message',
    {
      update_id: 10000,
      message: {
        message_id: 1365,
        chat: { id: 1111111, type: 'private' },
        from: { id: 1111111, username: 'Testusername' },
        text: '/start now',
      },
    },
    { facts: { command: 'start', chat: 1111111, sender: 'Testusername', chat_type: 'private' } },
  ),
} satisfies Readonly<Record<string, SourceSample>>
