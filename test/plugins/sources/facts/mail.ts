import type { FactSample } from './sample.ts'

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:builds'
const alert = {
  status: 'firing',
  labels: {
    alertname: 'QuayFlooded',
    severity: 'critical',
    instance: 'i',
    job: 'j',
    namespace: 'n',
    grafana_folder: 'Harbor',
  },
  annotations: { summary: 's', message: 'm' },
  startsAt: '2026-01-15T11:58:00.000Z',
  generatorURL: 'u',
  fingerprint: 'f',
  dashboardURL: 'd',
  panelURL: 'p',
  silenceURL: 's',
}
const alerts = { receiver: 'r', groupKey: 'g', orgId: 1, alerts: [alert] }

/** By the vendors' documents. */
export const MAIL: readonly FactSample[] = [
  {
    source: 'sendgrid',
    type: 'bounce',
    body: [
      {
        event: 'bounce',
        email: 'e',
        timestamp: 1,
        sg_event_id: 'i',
        sg_message_id: 'm',
        category: ['one'],
        reason: 'r',
        status: '5.0.0',
      },
    ],
    nulls: ['response'],
    facts: { category: 'one' },
  },
  {
    source: 'mailgun',
    type: 'failed',
    body: {
      signature: { token: 't' },
      'event-data': {
        event: 'failed',
        id: 'i',
        timestamp: 1.5,
        recipient: 'r',
        domain: { name: 'd' },
        severity: 'permanent',
        reason: 'bounce',
        message: { headers: { 'message-id': 'm', subject: 's' } },
        'delivery-status': { code: 550, description: '', message: '5.1.1 unknown' },
      },
    },
    nulls: [],
    facts: { description: '5.1.1 unknown' },
  },
  {
    source: 'typeform',
    type: 'form_response',
    body: {
      event_id: 'e',
      event_type: 'form_response',
      form_response: {
        form_id: 'f',
        token: 't',
        submitted_at: 's',
        variables: [
          { key: 'price', type: 'number', number: 5 },
          { key: 'score', type: 'number', number: 4 },
        ],
        definition: { title: 'Form', endings: [{ id: 'i', ref: 'r', title: 'Thanks' }] },
        ending: { id: 'i', ref: 'r' },
      },
    },
    nulls: [],
    facts: { score: 4, ending: 'Thanks' },
  },
  {
    source: 'calendly',
    type: 'invitee.canceled',
    body: {
      event: 'invitee.canceled',
      created_at: 'c',
      created_by: 'b',
      payload: {
        uri: 'u',
        name: 'n',
        email: 'e',
        status: 'canceled',
        rescheduled: false,
        timezone: 'z',
        cancellation: { reason: 'r' },
        scheduled_event: { uri: 'u', name: 'n', start_time: 's', end_time: 'e' },
      },
    },
    nulls: [],
  },
  {
    source: 'dropbox',
    type: 'list_folder',
    body: { list_folder: { accounts: ['dbid:1'] } },
    nulls: ['team'],
  },
  {
    source: 'msgraph',
    type: 'lifecycle.reauthorizationRequired',
    body: {
      value: [
        {
          lifecycleEvent: 'reauthorizationRequired',
          subscriptionId: 's',
          tenantId: 't',
          subscriptionExpirationDateTime: 'd',
        },
      ],
    },
    nulls: ['change', 'resource', 'resource_id', 'resource_type'],
  },
  {
    source: 'sns',
    type: 'notification',
    headers: { 'content-type': 'text/plain; charset=UTF-8' },
    body: {
      Type: 'Notification',
      MessageId: 'm',
      TopicArn: TOPIC,
      Message: 'm',
      Timestamp: 't',
      Signature: 's',
      SignatureVersion: '2',
    },
    nulls: ['subject'],
  },
  {
    source: 'cloudevents',
    type: 'com.example.a',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: {
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 'com.example.a',
      subject: 's',
      time: 't',
      datacontenttype: 'application/json',
    },
    nulls: ['schema'],
  },
  {
    source: 'svix',
    type: 'user.created',
    headers: { 'svix-id': 'msg' },
    // Of Clerk, whose time is a number.
    body: { type: 'user.created', timestamp: 1654012591835, data: { id: 'user_1' } },
    nulls: [],
    facts: { time: '1654012591835' },
  },
  {
    source: 'svix',
    type: 'email.sent',
    headers: { 'svix-id': 'msg' },
    // Of Resend.
    body: { type: 'email.sent', created_at: '2026-01-15', data: { email_id: '1' } },
    nulls: [],
  },
  {
    source: 'standardwebhooks',
    type: 'response.completed',
    headers: { 'webhook-id': 'wh_1' },
    // Of OpenAI.
    body: { type: 'response.completed', created_at: 1719168000, data: { id: 'resp_1' } },
    nulls: [],
    facts: { time: '1719168000' },
  },
  { source: 'alertmanager', type: 'firing', body: alerts, nulls: [], facts: { description: 'm' } },
  { source: 'grafana', type: 'firing', body: alerts, nulls: [], facts: { folder: 'Harbor' } },
]
