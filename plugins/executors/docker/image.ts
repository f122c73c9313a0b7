import { HooklineError } from '../../../core/index.ts'
import type { Engine } from './engine.ts'
import type { DockerOptions } from './options.ts'

const MAX_LINE_LENGTH = 1024 * 1024
const FINAL =
  /not found|manifest unknown|does not exist|denied|unauthorized|auth credentials|authentication required|invalid reference/i

/** Fetches the image. Throws `image_unavailable` where that cannot be done; an abort ends it with a throw. */
export async function pullImage(
  engine: Engine,
  { image, registryAuth }: DockerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { status, chunks } = await engine.stream({
    method: 'POST',
    path: '/images/create',
    query: imageParts(image),
    headers: registryAuth === undefined ? {} : { 'x-registry-auth': encode(registryAuth) },
    // A large layer is unpacked in silence.
    silenceSeconds: null,
    signal,
  })
  // Faults later than the first byte come as a line of the answer.
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = (lines.pop() ?? '').slice(-MAX_LINE_LENGTH)
    for (const line of lines) check(image, status, line)
  }
  check(image, status, rest)
  if (status >= 400) throw unavailable(image, `status ${status}`)
}

/** Without a tag the engine would fetch every tag there is. */
export function imageParts(image: string): { readonly fromImage: string; readonly tag: string } {
  const digest = image.indexOf('@')
  if (digest !== -1) {
    return { fromImage: image.slice(0, digest), tag: image.slice(digest + 1) }
  }
  const colon = image.lastIndexOf(':')
  // `host:5000/name`: what follows the last colon is a tag only in the last part of the path.
  if (colon <= image.lastIndexOf('/')) return { fromImage: image, tag: 'latest' }
  return { fromImage: image.slice(0, colon), tag: image.slice(colon + 1) }
}

/** The image is not there and is not to be fetched. */
export function missingImage(image: string): HooklineError {
  return new HooklineError(
    'image_unavailable',
    `The engine has no image "${image}", and \`pull\` is \`never\`.`,
    { fields: { retryable: false } },
  )
}

// The padding of base64 that the engine wants, and the two characters of its form for URLs.
function encode(auth: object): string {
  const text = Buffer.from(JSON.stringify(auth)).toString('base64')
  return text.replaceAll('+', '-').replaceAll('/', '_')
}

function check(image: string, status: number, line: string): void {
  let said: unknown
  try {
    said = JSON.parse(line)
  } catch {
    return
  }
  if (typeof said !== 'object' || said === null) return
  if ('error' in said) throw unavailable(image, String(said.error))
  if (status >= 400 && 'message' in said) throw unavailable(image, String(said.message))
}

function unavailable(image: string, message: string): HooklineError {
  return new HooklineError(
    'image_unavailable',
    `The image "${image}" cannot be fetched: ${message}`,
    {
      fields: { retryable: !FINAL.test(message) },
    },
  )
}
