import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const top = join(import.meta.dirname, '..')
const MAX_LINES = 250
const MAX_DEPTH = 2

/** What each part of core may import, itself included. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  contracts: ['contracts'],
  kit: ['contracts', 'kit'],
  config: ['contracts', 'kit', 'config', 'index'],
  receive: ['contracts', 'kit', 'receive'],
  work: ['contracts', 'kit', 'work'],
  api: ['contracts', 'kit', 'config', 'receive', 'work', 'api'],
  dashboard: ['contracts', 'kit', 'config', 'receive', 'work', 'api', 'dashboard'],
  app: ['contracts', 'kit', 'config', 'receive', 'work', 'api', 'dashboard', 'app'],
  node: ['contracts', 'kit', 'config', 'receive', 'work', 'api', 'dashboard', 'app', 'node'],
  cli: ['contracts', 'kit', 'config', 'receive', 'work', 'api', 'dashboard', 'app', 'node', 'cli'],
  index: ['contracts', 'kit', 'config', 'index'],
}

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

  it('has no default exports, enums or namespaces in core and plugins', () => {
    const faults = sources.filter((file) =>
      /^export default|^(export )?(const )?enum |^(export )?namespace /m.test(read(file)),
    )
    expect(faults).toEqual([])
  })

  it('never compares errors by class across the config boundary', () => {
    const faults = sources.filter((file) => /instanceof HooklineError/.test(read(file)))
    expect(faults).toEqual([])
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
  if (file.startsWith('core/')) {
    return target.startsWith('core/') && (LAYERS[layerOf(file)] ?? []).includes(layerOf(target))
  }
  if (target === 'core/index.ts') return true
  if (dirname(file).split('/').length === 2) {
    // A plugin of one file stands alone; the barrel of a kind names them all.
    return basename(file) === 'index.ts' && target.startsWith(`${dirname(file)}/`)
  }
  return dirname(target) === dirname(file)
}

function layerOf(file: string): string {
  return (file.split('/')[1] ?? '').replace(/\.ts$/, '')
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
