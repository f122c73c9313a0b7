import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'

const LINE_FEED = 0x0a
const MAX_FIRST_LINE_BYTES = 128
const FIRST_LINE_SECONDS = 30

/** Whose streams connect by themselves. */
export interface StreamTaker {
  takeStream(socket: Socket, name: string, first: Buffer): void
}

/** Reads the first line of a connection, `KEY STREAM`, and hands the rest to the child with that key. */
export function receiveStream(
  socket: Socket,
  find: (key: string) => StreamTaker | undefined,
): void {
  let read: Buffer = Buffer.alloc(0)
  const take = (chunk: Buffer) => {
    read = read.length === 0 ? chunk : Buffer.concat([read, chunk])
    const end = read.indexOf(LINE_FEED)
    if (end === -1) {
      if (read.length > MAX_FIRST_LINE_BYTES) socket.destroy()
      return
    }
    socket.off('data', take)
    socket.off('error', ignore)
    socket.setTimeout(0)
    const [key = '', name = ''] = read.toString('latin1', 0, end).split(' ')
    const child = find(key)
    if (child === undefined) socket.destroy()
    else child.takeStream(socket, name, read.subarray(end + 1))
  }
  socket.on('data', take)
  socket.on('error', ignore)
  socket.setTimeout(FIRST_LINE_SECONDS * 1000, () => socket.destroy())
}

function ignore(): void {}
