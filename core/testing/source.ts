import type { TestRunner } from './executor.ts'
import type { SourceAdapter } from './source-cases/adapter.ts'
import { SourceBench } from './source-cases/bench.ts'
import { parseCases } from './source-cases/parse.ts'
import { timeCases, verifyCases } from './source-cases/verify.ts'

export type { SignedHeaders, SourceAdapter, SourceSample } from './source-cases/adapter.ts'

/** Tests any source against the source contract. */
export function testSource({ describe, it }: TestRunner, adapter: SourceAdapter): void {
  const bench = new SourceBench(adapter)
  const { toleranceSeconds } = adapter
  const groups = {
    verify: verifyCases(bench),
    time: toleranceSeconds === undefined ? {} : timeCases(bench, toleranceSeconds),
    parse: parseCases(bench),
  }
  for (const [name, cases] of Object.entries(groups)) {
    if (Object.keys(cases).length === 0) continue
    describe(name, () => {
      for (const [title, check] of Object.entries(cases)) it(title, check)
    })
  }
}
