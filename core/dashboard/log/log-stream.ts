import type { AttemptView, LogChunkView } from '../../api/tasks/views.ts'
import type { PageContext } from '../page.ts'
import { type LogItem, LogLines, logItem } from './log-lines.ts'

/** Chunks before the first one that is new: colours, and a line that has no end, go on from them. */
const CHUNKS_BEFORE = 20
/** More lines of one chunk than the page keeps are not sent. */
const MAX_LINES = 2000
const MESSAGE_END = /\r?\n\r?\n/

export interface DrawnLog {
  readonly taskId: string
  /** Sequence of the last chunk that the page has. */
  readonly after: number
  readonly attemptTitle: (attempt: number) => string
}

/**
 * The log of a task as server-sent events: `lines` with the HTML of new lines as JSON text, then `end`. It ends as the
 * stream of the API does.
 */
export async function streamLog({ api }: PageContext, start: DrawnLog): Promise<Response> {
  const { taskId, after, attemptTitle } = start
  const from = String(Math.max(0, after - CHUNKS_BEFORE))
  const path = `/api/tasks/${encodeURIComponent(taskId)}/log`
  const answer = await api.call('GET', path, undefined, {
    accept: 'text/event-stream',
    'last-event-id': from,
  })
  const lines = new LogLines(attemptTitle)
  let received = ''
  const drawn = new TransformStream<string, string>({
    async transform(text, controller) {
      received += text
      const messages = received.split(MESSAGE_END)
      received = messages.pop() ?? ''
      for (const message of messages) {
        const drawnMessage = await draw(parse(message), lines, after)
        if (drawnMessage !== '') controller.enqueue(drawnMessage)
      }
    },
  })
  const body = answer.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(drawn)
    .pipeThrough(new TextEncoderStream())
  return new Response(body ?? null, {
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' },
  })
}

/** Names attempts by their order. Those that are not known yet follow the known ones. */
export function attemptTitles(
  history: readonly AttemptView[],
  title: (position: number) => string,
): (attempt: number) => string {
  const positions = new Map(history.map(({ number }, index) => [number, index + 1]))
  return (attempt) => {
    const position = positions.get(attempt) ?? positions.size + 1
    positions.set(attempt, position)
    return title(position)
  }
}

interface Message {
  readonly event: string | null
  readonly data: string
}

/** A message of the API's own stream, whose fields have one line each. A comment has no event. */
function parse(message: string): Message {
  const field = (name: string) =>
    message
      .split(/\r?\n/)
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2)
  return { event: field('event') ?? null, data: field('data') ?? '' }
}

async function draw({ event, data }: Message, lines: LogLines, after: number): Promise<string> {
  if (event === null) return ': heartbeat\n\n'
  if (event === 'end') return 'event: end\ndata: {}\n\n'
  if (event !== 'log') return ''
  const chunk = JSON.parse(data) as LogChunkView
  const items = lines.add(chunk)
  if (chunk.sequence <= after) return ''
  const html = await linesHtml(items.slice(-MAX_LINES))
  return `event: lines\nid: ${chunk.sequence}\ndata: ${JSON.stringify(html)}\n\n`
}

async function linesHtml(items: readonly LogItem[]): Promise<string> {
  const all = await Promise.all(items.map(logItem))
  return all.join('')
}
