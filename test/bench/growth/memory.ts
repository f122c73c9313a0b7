import { setTimeout as sleep } from 'node:timers/promises'
import { pushPayload } from '../accept.ts'
import { pushes } from '../load.ts'
import { CONNECTIONS, open } from '../peers/rounds.ts'
import { buildPackage, folderFor, hookline } from '../peers/servers.ts'
import { treeUsage } from '../process-tree.ts'

/** The start frees what only it has needed about a second after it is ready. */
const IDLE_SECONDS = 3
const LOADS = 6
const LOAD_SECONDS = 10
/** What lists are searched by is derived after the load. */
const AFTER_SECONDS = 60
const STEP_SECONDS = 10
const MIB = 2 ** 20

/** What is resident of a service from the npm package: idle, under load of pushes of 7.7 kB whose tasks wait, and after it. */
export async function memoryBench(dataDir: string): Promise<void> {
  buildPackage()
  const body = JSON.stringify(pushPayload())
  const { running } = await open(hookline('waits'), folderFor(dataDir, 'memory'), body)
  const print = (when: string) => {
    const resident = treeUsage(running.pids).rssBytes / MIB
    console.log(`  ${when.padEnd(34)} ${resident.toFixed(0).padStart(4)} MiB`)
  }
  console.log('memory')
  try {
    await sleep(IDLE_SECONDS * 1000)
    print('idle')
    let waiting = 1
    for (let load = 0; load < LOADS; load++) {
      const { url } = running
      const sent = await pushes({ url, body, connections: CONNECTIONS, seconds: LOAD_SECONDS })
      waiting += sent.accepted
      print(`${waiting.toLocaleString('en')} tasks wait`)
    }
    for (let after = STEP_SECONDS; after <= AFTER_SECONDS; after += STEP_SECONDS) {
      await sleep(STEP_SECONDS * 1000)
      print(`${after} s after the load`)
    }
    console.log('')
  } finally {
    await running.stop()
  }
}
