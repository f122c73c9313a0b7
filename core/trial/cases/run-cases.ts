import type { RunningConfig } from '../../contracts/config.ts'
import type { CaseFile } from './case-file.ts'
import type { CaseNode } from './case-node.ts'
import { type CaseResult, runCase } from './run-case.ts'

/** What became of cases, in their order, by the config that they were run with. */
export interface CasesRun {
  readonly config: RunningConfig
  readonly results: readonly CaseResult[]
}

/**
 * Runs cases one after the other. A case whose delivery repeats the one of another case, or for which too many have come
 * before, runs again alone: cases do not depend on each other.
 *
 * @param open opens a node, which is closed here.
 * @param signal Cases that have not ended when it is aborted are skipped.
 */
export async function runCases(
  cases: readonly CaseFile[],
  open: () => Promise<CaseNode>,
  signal?: AbortSignal,
): Promise<CasesRun> {
  const node = await open()
  try {
    const results: CaseResult[] = []
    for (const one of cases) {
      const ran = signal?.aborted ? null : await runOne(one, node, results.length > 0, open, signal)
      results.push(ran ?? outOfTime(one))
    }
    return { config: node.config, results }
  } finally {
    await node.close()
  }
}

/** Null: the signal cut it off, so what came of it is no verdict. */
async function runOne(
  one: CaseFile,
  node: CaseNode,
  hasOthers: boolean,
  open: () => Promise<CaseNode>,
  signal: AbortSignal | undefined,
): Promise<CaseResult | null> {
  try {
    const result = await runCase(one, node)
    const isCrossed = result.state === 'failed' && result.isCrossed && hasOthers
    const final = isCrossed ? await runAlone(one, open) : result
    return signal?.aborted ? null : final
  } catch (error) {
    if (signal?.aborted) return null
    throw error
  }
}

async function runAlone(one: CaseFile, open: () => Promise<CaseNode>): Promise<CaseResult> {
  const node = await open()
  try {
    return await runCase(one, node)
  } finally {
    await node.close()
  }
}

function outOfTime({ file, name }: CaseFile): CaseResult {
  const lines = ['the time for all cases was over before this one had ended']
  return { file, name, state: 'skipped', lines, seconds: 0, isCrossed: false, delivery: null }
}
