import { hash } from 'node:crypto'
import { base64, basic, FORM, jwt, mac, type SenderTable, sha256 } from './sender.ts'

export const MESSAGES_SENDERS: SenderTable = {
  calcom: (secret) => {
    const body = '{"triggerEvent":"BOOKING_CREATED","payload":{}}'
    return {
      body,
      headers: { 'X-Cal-Signature-256': sha256(secret, body) },
      type: 'BOOKING_CREATED',
      id: null,
    }
  },
  clickup: (secret) => {
    const body = '{"event":"taskCreated","history_items":[{"id":"2800763136717140857"}]}'
    return {
      body,
      headers: { 'X-Signature': sha256(secret, body) },
      type: 'taskCreated',
      id: '2800763136717140857',
    }
  },
  helpscout: (secret) => {
    const body = '{"id":1}'
    const headers = {
      'X-HelpScout-Event': 'convo.assigned',
      'X-HelpScout-Signature': mac('sha1', secret, body, 'base64'),
    }
    return { body, headers, type: 'convo.assigned', id: null }
  },
  line: (secret) => {
    const body =
      '{"destination":"U1","events":[{"type":"message","webhookEventId":"01FZ74A0TD","message":{"text":"hi"}}]}'
    const headers = { 'x-line-signature': base64(secret, body) }
    return { body, headers, type: 'message', id: '01FZ74A0TD', facts: { text: 'hi' } }
  },
  mailchimp: (secret) => {
    const body = 'type=subscribe&fired_at=2026-01-15+12%3A00%3A00&data%5Bemail%5D=a%40b.c'
    const id = `sha256:${hash('sha256', body)}`
    const query = `token=${secret}`
    return { body, headers: FORM, query, type: 'subscribe', id, facts: { email: 'a@b.c' } }
  },
  mattermost: (secret) => ({
    body: new URLSearchParams({ token: secret, post_id: 'p1', text: 'hi' }).toString(),
    headers: FORM,
    type: 'message',
    id: 'p1',
  }),
  monday: (secret, { seconds }) => ({
    body: '{"event":{"type":"create_pulse","triggerUuid":"396f05","pulseId":1}}',
    headers: {
      Authorization: jwt(secret, { aud: 'https://x.example', iat: seconds, exp: seconds + 300 }),
    },
    type: 'create_pulse',
    id: '396f05',
  }),
  okta: (secret) => ({
    body: '{"eventType":"com.okta.event_hook","data":{"events":[{"uuid":"u1","eventType":"user.lifecycle.create","actor":{"alternateId":"a@b.c"}}]}}',
    headers: { Authorization: secret },
    type: 'user.lifecycle.create',
    id: 'u1',
    facts: { actor: 'a@b.c' },
  }),
  postmark: (secret) => ({
    body: '{"RecordType":"Bounce","MessageID":"883953f4"}',
    headers: basic(secret),
    type: 'Bounce',
    id: null,
  }),
  pusher: (secret) => {
    const body = '{"time_ms":1327078148132,"events":[{"name":"channel_occupied","channel":"c"}]}'
    const headers = { 'X-Pusher-Key': 'k', 'X-Pusher-Signature': sha256(secret, body) }
    return { body, headers, type: 'channel_occupied', id: null, facts: { channel: 'c' } }
  },
  strava: (secret) => {
    const body =
      '{"aspect_type":"create","event_time":1549560669,"object_id":1,"object_type":"activity"}'
    return {
      body,
      query: `token=${secret}`,
      type: 'activity',
      id: `sha256:${hash('sha256', body)}`,
    }
  },
  webex: (secret) => {
    const body = '{"resource":"messages","event":"created","data":{"id":"m1"}}'
    const headers = { 'X-Spark-Signature': mac('sha1', secret, body) }
    return { body, headers, type: 'messages', id: null, facts: { event: 'created', object: 'm1' } }
  },
}
