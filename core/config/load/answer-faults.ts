import { compileTemplate, type TemplateText } from '../../conditions/template.ts'
import { below, type Fault, thrownFault } from '../fault.ts'
import type { RuleForm } from '../schema/config.ts'
import type { Declared } from './layers.ts'

/** What is wrong with the templates of a rule's answer. */
export function answerFaults({
  value: { answer },
  location,
}: Pick<Declared<RuleForm>, 'value' | 'location'>): readonly Fault[] {
  if (typeof answer !== 'object') return []
  const { body, failed, late } = answer
  const bodies: readonly (readonly [readonly string[], TemplateText | undefined])[] = [
    [['body'], body],
    [['failed', 'body'], failed?.body],
    [['late', 'body'], late?.body],
  ]
  return bodies.flatMap(([path, template]) => {
    if (template === undefined) return []
    try {
      compileTemplate(template, { path: ['answer', ...path].join('.') })
      return []
    } catch (error) {
      return [thrownFault(below(location, 'answer', ...path), error)]
    }
  })
}
