import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { curlCommand, shellWord } from '../../../../core/dashboard/pages/deliveries/curl.ts'

/** The arguments that a shell passes to curl. */
function argumentsOf(command: string, env: Readonly<Record<string, string>> = {}): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`
  const output = execFileSync('/bin/bash', ['--norc', '-c', script], { encoding: 'utf8', env })
  return output.split('\0').slice(0, -1)
}

const HOSTILE = [
  "it's; rm -rf / #",
  '$(touch /tmp/x) `id` $HOME !! \\',
  'line\nbreak\ttab\r\u001b[201~\u0007',
  '\u202eright to left\u2066',
  '-d @/etc/passwd',
  '<script>alert(1)</script>',
  "'\n'\\''",
  'ünïcode 😀',
]

describe('a text as a word of a shell', () => {
  it.each(HOSTILE)('is one word, the same text: %j', (text) => {
    expect(argumentsOf(`curl ${shellWord(text)}`)).toEqual([text])
  })

  it('has no character that a terminal acts on', () => {
    for (const text of HOSTILE) {
      expect(shellWord(text)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
    }
  })

  it('stays readable', () => {
    expect(shellWord('http://localhost:1/a')).toBe('http://localhost:1/a')
    expect(shellWord('a b')).toBe("'a b'")
  })
})

describe('a request as a curl command', () => {
  const request = {
    ...{ method: 'POST', url: 'http://localhost:12345/api/webhooks/a?b=[c]', bodyFile: 'dlv.body' },
    headers: { host: 'x', 'content-length': '2', 'x-event': 'push', 'x-token': '[redacted]' },
  }

  it('sends the same head and body, with variables for what is masked', () => {
    const { text, variables } = curlCommand({ ...request, body: '@not-a-file' })
    expect(variables).toEqual(['X_TOKEN'])
    expect(argumentsOf(text, { X_TOKEN: "it's; secret" })).toEqual([
      ...['--globoff', '--path-as-is', '-X', 'POST', request.url],
      ...['-H', 'x-event: push', '-H', "x-token: it's; secret"],
      ...['--data-raw', '@not-a-file'],
    ])
  })

  it.each(HOSTILE)('cannot be broken by %j', (text) => {
    const command = curlCommand({ ...request, url: text, headers: { 'x-a': text }, body: text })
    expect(argumentsOf(command.text).slice(4)).toEqual([
      ...[text, '-H', `x-a: ${text}`, '--data-raw', text],
    ])
  })

  it('takes a long body from a file, and sends empty headers', () => {
    const { text } = curlCommand({ ...request, headers: { 'x-empty': '' }, body: null })
    expect(argumentsOf(text).slice(5)).toEqual(['-H', 'x-empty;', '--data-binary', '@dlv.body'])
    const none = curlCommand({ ...request, headers: {}, body: '' })
    expect(argumentsOf(none.text)).toHaveLength(5)
  })
})
