import { workerData } from 'node:worker_threads'

// A thread of a receiver. The receiver ends by itself when the main process is gone, unless its event loop is blocked:
// then it would keep the port.

const LOOK_MS = 1_000

setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL')
}, LOOK_MS)
