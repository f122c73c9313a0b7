import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AcceptRow, Named, ProgramRow, Results } from './results.ts'

const FULL_ROUNDS = 5
const FULL_SECONDS = 3
/** Processes that wanted a processor before a run that is still quiet. */
const QUIET_LOAD = 1

/** docs/performance.md */
export function performancePage(results: Results): string {
  return `# Performance

How fast Hookline is beside what else people use for webhooks: in one run on one machine, each in turn. \`npm run bench -- peers\` measures that, and writes this page.
${caution(results)}
![Accepted pushes and programs per second](images/performance.svg)

${figuresOf(results)}

## Where the time goes

${readFileSync(join(import.meta.dirname, 'where-the-time-goes.md'), 'utf8').trimEnd()}

## The machine

| | |
| --- | --- |
${results.machine.map(([what, is]) => `| ${what} | ${is} |`).join('\n')}
| Load before the run | ${results.loadBefore.toFixed(1)} |
| Date | ${results.date} |

## How it was measured

${measured(results)}

## Repeat it

\`\`\`sh
.ci/install webhook uvicorn python3-fastapi redis-server celery python3-redis   # on Debian, as root
npm run bench -- peers                                                          # about a quarter of an hour
BENCH_ROUNDS=1 BENCH_SECONDS=1 npm run bench -- peers                           # only to see that it works
\`\`\`

Both write this page and its chart. What is not installed is left out${results.skipped.length === 0 ? '.' : `, in this run:\n\n${list(results.skipped)}`}

\`npm run bench -- guard\` takes two minutes: it compares an accept with that of the last release.

## What the figures do not show

${limits(results)}
`
}

/** What the page says first: in words, and as tables. */
export function figuresOf(results: Results): string {
  return `${summary(results)}

## Accept webhooks

32 connections send signed pushes of GitHub, and no program is run. Hookline commits each to disk before it answers; the others keep nothing, except Celery, whose Redis keeps the task in memory.

${acceptTable(results.accepts, 'large', results.largeBytes)}

${acceptTable(results.accepts, 'small', results.smallBytes)}

${processTable(results.accepts)}

## Run a program for each

A burst of signed pushes of ${kb(results.largeBytes)} over 32 connections. The time counts until the last program has ended.

${programTable(results.programs, 'true', '`/bin/true`')}

${programTable(results.programs, 'python', 'Python')}`
}

function caution({ rounds, seconds, loadBefore }: Results): string {
  const reasons = [
    ...(rounds < FULL_ROUNDS || seconds < FULL_SECONDS
      ? [`The run was shortened to ${count(rounds, 'round')} of ${seconds} s.`]
      : []),
    ...(loadBefore > QUIET_LOAD
      ? [`Other work kept the machine busy (load ${loadBefore.toFixed(1)}).`]
      : []),
  ]
  if (reasons.length === 0) return ''
  return `\n> **These figures are provisional.** ${reasons.join(' ')}\n`
}

function summary({ accepts, programs, largeBytes }: Results): string {
  const hookline = accepts.find(({ kind }) => kind === 'hookline')
  const lines: string[] = []
  if (hookline !== undefined) {
    const { perSecond } = hookline.large
    const others = accepts.filter(({ kind }) => kind !== 'hookline')
    const ratios = others.map(({ name, large }) => ratioText(perSecond, large.perSecond, name))
    lines.push(
      `Hookline accepts **${figure(perSecond)} pushes of ${kb(largeBytes)} per second**, each with its signature checked and committed to disk. ${sentence(ratios)}`,
    )
  }
  for (const [program, what] of [
    ['true', '`/bin/true`'],
    ['python', 'a Python script'],
  ] as const) {
    const rows = programs.filter((row) => row.program === program)
    const best = rows.filter(({ kind }) => kind === 'hookline').toSorted(fasterFirst)[0]
    if (best === undefined) continue
    const others = rows.filter(({ kind }) => kind !== 'hookline')
    const ratios = others.map((row) => ratioText(best.perSecond, row.perSecond, row.name))
    const how = program === 'true' ? '' : ` (${modeOf(best)})`
    lines.push(
      `With ${what} for each push, it runs **${figure(best.perSecond)} programs per second**${how}. ${sentence(ratios)}`,
    )
  }
  return lines.join('\n\n')
}

function acceptTable(rows: readonly AcceptRow[], size: 'small' | 'large', bytes: number): string {
  const own = rows.find(({ kind }) => kind === 'hookline')?.[size].perSecond
  const bare = rows.find(({ kind }) => kind === 'bare')?.[size].perSecond
  return table(
    [
      kb(bytes),
      'Per second',
      'To bare',
      'Hookline to it',
      'p50',
      'p99',
      'CPU each',
      'Written each',
    ],
    rows.map((row) => {
      const { perSecond, p50, p99, cpuMicros, writtenKb, failed } = row[size]
      return [
        nameOf(row, failed),
        figure(perSecond),
        ratio(perSecond, bare),
        ratio(own, perSecond),
        `${figure(p50)} ms`,
        `${figure(p99)} ms`,
        `${figure(cpuMicros)} µs`,
        writtenKb < 0.05 ? 'nothing' : `${writtenKb.toFixed(0)} kB`,
      ]
    }),
  )
}

function processTable(rows: readonly AcceptRow[]): string {
  return table(
    ['', 'Start to ready', 'Memory, idle', 'Memory, after the load'],
    rows.map((row) => [
      row.name,
      `${(row.readyMs / 1000).toFixed(2)} s`,
      `${row.idleMiB.toFixed(0)} MiB`,
      `${row.loadMiB.toFixed(0)} MiB`,
    ]),
  )
}

function programTable(all: readonly ProgramRow[], program: string, title: string): string {
  const rows = all.filter((row) => row.program === program)
  const peers = rows.filter(({ kind }) => kind !== 'hookline')
  return table(
    [title, 'Per second', ...peers.map(({ name }) => `To ${name}`), 'Answered after', 'CPU each'],
    rows.map((row) => [
      nameOf(row, row.failed),
      figure(row.perSecond),
      ...peers.map((peer) => ratio(row.perSecond, peer.perSecond)),
      `${figure(row.answeredMs)} ms`,
      `${row.cpuMillis.toFixed(1)} ms`,
    ]),
  )
}

function measured({ rounds, seconds, largeBytes, smallBytes }: Results): string {
  return list([
    `Figures are medians of ${count(rounds, 'round')}. In each round, every server has its turn: it is started with an empty folder, warmed up for ${3 * seconds} s, loaded for ${seconds} s with each size, and stopped. So only one runs at a time.`,
    `The push of ${kb(largeBytes)} is the largest of GitHub's published examples. That of ${kb(smallBytes)} is the same without its links and without the commit that it has twice. Each has an id of its own and a signature by HMAC with SHA-256.`,
    '**Hookline** is `hookline start` from the npm package, with SQLite, and a rule with a condition that makes a task of each push. For the accepts, the task is for a node that is not there. Its programs run 32 at a time, so there are up to 32 `workers`.',
    '**Bare Hono** checks the signature, parses the JSON and answers: about what a handler by hand costs at least.',
    '**adnanh/webhook** has one hook with an HMAC rule. It cannot do without a command, so for the accepts a second rule fails after the signature was checked: everything is done except the command. With programs, it answers with their output. Without that, it would answer at once and start as many as there are requests, with no limit.',
    '**FastAPI** runs under uvicorn with one worker, without an access log. Its handler checks the signature and parses the JSON, then waits for `subprocess.run` in a thread, or calls `.delay()`.',
    '**FastAPI + Celery** has a Redis with the settings that it is installed with, as broker and for the results. For the accepts, no worker runs; for the programs, two processes (`prefork`). Its task is a function that counts itself.',
    'Python programs import four modules of the standard library and read the event as JSON. In adnanh/webhook, it is an argument, elsewhere the input. Workers of Hookline and of Celery stay, so they import once.',
    'CPU is the time in user mode and in the kernel, of the server and all its children, by `/proc`, and for Celery also of Redis and the workers. *Written* is `write_bytes` of `/proc/PID/io`. Memory is the resident set. A server is ready when it accepts its first push.',
  ])
}

function limits({ accepts }: Results): string {
  const most = Math.max(...accepts.map(({ large }) => large.senderMicros))
  const least = Math.min(...accepts.map(({ large }) => large.senderMicros))
  return list([
    '**What is lost.** Kill adnanh/webhook or FastAPI, and nobody runs again what they were running. A Redis as it is installed writes a snapshot now and then, and loses what came after it; a Celery worker that is killed loses its task. Hookline loses nothing that it has answered, and runs it after the restart.',
    '**What is done beside it.** Hookline also drops repeats, matches rules, keeps output, retries, and can show all of that. The others leave this to you, which costs time of its own.',
    `**The sender's share.** It runs on the same cores, and takes ${figure(least)} to ${figure(most)} µs of CPU for each push. So it holds back the fast ones more than the slow ones. The CPU of the servers is the fairer measure.`,
    '**Other machines.** The cost of a commit depends on the disk, that of a program on how fast processes start. Ratios travel better than figures, and neither travels far: repeat it on yours.',
    '**Where the time of a short program goes.** `npm run bench -- programs` runs `/bin/true` on 32 slots beside a loop of `posix_spawn`, by turns. A backlog runs at 0.92 of the rate of that loop (1,812/s), pushes through HTTP at 0.70; two loops side by side make 2,824/s, of which that is 0.59 and 0.45. Meanwhile the event loop is 7 and 9 ms late (p99). Each of a backlog takes 1.05 ms of processor time: 0.58 ms the system, to start and end the process, whoever does it (on a virtual machine, more than a third of that is the dynamic linker, which asks the processor what it can do: each question goes to the host); 0.13 ms the launcher, of which the start alone is 0.06; 0.34 ms the node: 0.15 its main thread, 0.13 SQLite, the rest threads of V8. Through HTTP, the node takes 0.58 ms. The main thread has no large part: input, environment and frames take 0.03 ms once their code is compiled, and the rest is many small steps. No gain, and so not done: two launchers, leases sent as texts, claims of half of the slots instead of a quarter, and no garbage collection in the launcher.',
    '**Growth.** The stores are empty at the start of each round. See [Sizing](sizing.md) for large ones, for Postgres and for several nodes.',
    '**Twenty minutes.** `npm run bench -- soak 20` sends pushes with a program each, at 70 % of what a node can take and run. On a machine that is slow to start processes, that was 159 a second, and none failed. From the first third of the minutes to the last, memory went from 274 to 267 MiB, p50 from 46 to 23 ms and p99 from 348 to 130 ms (other work ran in the first third); the WAL had 33 MiB throughout, and descriptors were 48 to 80. There, a backlog of `/bin/true` ran at 0.75 of the rate of a loop of `posix_spawn` (306/s), pushes through HTTP at 0.69, and the event loop was 23 and 35 ms late (p99).',
    '**The start, and the npm package.** The npm package is bundled; the TypeScript files are run as they are. In multiples of the processor time of `node --eval 0` (25 ms): from the package, the service takes 9.5 to be ready, `hookline --help` 1.8, `hookline tasks` 2.1 with `--url` and `--token`, 2.6 if it has to read the config for them, and `hookline check` 5.4; from the sources 18, 2.1, 2.6, 3.1 and 9.5. The parts are [above](#where-a-start-goes). Settings of V8 for garbage saved nothing. When idle, 55 of its 95 MiB are the program of Node.js.',
    '**Real programs.** A program that works for a second makes these differences small.',
  ])
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'))
  return [head, rule, ...rows].map(line).join('\n')
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}

function nameOf({ name, kind }: Named, failed: number): string {
  const text = kind === 'hookline' ? `**${name}**` : name
  return failed === 0 ? text : `${text} (${failed} failed)`
}

function modeOf({ name }: ProgramRow): string {
  return `mode ${name.split(', ').at(-1)}`
}

function fasterFirst(one: ProgramRow, other: ProgramRow): number {
  return other.perSecond - one.perSecond
}

function sentence(ratios: readonly string[]): string {
  if (ratios.length === 0) return ''
  return `That is ${new Intl.ListFormat('en').format(ratios)}.`
}

function ratioText(figure: number, of: number, name: string): string {
  const times = figure / of
  if (times < 1) return `${(100 * times).toFixed(0)} % of ${name}`
  return `${times.toFixed(times < 10 ? 1 : 0)} times ${name}`
}

function ratio(figure: number | undefined, of: number | undefined): string {
  if (figure === undefined || of === undefined) return ''
  const times = figure / of
  return times < 10 ? times.toFixed(2) : times.toFixed(0)
}

function figure(value: number): string {
  return value < 10 ? String(Number(value.toFixed(1))) : Math.round(value).toLocaleString('en')
}

function kb(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`
}
