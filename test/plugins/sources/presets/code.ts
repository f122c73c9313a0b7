import { hash } from 'node:crypto'
import { base64, basic, jwt, mac, type SenderTable, sha256 } from './sender.ts'

export const CODE_SENDERS: SenderTable = {
  azuredevops: (secret) => ({
    body: '{"id":"03c164c2-8912","eventType":"git.push","resource":{}}',
    headers: basic(secret),
    type: 'git.push',
    id: '03c164c2-8912',
  }),
  discourse: (secret) => {
    const body = '{"post":{"id":7}}'
    const headers = {
      'X-Discourse-Event-Id': '48',
      'X-Discourse-Event-Type': 'post',
      'X-Discourse-Event': 'post_created',
      'X-Discourse-Event-Signature': `sha256=${sha256(secret, body)}`,
    }
    return { body, headers, type: 'post_created', id: '48' }
  },
  ghost: (secret, { ms }) => {
    const body = '{"post":{"current":{"id":"1"}}}'
    const headers = { 'X-Ghost-Signature': `sha256=${sha256(secret, body + ms)}, t=${ms}` }
    return { body, headers, type: 'event', id: null }
  },
  gitee: (secret) => ({
    body: '{"hook_name":"push_hooks","ref":"refs/heads/master"}',
    headers: { 'X-Gitee-Token': secret, 'X-Gitee-Event': 'Push Hook' },
    type: 'Push_Hook',
    id: null,
  }),
  gogs: (secret) => {
    const body = '{"ref":"refs/heads/master"}'
    const headers = {
      'X-Gogs-Delivery': 'f6266f16',
      'X-Gogs-Event': 'push',
      'X-Gogs-Signature': sha256(secret, body),
    }
    return { body, headers, type: 'push', id: 'f6266f16' }
  },
  harbor: (secret) => ({
    body: '{"type":"PUSH_ARTIFACT","occur_at":1586922308,"event_data":{}}',
    headers: { Authorization: secret },
    type: 'PUSH_ARTIFACT',
    id: null,
  }),
  heroku: (secret) => {
    const body =
      '{"action":"update","resource":"release","webhook_metadata":{"event":{"id":"f1","include":"api:release"}}}'
    const headers = { 'Heroku-Webhook-Hmac-SHA256': base64(secret, body) }
    return { body, headers, type: 'api:release', id: 'f1' }
  },
  jfrog: (secret) => {
    const body = '{"domain":"artifact","event_type":"deployed","data":{"repo_key":"a"}}'
    return {
      body,
      headers: { 'X-JFrog-Event-Auth': sha256(secret, body) },
      type: 'deployed',
      id: null,
    }
  },
  netbox: (secret) => {
    const body =
      '{"event":"updated","model":"site","username":"jsmith","data":{"id":19,"name":"A"}}'
    const headers = { 'X-Hook-Signature': mac('sha512', secret, body) }
    return { body, headers, type: 'updated', id: null, facts: { model: 'site', id: 19 } }
  },
  netlify: (secret) => {
    const body = '{"id":"52b6","state":"ready"}'
    const claims = { iss: 'netlify', sha256: hash('sha256', body) }
    const headers = {
      'X-Netlify-Event': 'deploy_created',
      'X-Webhook-Signature': jwt(secret, claims),
    }
    return { body, headers, type: 'deploy_created', id: null }
  },
  quay: (secret) => ({
    body: '{"name":"repository","namespace":"mynamespace","updated_tags":["latest"]}',
    query: `token=${secret}`,
    type: 'push',
    id: null,
  }),
  sanity: (secret, { ms }) => {
    const body = '{"_id":"a","_type":"post"}'
    const signature = mac('sha256', secret, `${ms}.${body}`, 'base64url')
    const headers = {
      'sanity-webhook-signature': `t=${ms},v1=${signature}`,
      'sanity-operation': 'update',
      'idempotency-key': 'i1',
    }
    return { body, headers, type: 'update', id: 'i1' }
  },
  sonarqube: (secret) => {
    const body =
      '{"taskId":"AXou","status":"SUCCESS","project":{"key":"p"},"qualityGate":{"status":"OK"}}'
    const headers = { 'X-Sonar-Webhook-HMAC-SHA256': sha256(secret, body) }
    return {
      body,
      headers,
      type: 'analysis',
      id: 'AXou',
      facts: { project: 'p', quality_gate: 'OK' },
    }
  },
  terraform: (secret) => {
    const body =
      '{"payload_version":1,"run_id":"run-1","workspace_name":"w","notifications":[{"trigger":"run:completed","run_status":"applied"}]}'
    const headers = { 'X-TFE-Notification-Signature': mac('sha512', secret, body) }
    return {
      body,
      headers,
      type: 'run:completed',
      id: null,
      facts: { workspace: 'w', status: 'applied' },
    }
  },
}
