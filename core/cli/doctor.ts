import { Command } from 'commander'
import type { DiagnosisView } from '../api/views.ts'
import { print, printJson } from './print.ts'
import { fieldList, printable } from './printable.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'

/** `hookline doctor` */
export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description('find out why a delivery was refused: try known mistakes against its signature')
    .argument('<delivery>', 'the refused delivery')
    .option('--json', 'print JSON')
  return withServiceOptions(command).action(doctor)
}

async function doctor(id: string, options: ServiceOptions & { json?: true }): Promise<void> {
  const client = await openClient(options)
  const path = `/api/deliveries/${encodeURIComponent(id)}/diagnose`
  const diagnosis = await client.post<DiagnosisView>(path)
  if (options.json) printJson(diagnosis)
  else print(diagnosisText(diagnosis))
}

function diagnosisText({ delivery, source, reason, findings, tried }: DiagnosisView): string {
  const head = fieldList({ delivery, source, refused: reason, tried: triedText(tried) })
  const isTogether = findings.filter(({ certainty }) => certainty === 'certain').length > 1
  const intro = isTogether ? '\nAll of this together:\n' : ''
  return `${head}${intro}${findings.map(findingText).join('')}`
}

function findingText({ code, certainty, message, remedy }: DiagnosisView['findings'][number]) {
  const sure = certainty === 'certain' ? 'found' : 'likely'
  return `\n${sure}: ${printable(message)}\n  code: ${code}\n  what to do: ${printable(remedy)}\n`
}

function triedText(tried: number): string | null {
  if (tried === 0) return null
  return tried === 1 ? '1 check of the signature' : `${tried} checks of the signature`
}
