import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { acceptBench } from './accept.ts'
import { celeryBench } from './celery.ts'
import { conditionBench } from './conditions.ts'
import { growthBench } from './growth/growth.ts'
import { memoryBench } from './growth/memory.ts'
import { guardBench } from './guard.ts'
import { jobsBench } from './jobs.ts'
import { pagesBench } from './pages.ts'
import { peersBench } from './peers/peers.ts'
import { postgresBench } from './postgres.ts'
import { programsBench } from './programs/programs.ts'
import { receiversBench } from './receivers.ts'
import { scaleBench } from './scale.ts'
import { soakBench } from './soak.ts'
import { sourceBench } from './sources.ts'
import { taskBench } from './tasks.ts'
import { viewersBench } from './viewers.ts'

// Ratios of one run on one machine; absolute figures say more of the machine than of the software.
// `npm run bench -- tasks launcher` runs one part, and of it the rows whose names hold a word; `-- guard save` keeps what
// an accept costs in a release.
const [part, rows = ''] = process.argv.slice(2)
const isWanted = (name: string) => part === undefined || part === name
const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'))
try {
  console.log(`node ${process.version}, ${process.platform} ${process.arch}\n`)
  if (isWanted('sources')) await sourceBench()
  if (isWanted('conditions')) conditionBench()
  if (isWanted('accept')) await acceptBench(dataDir)
  if (isWanted('receivers')) await receiversBench(dataDir)
  if (isWanted('guard')) await guardBench(dataDir, rows === 'save')
  if (isWanted('memory')) await memoryBench(dataDir)
  if (isWanted('viewers')) await viewersBench(dataDir)
  if (isWanted('jobs')) await jobsBench(dataDir)
  if (isWanted('postgres')) await postgresBench()
  if (isWanted('pages')) await pagesBench(dataDir)
  if (isWanted('growth')) await growthBench(dataDir)
  if (isWanted('scale')) await scaleBench(dataDir)
  if (isWanted('celery')) await celeryBench(dataDir)
  // Only when they are named: one takes long, the other writes docs/performance.md.
  if (part === 'soak') await soakBench(dataDir, Number(rows) || undefined)
  if (part === 'peers') await peersBench(dataDir)
  if (isWanted('programs')) await programsBench(dataDir)
  if (isWanted('tasks')) await taskBench(dataDir, rows)
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
