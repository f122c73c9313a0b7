import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const top = join(import.meta.dirname, '..')
const MAX_LINES = 300
const MAX_DEPTH = 3
const MAX_FILES = 24
const MAX_KIT_FILES = 20

/** Rooms of core, from the ground up. A room may import the rooms of the floors below its own, and itself. */
const FLOORS: readonly (readonly string[])[] = [
  ['errors'],
  ['kit'],
  ['redaction'],
  ['settings'],
  ['contracts'],
  ['cel', 'sealing', 'transfer', 'sdk/api', 'sdk/events', 'sdk/signing', 'sdk/store'],
  ['conditions', 'matching', 'projection'],
  ['own-events', 'sdk/messages', 'sdk/processes'],
  ['tracing', 'sdk'],
  ['index', 'config', 'receive', 'tunnel', 'work'],
  [
    'approvals',
    'catch-up',
    'doctor',
    'jobs',
    'registration',
    'reporting',
    'schedule',
    'testing',
    'trial',
  ],
  ['api'],
  ['dashboard'],
  ['node'],
  ['cli'],
]

const sources = find(['core/**/*.ts', 'plugins/**/*.ts'])
const all = [...sources, ...find(['test/**/*.ts', 'examples/**/*.ts', 'webhook.config.ts'])]

describe('architecture', () => {
  it('has files to look at', () => {
    expect(sources.length).toBeGreaterThan(40)
  })

  it.each(['core', 'plugins'])('lets %s import only what its layer may', (folder) => {
    const faults = sources
      .filter((file) => file.startsWith(`${folder}/`))
      .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
      .filter(({ file, target }) => !mayImport(file, target))
      .map(({ file, target }) => `${file} imports ${target}`)
    expect(faults).toEqual([])
  })

  it('has no import cycles, type imports included', () => {
    expect(cyclesOf(sources)).toEqual([])
  })

  it('names files in kebab case and keeps folders shallow', () => {
    const faults = all.filter((file) => {
      const below = dirname(file).split('/').length - 1
      return !/^[a-z0-9]+([.-][a-z0-9]+)*\.ts$/.test(basename(file)) || below > MAX_DEPTH
    })
    expect(faults).toEqual([])
  })

  it(`keeps every file within ${MAX_LINES} lines`, () => {
    const faults = all
      .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
      .filter(({ lines }) => lines > MAX_LINES)
    expect(faults).toEqual([])
  })

  it(`keeps every folder within ${MAX_FILES} files, and kit within ${MAX_KIT_FILES}`, () => {
    const counts = Map.groupBy(all, (file) => dirname(file))
    const faults = [...counts]
      .map(([folder, files]) => ({ folder, files: files.length }))
      .filter(({ folder, files }) => files > (folder === 'core/kit' ? MAX_KIT_FILES : MAX_FILES))
    expect(faults).toEqual([])
  })

  it.each(['core', 'plugins'])('exports no type of one name twice in %s', (folder) => {
    const types = sources
      .filter((file) => file.startsWith(`${folder}/`))
      .flatMap((file) => typesOf(read(file)).map((name) => ({ file, name })))
    const faults = [...Map.groupBy(types, ({ name }) => name)]
      .filter(([, found]) => found.length > 1)
      .map(([name, found]) => `${name}: ${found.map(({ file }) => file).join(', ')}`)
    expect(faults).toEqual([])
  })

  it('has no default exports, enums or namespaces in core and plugins', () => {
    const faults = sources.filter((file) =>
      /^export default|^(export )?(const )?enum |^(export )?namespace /m.test(read(file)),
    )
    expect(faults).toEqual([])
  })

  it('keeps zod out of the thread of the SQLite store, which would cost each start 200 ms', () => {
    const reached = new Set<string>()
    const pending = ['plugins/stores/sqlite/batch/thread.ts']
    for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
      if (reached.has(file)) continue
      reached.add(file)
      pending.push(...valueImportsOf(file))
    }
    expect(reached).toContain('core/sdk/store/audit-hash.ts')
    expect([...reached].filter((file) => /from 'zod'/.test(read(file)))).toEqual([])
  })

  it('never compares errors by class across the config boundary', () => {
    const faults = sources.filter((file) => /instanceof HooklineError/.test(read(file)))
    expect(faults).toEqual([])
  })
})

describe('docs/architecture.md', () => {
  const page = read('docs/architecture.md')

  it('names only files that exist', () => {
    const code = [...page.matchAll(/`((?:core|docs|plugins|test)\/[^`]+)`/g)]
    const links = [...page.matchAll(/\]\(([^)]+)\)/g)]
    const named = [
      ...code.map(([, path = '']) => path),
      ...links.map(([, path = '']) => `docs/${path}`),
    ]
    expect(named.length).toBeGreaterThan(40)
    const missing = named.filter((path) => !path.includes('NAME') && !existsSync(join(top, path)))
    expect(missing).toEqual([])
  })

  it('draws every room on its floor', () => {
    const drawn = [...page.matchAll(/subgraph f(\d+) .*\n([\s\S]*?)\n {2}end/g)]
      .toSorted(([, one], [, other]) => Number(one) - Number(other))
      .map(([, , rooms = '']) =>
        [...rooms.matchAll(/\["([\w/-]+)(?:\.ts)?: /g)].map((room) => room[1]),
      )
    expect(drawn).toEqual(FLOORS)
  })
})

function find(patterns: readonly string[]): string[] {
  return globSync([...patterns], { cwd: top })
    .map((file) => file.split(sep).join('/'))
    .toSorted()
}

function read(file: string): string {
  return readFileSync(join(top, file), 'utf8')
}

function typesOf(text: string): string[] {
  const found = text.matchAll(/^export (?:declare |abstract )*(?:type|interface|class) (\w+)/gm)
  return [...found].map((match) => match[1] ?? '')
}

/** Files that a file loads when it runs: imports of types alone are erased. */
function valueImportsOf(file: string): string[] {
  const text = read(file).replace(/^(?:import|export) type [^;]*?from '[^']+'$/gm, '')
  const found = [...text.matchAll(/^(?:import|export)[^']*?from '(\.[^']+)'$/gm)]
  return found.map((match) => join(dirname(file), match[1] ?? ''))
}

function importsOf(file: string): string[] {
  const text = read(file)
  const found = [...text.matchAll(/(?:\bfrom|\bimport\(|^import)\s*'(\.[^']+)'/gm)]
  return found.map((match) =>
    relative(top, join(top, dirname(file), match[1] ?? ''))
      .split(sep)
      .join('/'),
  )
}

function mayImport(file: string, target: string): boolean {
  if (file.startsWith('core/')) return target.startsWith('core/') && isBelow(file, target)
  const [, kind = '', plugin] = file.split('/')
  // The barrel of a kind names all of its plugins.
  if (plugin === 'index.ts') return target.startsWith(`plugins/${kind}/`)
  const sdk = `core/sdk/${kind.slice(0, -1)}`
  // A thread that must start quickly imports single rules of its kind, without the whole SDK.
  return [`${sdk}.ts`, `${sdk}/`, `plugins/${kind}/${plugin}/`].some((path) =>
    path.endsWith('/') ? target.startsWith(path) : target === path,
  )
}

function isBelow(file: string, target: string): boolean {
  const [own, other] = [roomOf(file), roomOf(target)]
  // A config is typed by `defineConfig`, and loaded by the same room.
  if (own === 'index' && other === 'config') return true
  return own === other || floorOf(other) < floorOf(own)
}

function floorOf(room: string): number {
  const floor = FLOORS.findIndex((rooms) => rooms.includes(room))
  expect(floor, `the floor of core/${room}`).not.toBe(-1)
  return floor
}

function roomOf(file: string): string {
  const [, room = '', inner, rest] = file.split('/')
  return room === 'sdk' && rest !== undefined ? `sdk/${inner}` : room.replace(/\.ts$/, '')
}

function cyclesOf(files: readonly string[]): string[] {
  const state = new Map<string, 'open' | 'done'>()
  const cycles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return
    if (state.get(file) === 'open') {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      return
    }
    state.set(file, 'open')
    for (const target of importsOf(file)) visit(target, [...path, file])
    state.set(file, 'done')
  }
  for (const file of files) visit(file, [])
  return cycles
}
