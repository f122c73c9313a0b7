/** Figures of one kind of push, under load. */
export interface LoadRound {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  /** Processor time of the server and its children per accepted push. */
  readonly cpuMicros: number
  /** What was to be written to disk per accepted push, in kB. */
  readonly writtenKb: number
  /** Processor time of the sender per push. */
  readonly senderMicros: number
  readonly failed: number
}

/** Figures of one start, without programs. */
export interface AcceptRound {
  /** From the start to the first push that is accepted. */
  readonly readyMs: number
  readonly idleMiB: number
  /** At the end of the load. */
  readonly loadMiB: number
  readonly small: LoadRound
  readonly large: LoadRound
}

/** Figures of one start, with a program for each push. */
export interface ProgramRound {
  /** Programs that have ended per second, from the first push of a burst to the end of the last program. */
  readonly perSecond: number
  /** Median of the time until a push was answered. */
  readonly answeredMs: number
  readonly cpuMillis: number
  readonly failed: number
}

/** Whose figures they are. */
export interface Named {
  readonly name: string
  readonly kind: 'hookline' | 'bare' | 'adnanh' | 'fastapi' | 'celery'
}

export interface AcceptRow extends Named, AcceptRound {}

export interface ProgramRow extends Named, ProgramRound {
  readonly program: 'true' | 'python'
}

/** All that a run has found out: medians of its rounds. */
export interface Results {
  readonly accepts: readonly AcceptRow[]
  readonly programs: readonly ProgramRow[]
  readonly skipped: readonly string[]
  readonly machine: readonly (readonly [what: string, is: string])[]
  readonly rounds: number
  readonly seconds: number
  /** Processes that wanted a processor before the run, on average over a minute. */
  readonly loadBefore: number
  readonly date: string
  readonly smallBytes: number
  readonly largeBytes: number
}

/** The middle of figures: half of them are smaller. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((one, other) => one - other)
  const at = (index: number) => sorted[Math.floor(index)] ?? 0
  return (at((sorted.length - 1) / 2) + at(sorted.length / 2)) / 2
}

/** The median of each figure of some rounds; failures are added up. */
export function medians<Round extends object>(rounds: readonly Round[]): Round {
  const keys = Object.keys(rounds[0] ?? {}) as (keyof Round)[]
  const entries = keys.map((key) => {
    const values = rounds.map((round) => round[key])
    if (values.every((value) => typeof value === 'object' && value !== null))
      return [key, medians(values as object[])]
    const figures = values.map(Number)
    return [key, key === 'failed' ? figures.reduce((sum, one) => sum + one, 0) : median(figures)]
  })
  return Object.fromEntries(entries) as Round
}
