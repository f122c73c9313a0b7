import { type BinaryToTextEncoding, createHmac } from 'node:crypto'

/** What a sender sends, made by its document and not by the code under test. */
export interface SentByPreset {
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  /** Query of the URL. */
  readonly query?: string
  readonly type: string
  readonly id: string | null
  /** The facts that are documented for the preset, of this delivery. */
  readonly facts?: Readonly<Record<string, unknown>>
}

interface Moment {
  readonly seconds: number
  readonly ms: number
  readonly iso: string
}

export type Sender = (secret: string, at: Moment) => SentByPreset

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

export const mac = (
  algorithm: string,
  key: string | Buffer,
  text: string,
  encoding: BinaryToTextEncoding = 'hex',
) => createHmac(algorithm, key).update(text).digest(encoding)
export const sha256 = (key: string, text: string) => mac('sha256', key, text)
export const base64 = (key: string, text: string) => mac('sha256', key, text, 'base64')
export const basic = (password: string) => ({
  Authorization: `Basic ${btoa(`hookline:${password}`)}`,
})
/** `t=…,v1=…` over the time, a dot and the body. */
export const timed = (time: number | string, key: string, body: string) =>
  `t=${time},v1=${sha256(key, `${time}.${body}`)}`

export function jwt(key: string, claims: object): string {
  const text = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${mac('sha256', key, text, 'base64url')}`
}

export function multipart(
  fields: Readonly<Record<string, string>>,
): Pick<SentByPreset, 'body' | 'headers'> {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return {
    body: `${parts.join('')}--x--\r\n`,
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  }
}

export type SenderTable = Readonly<Record<string, Sender>>
