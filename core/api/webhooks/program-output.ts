import type { StoreInstance } from '../../contracts/store.ts'

/** Largest output in an answer, in bytes. The rest is left out. */
const MAX_ANSWER_BYTES = 1024 * 1024
const CHUNKS_PER_READ = 200

export interface ProgramOutput {
  readonly text: string
  readonly truncated: boolean
}

/** The standard output of the last attempt of a task; with `all`, its standard error too, in the order of writing. */
export async function programOutput(
  store: Pick<StoreInstance, 'attempts' | 'readLog'>,
  taskId: string,
  streams: 'stdout' | 'all',
): Promise<ProgramOutput> {
  const attempt = (await store.attempts(taskId)).at(-1)?.number
  let text = ''
  let bytesLeft = MAX_ANSWER_BYTES
  for (let after = 0; ; ) {
    const chunks = await store.readLog(taskId, { after, limit: CHUNKS_PER_READ })
    for (const chunk of chunks) {
      after = chunk.sequence
      if (chunk.attempt !== attempt || (chunk.stream !== 'stdout' && streams !== 'all')) continue
      const bytes = Buffer.byteLength(chunk.text)
      if (bytes > bytesLeft)
        return { text: text + firstBytes(chunk.text, bytesLeft), truncated: true }
      text += chunk.text
      bytesLeft -= bytes
    }
    if (chunks.length < CHUNKS_PER_READ) return { text, truncated: false }
  }
}

/** The beginning of a text, at most `bytes` bytes of whole characters. */
function firstBytes(text: string, bytes: number): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true })
}
