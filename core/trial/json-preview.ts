/** The start of a JSON text. */
export interface JsonPreview {
  readonly text: string
  /** Whether the whole text is longer. */
  readonly isCut: boolean
}

/** The JSON of a value up to about a length. No more of the value is read than is shown, so a large one costs little. */
export function jsonPreview(value: unknown, maxLength: number): JsonPreview {
  const preview = new Preview(maxLength)
  preview.add(value)
  return { text: preview.text, isCut: preview.isCut }
}

class Preview {
  text = ''
  isCut = false
  readonly #maxLength: number

  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  add(value: unknown): void {
    if (typeof value === 'string') this.#addText(value)
    else if (Array.isArray(value)) this.#addItems(value)
    else if (typeof value === 'object' && value !== null && !('toJSON' in value)) {
      this.#addFields(value)
    } else this.text += typeof value === 'bigint' ? value : (JSON.stringify(value) ?? 'null')
  }

  #addText(text: string): void {
    const room = Math.max(0, this.#maxLength - this.text.length)
    this.text += JSON.stringify(text.slice(0, room))
    if (text.length > room) this.isCut = true
  }

  #addItems(items: readonly unknown[]): void {
    this.text += '['
    for (const [index, item] of items.entries()) {
      if (this.#isFull()) return
      if (index > 0) this.text += ','
      this.add(item)
    }
    this.text += ']'
  }

  #addFields(fields: object): void {
    this.text += '{'
    let isFirst = true
    for (const key of Object.keys(fields)) {
      if (this.#isFull()) return
      if (!isFirst) this.text += ','
      isFirst = false
      this.#addText(key)
      this.text += ':'
      this.add((fields as Readonly<Record<string, unknown>>)[key])
    }
    this.text += '}'
  }

  #isFull(): boolean {
    if (this.text.length >= this.#maxLength) this.isCut = true
    return this.isCut
  }
}
