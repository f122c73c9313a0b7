import { readdirSync, readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

/** What processes and all their descendants have used so far; 0 where there is no /proc. */
export interface TreeUsage {
  /** Processor time, in user mode and in the kernel, with that of descendants that have ended. */
  readonly cpuSeconds: number
  /** What is in memory of those that live. Pages that they share count more than once. */
  readonly rssBytes: number
  /** What was to be written to disk. */
  readonly writtenBytes: number
}

interface Stat {
  readonly parent: number
  readonly cpuSeconds: number
  readonly rssBytes: number
}

/** The usage of processes and their descendants. */
export function treeUsage(roots: readonly number[]): TreeUsage {
  const sum = { cpuSeconds: 0, rssBytes: 0, writtenBytes: 0 }
  for (const [id, stat] of treeOf(roots)) {
    sum.cpuSeconds += stat.cpuSeconds
    sum.rssBytes += stat.rssBytes
    sum.writtenBytes += Number(/^write_bytes: (\d+)/m.exec(read(`${id}/io`))?.[1] ?? 0)
  }
  return sum
}

/** A thread, by the name that it gave itself: `main` and `launcher` are the first of a process and of the launcher. */
export interface ThreadUsage {
  readonly name: string
  readonly cpuSeconds: number
}

/** The threads of a process that live, and the launchers that it has started; none where there is no /proc. */
export function treeThreads(id: number): readonly ThreadUsage[] {
  const launchers = treeIds([id]).filter((each) => read(`${each}/cmdline`).includes('launcher.py'))
  const threads = filesOf(`/proc/${id}/task`).map((thread) => {
    const path = `${id}/task/${thread}`
    const name = thread === String(id) ? 'main' : read(`${path}/comm`).trim()
    return { name, cpuSeconds: runTime(path) }
  })
  return [
    ...threads,
    ...launchers.map((each) => ({ name: 'launcher', cpuSeconds: runTime(`${each}`) })),
  ]
}

// Its first number is the time in nanoseconds.
function runTime(path: string): number {
  return (Number.parseInt(read(`${path}/schedstat`), 10) || 0) / 1e9
}

/** Processes and their descendants that live. */
export function treeIds(roots: readonly number[]): readonly number[] {
  return [...treeOf(roots).keys()]
}

// Not every kernel has /proc/PID/task/TID/children.
function treeOf(roots: readonly number[]): ReadonlyMap<number, Stat> {
  const all = new Map(ids().flatMap((id) => entryOf(id)))
  const children = Map.groupBy(all.keys(), (id) => all.get(id)?.parent)
  const tree = new Map<number, Stat>()
  const pending = [...roots]
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const stat = all.get(id)
    if (stat !== undefined) tree.set(id, stat)
    pending.push(...(children.get(id) ?? []))
  }
  return tree
}

function ids(): readonly number[] {
  return filesOf('/proc').map(Number).filter(Boolean)
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: of a process, and of its children that were waited for.
function entryOf(id: number): readonly (readonly [number, Stat])[] {
  const text = read(`${id}/stat`)
  if (text === '') return []
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [parent = 0, ticks, rss = 0] = [fields[1], fields.slice(11, 15), fields[21]]
  const cpuSeconds = ticks.reduce((sum, count) => sum + count, 0) / TICKS_PER_SECOND
  return [[id, { parent, cpuSeconds, rssBytes: rss * PAGE_BYTES }]]
}

// It may have ended meanwhile.
function read(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1')
  } catch {
    return ''
  }
}
