import type { XmlElement } from '@rgrove/parse-xml'
import { collectFields, HooklineError } from '../../../core/sdk/source.ts'

/** Larger XML would hold up the process: 1 MiB takes some tenths of a second. */
const MAX_XML_LENGTH = 1024 * 1024

/**
 * XML as fields: `<a b="1"><c>x</c></a>` is `{ a: { "@b": "1", c: "x" } }`. A repeated element is a list, text beside
 * elements or attributes is `#text`. Entities that a document defines are not expanded. Throws `delivery_unparsable`, and
 * `delivery_too_large` above 1 MiB.
 */
export async function xmlFields(text: string): Promise<Readonly<Record<string, unknown>>> {
  if (text.length > MAX_XML_LENGTH) {
    throw new HooklineError('delivery_too_large', 'XML may have 1 MiB at most')
  }
  const { parseXml } = await import('@rgrove/parse-xml')
  try {
    const { root } = parseXml(text)
    if (root !== null) return collectFields([[root.name, contentOf(root)]])
  } catch {
    // Its errors quote the text, and too deep nesting overflows the stack.
  }
  throw new HooklineError('delivery_unparsable', 'The body is not well-formed XML.')
}

function contentOf({ attributes, children, text }: XmlElement): unknown {
  const elements = children.filter((child) => child.type === 'element') as XmlElement[]
  const named = Object.entries(attributes)
  if (elements.length === 0 && named.length === 0) return text
  const own = elements.length === 0 ? text : ''
  return collectFields<unknown>([
    ...named.map(([name, value]) => [`@${name}`, value] as const),
    ...elements.map((element) => [element.name, contentOf(element)] as const),
    ...(own === '' ? [] : [['#text', own] as const]),
  ])
}
