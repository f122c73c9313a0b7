import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { demultiplexer } from '../../../../plugins/executors/docker/frames.ts'
import { imageParts } from '../../../../plugins/executors/docker/image.ts'

const frame = (stream: number, text: string) => {
  const payload = Buffer.from(text)
  const header = Buffer.alloc(8)
  header[0] = stream
  header.writeUInt32BE(payload.byteLength, 4)
  return Buffer.concat([header, payload])
}

describe('output of a container', () => {
  it('is taken apart wherever the chunks are cut', () => {
    const parts = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string({ unit: 'binary' })))
    fc.assert(
      fc.property(parts, fc.array(fc.integer({ min: 1, max: 12 })), (frames, cuts) => {
        const seen = { stdout: '', stderr: '' }
        const kept = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
        const take = demultiplexer((stream, chunk) => kept[stream].push(chunk))
        let rest: Uint8Array = Buffer.concat(frames.map(([stream, text]) => frame(stream, text)))
        for (const cut of cuts) {
          take(rest.subarray(0, cut))
          rest = rest.subarray(cut)
        }
        take(rest)
        for (const stream of ['stdout', 'stderr'] as const) {
          seen[stream] = Buffer.concat(kept[stream]).toString()
        }
        const sent = (wanted: number) =>
          Buffer.concat(
            frames.filter(([stream]) => stream === wanted).map(([, text]) => Buffer.from(text)),
          ).toString()
        expect(seen).toEqual({ stdout: sent(1), stderr: sent(2) })
      }),
    )
  })
})

describe('the name of an image', () => {
  it.each([
    ['busybox', 'busybox', 'latest'],
    ['python:3.13-slim', 'python', '3.13-slim'],
    ['ghcr.io/owner/name', 'ghcr.io/owner/name', 'latest'],
    ['localhost:5000/name', 'localhost:5000/name', 'latest'],
    ['localhost:5000/name:1.0', 'localhost:5000/name', '1.0'],
    ['name@sha256:00ff', 'name', 'sha256:00ff'],
    ['localhost:5000/name@sha256:00ff', 'localhost:5000/name', 'sha256:00ff'],
  ])('%s', (image, fromImage, tag) => {
    expect(imageParts(image)).toEqual({ fromImage, tag })
  })
})
