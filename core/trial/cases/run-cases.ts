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
      const result = signal?.aborted ? null : await runOne(one, node, results.length > 0, open)
      results.push(result === null || signal?.aborted ? outOfTime(one) : result)
    }
    return { config: node.config, results }
  } finally {
    await node.close()
  }
}

async function runOne(
  one: CaseFile,
  node: CaseNode,
  hasOthers: boolean,
  open: () => Promise<CaseNode>,
): Promise<CaseResult> {
  const result = await runCase(one, node)
  if (result.state !== 'failed' || !result.isCrossed || !hasOthers) return result
  const alone = await open()
  try {
    return await runCase(one, alone)
  } finally {
    await alone.close()
  }
}

function outOfTime({ file, name }: CaseFile): CaseResult {
  const lines = ['the time for all cases was over before this one had ended']
  return { file, name, state: 'skipped', lines, seconds: 0, isCrossed: false, delivery: null }
}
