import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { acceptBench } from './accept.ts'
import { sourceBench } from './sources.ts'
import { taskBench } from './tasks.ts'

// Ratios of one run on one machine; absolute figures say more of the machine than of the software.
const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'))
try {
  console.log(`node ${process.version}, ${process.platform} ${process.arch}\n`)
  await sourceBench()
  await acceptBench(dataDir)
  await taskBench(dataDir)
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
