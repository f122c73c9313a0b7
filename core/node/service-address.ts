import { readFileSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isRecord } from '../kit/is-record.ts'
import { replacePrivateFile } from '../kit/private-file.ts'

/** Who wrote the file: recognises the file of a process that was killed. */
interface Writer {
  readonly host: string
  readonly pid: number
  /** When the process started, as Linux counts it; null elsewhere. Another process may get the same id. */
  readonly started: string | null
}

/** Address of a service of this machine that listens on a host and port. */
export function localAddress(host: string, port: number): string {
  const isEverywhere = host === '0.0.0.0' || host === '::'
  const name = isEverywhere ? '127.0.0.1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** File of the data folder that holds the address of the running service. Only its owner can read it. */
export function serviceAddressFile(dataDir: string): string {
  return join(dataDir, 'address.json')
}

/** Writes the address of this process for commands of this machine. Returns a function that removes it again. */
export function writeServiceAddress(dataDir: string, url: string): () => void {
  const file = serviceAddressFile(dataDir)
  const writer: Writer = { host: hostname(), pid: process.pid, started: startOf(process.pid) }
  const text = `${JSON.stringify({ url, ...writer })}\n`
  replacePrivateFile(file, text)
  return () => {
    // Another node of this data folder may have written it since.
    if (readText(file) === text) rmSync(file, { force: true })
  }
}

/** Address of the service that runs with a data folder; null if there is none or it cannot be read. */
export function readServiceAddress(dataDir: string): string | null {
  const written = parse(readText(serviceAddressFile(dataDir)))
  return written !== null && mayRun(written) ? written.url : null
}

/** Processes of another machine or container cannot be looked up. */
function mayRun({ host, pid, started }: Writer): boolean {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    // Without the right to signal it (EPERM), the process is there.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
  }
  const now = startOf(pid)
  return started === null || now === null || started === now
}

/** Field 22 of /proc/PID/stat; null where there is no such file. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function startOf(pid: number): string | null {
  const stat = readText(`/proc/${pid}/stat`) ?? ''
  // The second field, the name of the program, may hold spaces and parentheses.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function parse(text: string | null): (Writer & { readonly url: string }) | null {
  try {
    const value: unknown = JSON.parse(text ?? '')
    if (!isRecord(value)) return null
    const { url, host, pid, started } = value
    if (typeof url !== 'string' || !URL.canParse(url) || typeof host !== 'string') return null
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return null
    return { url, host, pid, started: typeof started === 'string' ? started : null }
  } catch {
    return null
  }
}

/** A host that listens everywhere, as it is reached from this machine. */
export function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
