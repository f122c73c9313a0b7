import { html } from 'hono/html'
import type { LogChunkView } from '../../api/tasks/views.ts'
import type { Html, PageContext } from '../page.ts'
import { joinLines, LogLines, logItem } from './log-lines.ts'

/** Shown of a long log at first: its end. */
const MAX_CHARACTERS = 128 * 1024
const MAX_LINES = 2000

export interface ShownLog {
  readonly taskId: string
  /** The end of the log. */
  readonly chunks: readonly LogChunkView[]
  /** Whether more may come. */
  readonly isOpen: boolean
  readonly attemptTitle: (attempt: number) => string
}

/** The log of a task, which goes on by itself while the task is not settled. */
export function logSection({ texts }: PageContext, shown: ShownLog): Html {
  const text = texts.log
  const { taskId, chunks, isOpen, attemptTitle } = shown
  const { kept, isCut } = endOf(chunks)
  const lines = new LogLines(attemptTitle)
  const items = joinLines(kept.flatMap((chunk) => lines.add(chunk)))
  const last = items.slice(-MAX_LINES)
  const file = `/api/tasks/${encodeURIComponent(taskId)}/log?format=text`
  const isPart = isCut || last.length < items.length
  const after = chunks.at(-1)?.sequence ?? 0
  const stream = isOpen ? html` data-stream="/tasks/${taskId}/log?after=${after}"` : ''
  const empty = isOpen ? text.waiting : text.empty
  return html`<section class="card" aria-labelledby="log-title" data-log>
    <div class="row spread">
      <h2 id="log-title">${text.title}</h2>
      <div class="row">
        <input type="search" aria-label="${text.find}" placeholder="${text.find}" title="${text.findHint}" data-find>
        <output class="faint" data-found data-none="${text.foundNone}"></output>
        <label class="row" data-follow><input type="checkbox"${isOpen ? html` checked` : ''}> ${text.follow}</label>
        <a class="button small" href="${file}" download="${taskId}.log">${text.download}</a>
      </div>
    </div>
    <p class="faint" data-part${isPart ? '' : html` hidden`}>${text.part} <a href="${file}">${text.whole}</a></p>
    <div class="log" role="log" aria-live="off" aria-label="${text.title}" tabindex="0" data-lines${stream}>${last.map(logItem)}</div>
    ${chunks.length > 0 ? '' : html`<p class="faint" data-empty>${empty}</p>`}
  </section>`
}

/** The last chunks whose text is not too long. Of the first of them, what is left of a line is left out. */
function endOf(chunks: readonly LogChunkView[]) {
  let room = MAX_CHARACTERS
  const kept: LogChunkView[] = []
  for (const chunk of chunks.toReversed()) {
    if (room <= 0) break
    kept.unshift(chunk.text.length > room ? { ...chunk, text: lastLines(chunk.text, room) } : chunk)
    room -= chunk.text.length
  }
  return { kept, isCut: room < 0 || (kept[0]?.sequence ?? 1) > 1 }
}

function lastLines(text: string, length: number): string {
  const end = text.slice(-length)
  return end.slice(end.indexOf('\n') + 1)
}
