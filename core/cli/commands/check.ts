import { Command } from 'commander'
import type { Origin, RunningConfig } from '../../contracts/config.ts'
import { isHooklineError } from '../../errors/errors.ts'
import { visible } from '../../kit/visible.ts'
import { showReferences } from '../../redaction/mask-config.ts'
import { webhookPath } from '../../settings/webhook-path.ts'
import { sourcesText } from '../first-steps.ts'
import { print, printJson } from '../print.ts'
import { faultsOf, printError } from '../print-error.ts'
import { type ConfigOptions, readConfig, withConfigOptions } from '../read-config.ts'
import { table } from '../tables.ts'

/** `hookline check` */
export function checkCommand(): Command {
  const command = new Command('check').option('--json', 'print JSON')
  return withConfigOptions(command).action(check)
}

async function check(options: ConfigOptions & { readonly json?: true }): Promise<void> {
  try {
    const config = await readConfig(options)
    if (options.json) printJson({ ok: true, ...describe(config) })
    else print(summary(config))
  } catch (error) {
    if (!options.json || !isHooklineError(error)) throw error
    const { code, message, remedy } = error
    printJson({ ok: false, code, message, remedy, faults: faultsOf(error) })
    process.exitCode = printError(error)
  }
}

/** The config as JSON, without options, since they may hold secrets. */
function describe(config: RunningConfig) {
  const { host, port, publicUrl, dataDir } = config.settings
  return {
    version: config.version,
    layers: config.layers,
    files: config.files,
    settings: { host, port, publicUrl, dataDir },
    store: config.store.definition.name,
    sources: [...config.sources.values()].map(({ name, path, definition, origin }) => ({
      name,
      plugin: definition.name,
      url: publicUrl + webhookPath(name, path),
      origin,
    })),
    programs: [...config.programs.values()].map(({ name, definition, settings, origin }) => ({
      name,
      executor: definition.name,
      settings: showReferences(settings, config.written.programs.get(name)?.options),
      origin,
    })),
    rules: config.rules.map(({ id, on, program, condition, steps, answer, origin }) => ({
      id,
      on,
      when: condition?.text ?? null,
      run: program,
      // biome-ignore lint/suspicious/noThenProperty: a list is no function, so nothing takes it for a promise
      then: steps.map((step) => step.program),
      answer,
      origin,
    })),
    replaced: config.replaced,
    warnings: config.warnings,
  }
}

function summary(config: RunningConfig): string {
  const layers = config.layers.map((origin) => [origin.layer, originText(origin)])
  const programs = [...config.programs.values()].map(({ name, definition, origin }) => [
    name,
    definition.name,
    originText(origin),
  ])
  const rules = config.rules.map(({ id, on, condition, program, steps, origin }) => [
    id,
    on,
    condition?.text ?? '(always)',
    [program, ...steps.map((step) => step.program)].join(' → '),
    originText(origin),
  ])
  const replaced = config.replaced.map(({ kind, name, origin, by }) => [
    `${kind} ${name}`,
    originText(origin),
    originText(by),
  ])
  const sections = [
    'The config is valid.',
    table([['LAYER', 'FILE'], ...layers], '  ').trimEnd(),
    sourcesText(config).trimEnd(),
    programs.length && table([['PROGRAM', 'EXECUTOR', 'FROM'], ...programs], '  ').trimEnd(),
    rules.length && table([['RULE', 'ON', 'WHEN', 'RUNS', 'FROM'], ...rules], '  ').trimEnd(),
    replaced.length && table([['REPLACED', 'FROM', 'BY'], ...replaced], '  ').trimEnd(),
    config.warnings.map((warning) => `warning: ${visible(warning)}`).join('\n'),
  ]
  return `${sections.filter(Boolean).join('\n\n')}\n`
}

function originText({ layer, file }: Origin): string {
  return file ?? layer
}
