import { createHmac } from 'node:crypto'
import { SECRET, TOKEN } from './webhook-hooks.ts'

/** A request to a hook. */
export interface HookRequest {
  readonly hook: string
  /** The status that webhook gives: it shows that a case tests what it is meant to. */
  readonly status: number
  readonly query?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Whether the program ran and its output is in the body. Default: by the status. */
  readonly runs?: boolean
}

const hmac = (algorithm: string, body: string, secret = SECRET) =>
  createHmac(algorithm, secret).update(body).digest('hex')

const JSON_TYPE = { 'content-type': 'application/json' }
const MAIN = '{"ref":"refs/heads/main"}'
const json = (hook: string, body: string, more: Partial<HookRequest> = {}): HookRequest => ({
  ...{ hook, status: 200, body, ...more },
  headers: { ...JSON_TYPE, ...more.headers },
})
const withSum = (hook: string, header: string, sum: string, status = 200) =>
  json(hook, MAIN, { status, headers: { [header]: sum } })

const date = new Date().toUTCString().replace(',', '').replace('GMT', 'UTC')
const oldDate = new Date(Date.now() - 3_600_000)
  .toUTCString()
  .replace(',', '')
  .replace('GMT', 'UTC')
const scalr = (at: string, secret = SECRET) => ({
  date: at,
  'x-signature': hmac('sha1', MAIN + at, secret),
})

export const REQUESTS: readonly HookRequest[] = [
  json('value', MAIN, { runs: true }),
  json('value', '{"ref":"refs/heads/dev"}', { runs: false }),
  json('value', '{}', { runs: false }),
  json('value-number', '{"a":[{"n":5}]}', { runs: true }),
  json('value-number', '{"a":[{"n":"5"}]}', { runs: true }),
  json('value-number', '{"a":[{"n":6}]}', { runs: false }),
  json('value-number', '{"a":[]}', { runs: false }),
  json('value-true', '{"ok":true}', { runs: true }),
  json('value-header', '{}', { headers: { 'x-event': 'push' }, runs: true }),
  json('value-header', '{}', { runs: false }),
  { hook: 'value-query', status: 200, query: '?env=prod&env=dev', method: 'GET', runs: true },
  { hook: 'value-query', status: 200, query: '?env=dev&env=prod', method: 'GET', runs: false },
  json('value-method', '{}', { method: 'PUT', runs: true }),
  json('value-method', '{}', { runs: false }),
  json('value-string', MAIN, { runs: true }),
  {
    hook: 'value-body',
    status: 200,
    body: 'ping!',
    headers: { 'content-type': 'text/plain' },
    runs: true,
  },
  {
    hook: 'value-body',
    status: 200,
    body: 'pong',
    headers: { 'content-type': 'text/plain' },
    runs: false,
  },
  json('regex', '{"ref":"refs/tags/v12"}', { runs: true }),
  json('regex', '{"ref":"refs/tags/v1x"}', { runs: false }),
  json('regex', '{"ref":7}', { runs: false }),
  json('regex-header', '{}', { headers: { 'x-event': 'a push b' }, runs: true }),
  json('and', MAIN, { query: '?b=1', runs: true }),
  json('and', MAIN, { runs: false }),
  json('or', MAIN, { runs: true }),
  json('or', '{}', { query: '?a=1&b=2', runs: true }),
  json('or', '{}', { query: '?a=1&b=1', runs: false }),
  json('or', '{}', { query: '?a=1', runs: false }),
  json('not', '{"ref":"refs/heads/dev"}', { runs: true }),
  json('not', MAIN, { runs: false }),
  json('not', '{}', { runs: true }),
  json('not-in-and', '{"ref":"other"}', { query: '?a=1', runs: true }),
  json('not-in-and', '{}', { query: '?a=1', runs: false }),
  json('not-or', '{"ref":"other"}', { runs: true }),
  json('not-or', '{}', { query: '?a=1', runs: false }),
  json('never', '{}', { runs: false }),
  withSum('hmac-sha1', 'x-hub-signature', `sha1=${hmac('sha1', MAIN)}`),
  withSum('hmac-sha1', 'x-hub-signature', `sha1=${hmac('sha1', MAIN, 'other')}`, 500),
  withSum('hmac-sha256', 'x-hub-signature-256', `sha256=${hmac('sha256', MAIN)}`),
  withSum('hmac-sha256', 'x-hub-signature-256', `sha256=${hmac('sha256', '{}')}`, 500),
  json('hmac-sha256', '{}', {
    headers: { 'x-hub-signature-256': `sha256=${hmac('sha256', '{}')}` },
    runs: false,
  }),
  ...['sha1', 'sha256', 'sha512'].flatMap((algorithm) => [
    withSum(`hash-${algorithm}`, 'x-sum', `${algorithm}=${hmac(algorithm, MAIN)}`),
    withSum(`hash-${algorithm}`, 'x-sum', hmac(algorithm, MAIN)),
    withSum(`hash-${algorithm}`, 'x-sum', hmac(algorithm, MAIN, 'other'), 500),
  ]),
  withSum('hmac-sha512', 'x-sum', `sha512=00,sha512=${hmac('sha512', MAIN)}`),
  withSum('gitea', 'x-gitea-signature', hmac('sha256', MAIN)),
  withSum('gitea', 'x-gitea-signature', hmac('sha256', MAIN, 'other'), 500),
  withSum('hmac-template', 'x-hub-signature-256', `sha256=${hmac('sha256', MAIN)}`),
  withSum('any-of', 'x-hub-signature-256', `sha256=${hmac('sha256', MAIN)}`),
  withSum('any-of', 'x-hub-signature-256', `sha256=${hmac('sha256', MAIN, 'other')}`),
  withSum('soft', 'x-a', hmac('sha256', MAIN, 'other')),
  withSum('hard', 'x-a', hmac('sha256', MAIN, 'other'), 500),
  withSum('hard', 'x-a', hmac('sha256', MAIN)),
  withSum('hard', 'x-b', hmac('sha1', MAIN)),
  json('token', '{}', { headers: { 'x-gitlab-token': TOKEN }, runs: true }),
  json('token', '{}', { headers: { 'x-gitlab-token': 'other' }, runs: false }),
  json('token', '{}', { runs: false }),
  json('token-query', '{}', { query: `?token=${TOKEN}`, runs: true }),
  json('token-query', '{}', { query: '?token=other', status: 403 }),
  json('token-payload', `{"secret":"${TOKEN}"}`, { runs: true }),
  json('token-payload', '{"secret":"other"}', { runs: false }),
  json('bearer', '{}', { headers: { authorization: `Bearer ${TOKEN}` }, runs: true }),
  json('bearer', '{}', { headers: { authorization: 'Bearer other' }, runs: false }),
  json('address', '{}', { runs: true }),
  json('address-elsewhere', '{}', { runs: false }),
  json('address-in-or', '{}', { runs: true }),
  json('scalr', MAIN, { headers: scalr(date), runs: true }),
  json('scalr', MAIN, { headers: scalr(date, 'other'), status: 500 }),
  json('scalr', MAIN, { headers: scalr(oldDate), status: 500 }),
  json('arguments', '{"a":[{"n":12345678901234567890}],"b":"ü"}', {
    ...{ query: '?env=p%20q', headers: { 'x-event': 'push' }, runs: true },
  }),
  json('entire', '{"a":1,"b":[{"c":1.5}]}', {
    query: '?x=y',
    headers: { 'x-event': 'push' },
    runs: true,
  }),
  {
    ...{ hook: 'form', status: 200, runs: true, body: 'text=a+b%26c&user_id=7' },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
  json('list', '[{"id":"a"},{"id":"b"}]', { runs: true }),
  {
    ...{ hook: 'json-field', status: 200, runs: true },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `payload=${encodeURIComponent('{"user":{"name":"ann"},"actions":[{"value":"ok"}]}')}`,
  },
  {
    hook: 'forced-json',
    status: 200,
    runs: true,
    body: '{"n":"x"}',
    headers: { 'content-type': 'text/plain' },
  },
  json('variables', `{"ref":"a b","head":{"id":9},"text":"t","data":"${btoa('bytes')}"}`, {
    headers: { 'x-event': 'push' },
    runs: true,
  }),
  json('in/a%20folder', '{}', { runs: true }),
  json('message', MAIN, { status: 201 }),
  json('message', '{}', { status: 418 }),
  json('silent', '{}', { runs: false }),
  json('unknown-code', '{}', { runs: false }),
  json('status', '{}', { status: 202, runs: true }),
  json('fails-openly', '{}', { query: '?exit=3', status: 500, runs: true }),
  json('fails', '{}', { query: '?exit=3', status: 500 }),
  json('fails', '{}', { query: '?exit=0', runs: true }),
  { hook: 'methods', status: 200, method: 'GET', runs: true },
  json('methods', '{}', { status: 405 }),
  json('no-such-hook', '{}', { status: 404 }),
]
