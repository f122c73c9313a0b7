export const SECRET = 'the-secret-of-the-test'
export const TOKEN = 'the-token-of-the-test'

const value = (source: string, name: string, wanted: string) => ({
  match: { type: 'value', value: wanted, parameter: { source, name } },
})
const regex = (source: string, name: string, pattern: string) => ({
  match: { type: 'regex', regex: pattern, parameter: { source, name } },
})
const signed = (type: string, header: string) => ({
  match: { type, secret: SECRET, parameter: { source: 'header', name: header } },
})
const ref = value('payload', 'ref', 'refs/heads/main')
const from = (range: string) => ({ match: { type: 'ip-whitelist', 'ip-range': range } })

/** Hooks that cover each rule type, source and option. `show` is a program that prints its arguments and variables. */
export function hooksFor(show: string, folder: string) {
  const shown = {
    'execute-command': show,
    'include-command-output-in-response': true,
    'include-command-output-in-response-on-error': true,
  }
  const ruled = (id: string, rule: object) => ({ id, ...shown, 'trigger-rule': rule })
  const passing = (id: string, args: readonly object[]) => ({
    ...{ id, ...shown, 'pass-arguments-to-command': args },
  })
  return [
    ruled('value', ref),
    ruled('value-number', value('payload', 'a.0.n', '5')),
    ruled('value-true', value('payload', 'ok', 'true')),
    ruled('value-header', value('header', 'X-Event', 'push')),
    ruled('value-query', value('url', 'env', 'prod')),
    ruled('value-method', value('request', 'method', 'PUT')),
    ruled('value-string', { and: [value('string', 'a', 'a'), ref] }),
    ruled('value-body', regex('raw-request-body', '', '^ping')),
    ruled('regex', regex('payload', 'ref', '^refs/(heads|tags)/v\\d+$')),
    ruled('regex-header', regex('header', 'x-event', 'pu.h')),
    ruled('and', { and: [ref, { or: [value('query', 'a', '1'), value('query', 'b', '1')] }] }),
    ruled('or', { or: [ref, { and: [value('url', 'a', '1'), { not: value('url', 'b', '1') }] }] }),
    ruled('not', { not: ref }),
    ruled('not-in-and', { and: [{ not: ref }, value('url', 'a', '1')] }),
    ruled('not-or', { not: { or: [ref, value('url', 'a', '1')] } }),
    ruled('never', {}),
    ruled('hmac-sha1', signed('payload-hmac-sha1', 'X-Hub-Signature')),
    ruled('hmac-sha256', { and: [signed('payload-hmac-sha256', 'X-Hub-Signature-256'), ref] }),
    ruled('hmac-sha512', signed('payload-hmac-sha512', 'X-Sum')),
    ruled('hash-sha1', signed('payload-hash-sha1', 'X-Sum')),
    ruled('hash-sha256', signed('payload-hash-sha256', 'X-Sum')),
    ruled('hash-sha512', signed('payload-hash-sha512', 'X-Sum')),
    ruled('gitea', signed('payload-hmac-sha256', 'X-Gitea-Signature')),
    {
      ...ruled('hmac-template', {
        match: {
          type: 'payload-hmac-sha256',
          secret: '{{ getenv "IMPORTED_SECRET" | js }}',
          parameter: { source: 'header', name: 'X-Hub-Signature-256' },
        },
      }),
    },
    {
      ...ruled('any-of', {
        or: [signed('payload-hmac-sha256', 'X-Hub-Signature-256'), from('127.0.0.1')],
      }),
      'trigger-signature-soft-failures': true,
    },
    {
      ...ruled('soft', {
        or: [signed('payload-hmac-sha256', 'X-A'), signed('payload-hmac-sha1', 'X-B')],
      }),
      'trigger-signature-soft-failures': true,
    },
    ruled('hard', {
      or: [signed('payload-hmac-sha256', 'X-A'), signed('payload-hmac-sha1', 'X-B')],
    }),
    ruled('token', value('header', 'X-Gitlab-Token', TOKEN)),
    {
      ...ruled('token-query', value('url', 'token', TOKEN)),
      'trigger-rule-mismatch-http-response-code': 403,
    },
    ruled('token-payload', value('payload', 'secret', TOKEN)),
    ruled('bearer', value('header', 'Authorization', `Bearer ${TOKEN}`)),
    ruled('address', from('10.0.0.0/8 127.0.0.0/8')),
    ruled('address-elsewhere', from('192.0.2.0/24')),
    ruled('address-in-or', { or: [ref, from('192.0.2.1 127.0.0.1')] }),
    ruled('scalr', { match: { type: 'scalr-signature', secret: SECRET } }),
    passing('arguments', [
      { source: 'string', name: 'first' },
      { source: 'payload', name: 'a.0.n' },
      { source: 'payload', name: 'a' },
      { source: 'payload', name: 'absent' },
      { source: 'header', name: 'X-Event' },
      { source: 'url', name: 'env' },
      { source: 'query', name: 'env' },
      { source: 'request', name: 'method' },
      { source: 'string', name: '-v' },
      { source: 'raw-request-body' },
    ]),
    passing('entire', [
      { source: 'entire-payload' },
      { source: 'entire-query' },
      { source: 'entire-headers' },
    ]),
    passing('form', [
      { source: 'payload', name: 'text' },
      { source: 'payload', name: 'user_id' },
    ]),
    passing('list', [{ source: 'payload', name: 'root.1.id' }]),
    {
      ...passing('json-field', [{ source: 'payload', name: 'payload.actions.0.value' }]),
      'parse-parameters-as-json': [{ source: 'payload', name: 'payload' }],
      'trigger-rule': value('payload', 'payload.user.name', 'ann'),
    },
    {
      ...passing('forced-json', [{ source: 'payload', name: 'n' }]),
      'incoming-payload-content-type': 'application/json',
    },
    {
      ...{ id: 'variables', ...shown },
      'pass-environment-to-command': [
        { source: 'payload', name: 'ref' },
        { source: 'payload', name: 'head.id', envname: 'HOOK_HEAD' },
        { source: 'header', name: 'x-event', envname: 'HOOK_EVENT' },
        { source: 'string', name: 'fixed', envname: 'HOOK_FIXED' },
        { source: 'payload', name: 'absent', envname: 'HOOK_ABSENT' },
      ],
      'pass-file-to-command': [
        { source: 'payload', name: 'data', envname: 'HOOK_FILE', base64decode: true },
        { source: 'payload', name: 'text', envname: 'HOOK_TEXT' },
      ],
    },
    {
      ...{ id: 'in/a folder', ...shown, 'execute-command': './show.sh' },
      'command-working-directory': folder,
    },
    {
      ...{
        id: 'message',
        'execute-command': show,
        'response-message': '{"ok": true, "it\'s": "so"}\n',
      },
      'response-headers': [{ name: 'Content-Type', value: 'application/json' }],
      'success-http-response-code': 201,
      'trigger-rule': ref,
      'trigger-rule-mismatch-http-response-code': 418,
    },
    { id: 'silent', 'execute-command': show },
    { id: 'unknown-code', 'execute-command': show, 'success-http-response-code': 299 },
    {
      ...passing('status', []),
      'success-http-response-code': 202,
      'response-headers': [{ name: 'X-A', value: 'b' }],
    },
    passing('fails-openly', [{ source: 'url', name: 'exit' }]),
    {
      ...passing('fails', [{ source: 'url', name: 'exit' }]),
      'include-command-output-in-response-on-error': false,
    },
    { ...passing('methods', []), 'http-methods': ['get', ' PUT '] },
  ]
}
