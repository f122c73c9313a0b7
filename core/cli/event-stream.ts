export interface StreamEvent {
  readonly event: string
  readonly data: string
  readonly id: string
}

/** Reads server-sent events (HTML standard, section 9.2.6); comments and `retry` are skipped. */
export async function* readEvents(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<StreamEvent, void, undefined> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.replaceAll('\r\n', '\n').split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = parseBlock(block)
      if (event !== null) yield event
    }
  }
}

function parseBlock(block: string): StreamEvent | null {
  const data: string[] = []
  let event = 'message'
  let id = ''
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    if (name === 'data') data.push(value)
    if (name === 'event') event = value
    if (name === 'id') id = value
  }
  return data.length === 0 ? null : { event, data: data.join('\n'), id }
}
