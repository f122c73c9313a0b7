import { Command } from 'commander'
import type { DiagnosisView } from '../../api/deliveries/views.ts'
import { visible } from '../../kit/visible.ts'
import { apiPath } from '../api-client.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { fieldList } from '../tables.ts'

/** `hookline doctor` */
export function doctorCommand(): Command {
  const command = new Command('doctor').argument('<delivery>', 'id of a refused delivery')
  return withServiceOptions(command).action((id: string, options: ServiceOptions) =>
    printAnswer(
      options,
      (client) => client.post<DiagnosisView>(apiPath`/api/deliveries/${id}/diagnose`),
      diagnosisText,
    ),
  )
}

function diagnosisText({ delivery, source, reason, findings, tried }: DiagnosisView): string {
  const head = fieldList({ delivery, source, refused: reason, tried: triedText(tried) })
  const areTogether = findings.filter(({ certainty }) => certainty === 'certain').length > 1
  const intro = areTogether ? '\nAll of these together:\n' : ''
  return `${head}${intro}${findings.map(findingText).join('')}`
}

function findingText({ code, certainty, message, remedy }: DiagnosisView['findings'][number]) {
  const sure = certainty === 'certain' ? 'found' : 'likely'
  return `\n${sure}: ${visible(message)}\n  code: ${code}\n  what to do: ${visible(remedy)}\n`
}

function triedText(tried: number): string | null {
  if (tried === 0) return null
  return tried === 1 ? '1 check of the signature' : `${tried} checks of the signature`
}
