import { execFileSync } from 'node:child_process'
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { PYTHON } from '../../e2e/service.ts'
import { toolPath } from '../../requirements.ts'
import { median } from './results.ts'
import { moduleVersion } from './servers.ts'

const SYNCS = 100

/** What the figures depend on: processor, memory, disk and versions. */
export function machineOf(folder: string): readonly (readonly [string, string])[] {
  const processors = cpus()
  const python = [versionOf(PYTHON, '--version'), ...['fastapi', 'uvicorn', 'celery'].map(named)]
  const rows: [string, string | null][] = [
    ['Processor', `${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} cores`],
    ['Memory', `${(totalmem() / 2 ** 30).toFixed(0)} GiB`],
    ['System', `Linux ${release()}, ${distribution()}`],
    [
      'Disk',
      `${fileSystem(folder)}; a write of 4 kB and its \`fsync\` take ${syncMs(folder).toFixed(2)} ms`,
    ],
    ['Node.js', process.version],
    ['Python', python.filter((text) => text !== null).join(', ')],
    ['adnanh/webhook', versionOf('webhook', '-version')?.replace('webhook version ', '') ?? null],
    ['Redis', /v=([\d.]+)/.exec(versionOf('redis-server', '--version') ?? '')?.[1] ?? null],
  ]
  return rows.flatMap(([what, is]) => (is === null ? [] : [[what, is] as const]))
}

function named(module: string): string | null {
  const version = moduleVersion(module)
  return version === null ? null : `${module} ${version}`
}

function versionOf(command: string, option: string): string | null {
  if (!command.startsWith('/') && toolPath(command) === null) return null
  return execFileSync(command, [option], { encoding: 'utf8' }).trim()
}

function distribution(): string {
  return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? ''
}

function fileSystem(folder: string): string {
  const output = execFileSync('df', ['--output=fstype', folder], { encoding: 'utf8' })
  return output.trim().split('\n').at(-1) ?? 'unknown'
}

/** The median time of a small write that must be on disk. */
function syncMs(folder: string): number {
  const file = openSync(join(folder, 'sync'), 'w')
  const block = Buffer.alloc(4096, 'x')
  const times = Array.from({ length: SYNCS }, () => {
    const begun = performance.now()
    writeSync(file, block)
    fsyncSync(file)
    return performance.now() - begun
  })
  closeSync(file)
  return median(times)
}
