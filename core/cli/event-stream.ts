import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream'

/** Reads server-sent events (HTML standard, section 9.2.6). `onComment` is called for each comment. */
export function readEvents(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onComment?: () => void,
): ReadableStream<EventSourceMessage> {
  return stream
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream({ onComment }))
}
