import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { PluginLogger } from '../../../core/contracts/plugin.ts'
import { HooklineError } from '../../../core/errors/errors.ts'
import { createLogger, type LoggerOptions } from '../../../core/node/logger.ts'
import { Redactor } from '../../../core/redaction/redactor.ts'

function open(secrets: string[] = [], options: Partial<LoggerOptions> = {}) {
  const lines: string[] = []
  const redactor = new Redactor()
  redactor.set(secrets)
  const destination = { write: (line: string) => lines.push(line) }
  const logger = createLogger({ level: 'info', pretty: false, redactor, destination, ...options })
  const forPlugins: PluginLogger = logger
  return { logger, forPlugins, lines, parsed: () => lines.map((line) => JSON.parse(line)) }
}

describe('createLogger', () => {
  it('writes one JSON line with an ISO time, the level as a word, and the message', () => {
    const { forPlugins, lines, parsed } = open()
    forPlugins.warn({ task: 'tsk_1' }, 'slow')
    expect(lines[0]).toMatch(/^\{.*\}\n$/)
    const [line] = parsed()
    expect(line).toEqual({ level: 'warn', time: expect.any(String), task: 'tsk_1', msg: 'slow' })
    expect(new Date(line.time).toISOString()).toBe(line.time)
  })

  it('lets no control sequence through to a terminal', () => {
    const { logger, lines } = open([], { pretty: true })
    logger.warn(
      { reason: '\u001b]0;t\u0007 \u009b2J', err: new Error('\u001b[2J') },
      '\u001b]52;c;x',
    )
    const text = lines.join('')
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    expect(text).toContain('\\x1b]52;c;x')
  })

  it('keeps to its level, which can be changed', () => {
    const { logger, lines } = open()
    logger.debug({}, 'hidden')
    expect(lines).toEqual([])
    logger.level = 'debug'
    logger.debug({}, 'shown')
    expect(lines).toHaveLength(1)
    logger.level = 'silent'
    logger.error({}, 'hidden')
    expect(lines).toHaveLength(1)
  })

  it('redacts messages, fields, keys, stacks and the fields of child loggers', () => {
    const secret = 'hunter2 "quoted" \\ secret'
    const { logger, lines } = open([secret])
    const child = logger.child({ from: secret })
    child.info({ [secret]: { deep: [secret] }, err: new Error(`no ${secret}`) }, `said ${secret}`)
    expect(lines.join('')).not.toContain('hunter2')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      from: '[redacted]',
      '[redacted]': { deep: ['[redacted]'] },
      err: { message: 'no [redacted]' },
      msg: 'said [redacted]',
    })
  })

  it.each([
    ['a number', '12345', { count: 123456, list: [12345] }],
    ['syntax', '","b":"', { a: 'x', b: 'y' }],
  ])('stays JSON where a secret is %s', (_name, secret, fields) => {
    const { logger, parsed } = open([secret])
    logger.info(fields, 'still readable')
    expect(parsed()[0].msg).toBe('still readable')
    expect(JSON.stringify(parsed()[0])).not.toContain('12345')
  })

  it('prints code, message, stack and cause of an error, and nothing else it carries', () => {
    const { logger, lines, parsed } = open()
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', payload: 'PAYLOAD' })
    const error = new HooklineError('store_unavailable', 'No store', {
      cause,
      fields: { body: 'PAYLOAD' },
    })
    logger.error({ err: error }, 'failed')
    expect(parsed()[0].err).toEqual({
      code: 'store_unavailable',
      message: 'No store',
      stack: expect.stringContaining('logger.test.ts'),
      cause: { code: 'ECONNREFUSED', message: 'refused', stack: expect.any(String) },
    })
    logger.error({ err: { body: 'PAYLOAD' } }, 'threw an object')
    expect(lines.join('')).not.toContain('PAYLOAD')
  })

  it('ends with a chain of causes that goes in a circle', () => {
    const { logger, lines } = open()
    const error = new Error('round')
    error.cause = error
    logger.error({ err: error }, 'failed')
    expect(lines).toHaveLength(1)
  })

  it('writes for people where asked, still redacted', () => {
    const { logger, lines } = open(['hunter2'], { pretty: true })
    logger.info({ token: 'hunter2' }, 'started')
    expect(lines.join('')).toMatch(/INFO.*started\n\s+token: "\[redacted\]"/)
  })

  it('has written each line before a crash', () => {
    const core = fileURLToPath(new URL('../../../core/', import.meta.url))
    const program = `
      import { createLogger } from '${core}node/logger.ts'
      import { Redactor } from '${core}redaction/redactor.ts'
      const logger = createLogger({ level: 'info', pretty: false, redactor: new Redactor() })
      for (let line = 1; line <= 500; line++) logger.info({ line }, 'x'.repeat(300))
      process.kill(process.pid, 'SIGKILL')
    `
    let output = ''
    try {
      execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    } catch (error) {
      output = (error as { stdout: string }).stdout
    }
    expect(output.trimEnd().split('\n')).toHaveLength(500)
  })

  it.runIf(existsSync('/dev/full'))('outlives a full disk', () => {
    const core = fileURLToPath(new URL('../../../core/', import.meta.url))
    const program = `
      import { createLogger } from '${core}node/logger.ts'
      import { Redactor } from '${core}redaction/redactor.ts'
      const logger = createLogger({ level: 'info', pretty: false, redactor: new Redactor() })
      for (let line = 1; line <= 5000; line++) logger.info({ line }, 'x'.repeat(300))
      setTimeout(() => process.stderr.write('alive'), 10)
    `
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      stdio: ['ignore', full, 'pipe'],
    })
    closeSync(full)
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'alive' })
  })
})
