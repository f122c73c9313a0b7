import { Buffer } from 'node:buffer'
import { mkdtempSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ForkedChild } from './forked-child.ts'

const LINE_FEED = 0x0a
const MAX_FIRST_LINE_BYTES = 128
const FIRST_LINE_SECONDS = 30
/** The systems' limit on the path of a socket is 104 bytes or a little more. */
const MAX_FOLDER_LENGTH = 90

/** Makes a private folder for a socket. */
export function makeSocketFolder(): string {
  const usual = join(tmpdir(), 'hookline-python-')
  return mkdtempSync(usual.length > MAX_FOLDER_LENGTH ? '/tmp/hookline-python-' : usual)
}

/** Reads the first line of a connection, `ID STREAM`, and hands the rest to that child. */
export function receiveStream(socket: Socket, find: (id: string) => ForkedChild | undefined): void {
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
    const [id = '', name = ''] = read.toString('latin1', 0, end).split(' ')
    const child = find(id)
    if (child === undefined) socket.destroy()
    else child.takeStream(socket, name, read.subarray(end + 1))
  }
  socket.on('data', take)
  socket.on('error', ignore)
  socket.setTimeout(FIRST_LINE_SECONDS * 1000, () => socket.destroy())
}

function ignore(): void {}
