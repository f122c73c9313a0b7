import { hash } from 'node:crypto'
import { base64, mac, multipart, type SenderTable, sha256, timed } from './sender.ts'

export const DOCUMENTS_SENDERS: SenderTable = {
  airtable: (secret, { iso }) => {
    const body = `{"base":{"id":"app1"},"webhook":{"id":"ach1"},"timestamp":"${iso}"}`
    const key = Buffer.from(secret, 'base64')
    const headers = { 'X-Airtable-Content-MAC': `hmac-sha256=${mac('sha256', key, body)}` }
    return { body, headers, type: 'notification', id: null, facts: { base: 'app1' } }
  },
  box: (secret, { iso }) => {
    const body = '{"type":"webhook_event","trigger":"FILE.UPLOADED"}'
    const headers = {
      'BOX-DELIVERY-ID': 'f96bb54b',
      'BOX-DELIVERY-TIMESTAMP': iso,
      'BOX-SIGNATURE-PRIMARY': base64('another key', body + iso),
      'BOX-SIGNATURE-SECONDARY': base64(secret, body + iso),
    }
    return { body, headers, type: 'FILE.UPLOADED', id: 'f96bb54b' }
  },
  docuseal: (secret) => ({
    body: '{"event_type":"form.completed","timestamp":"2026-01-15T12:00:00Z","data":{}}',
    headers: { 'X-Docuseal-Secret': secret },
    type: 'form.completed',
    id: null,
  }),
  docusign: (secret) => {
    const body = '{"event":"envelope-completed","data":{"envelopeId":"e1","accountId":"a1"}}'
    const headers = {
      'X-DocuSign-Signature-1': base64('another key', body),
      'X-DocuSign-Signature-2': base64(secret, body),
    }
    return { body, headers, type: 'envelope-completed', id: null, facts: { envelope: 'e1' } }
  },
  figma: (secret) => {
    const body = JSON.stringify({ event_type: 'FILE_UPDATE', passcode: secret, file_key: 'k' })
    return {
      body,
      type: 'FILE_UPDATE',
      id: `sha256:${hash('sha256', body)}`,
      facts: { file_key: 'k' },
    }
  },
  greenhouse: (secret) => {
    const body = '{"action":"hire_candidate","payload":{}}'
    const headers = { Signature: `sha256 ${sha256(secret, body)}`, 'Greenhouse-Event-ID': '3' }
    return { body, headers, type: 'hire_candidate', id: '3' }
  },
  jotform: (secret) => ({
    ...multipart({
      formID: '42',
      submissionID: '237955080346633702',
      rawRequest: '{"q3_name":"Ada"}',
    }),
    query: `token=${secret}`,
    type: 'submission',
    id: '237955080346633702',
    facts: { form: '42' },
  }),
  mux: (secret, { seconds }) => {
    const body = '{"type":"video.asset.ready","id":"3a56ac3d"}'
    return {
      body,
      headers: { 'Mux-Signature': timed(seconds, secret, body) },
      type: 'video.asset.ready',
      id: '3a56ac3d',
    }
  },
  plex: (secret) => ({
    ...multipart({ payload: '{"event":"media.play","Account":{"title":"ada"}}' }),
    query: `token=${secret}`,
    type: 'media.play',
    id: null,
    facts: { user: 'ada' },
  }),
  tally: (secret) => {
    const body = '{"eventId":"a4cb511e","eventType":"FORM_RESPONSE"}'
    return {
      body,
      headers: { 'Tally-Signature': base64(secret, body) },
      type: 'FORM_RESPONSE',
      id: 'a4cb511e',
    }
  },
  webflow: (secret, { ms }) => {
    const body = '{"triggerType":"form_submission","payload":{}}'
    const headers = {
      'x-webflow-timestamp': String(ms),
      'x-webflow-signature': sha256(secret, `${ms}:${body}`),
    }
    return { body, headers, type: 'form_submission', id: null }
  },
}
