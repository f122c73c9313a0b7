import { Command } from 'commander'
import type { Origin, RunningConfig } from '../contracts/config.ts'
import { isHooklineError } from '../kit/errors.ts'
import { sourcesText } from './first-steps.ts'
import { print, printJson } from './print.ts'
import { faultsOf, printError } from './print-error.ts'
import { printable, table } from './printable.ts'
import { type ConfigOptions, readConfig } from './read-config.ts'

/** `hookline check` */
export function checkCommand(): Command {
  return new Command('check')
    .description('check the config and show what it comes to; changes nothing')
    .option('-c, --config <file>', 'the config file (HOOKLINE_CONFIG; default: webhook.config.*)')
    .option('--data <folder>', 'the data folder (HOOKLINE_DATA)')
    .option('--json', 'print JSON')
    .action(check)
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

/** The config as plain data, without options: they may hold secrets. */
function describe(config: RunningConfig) {
  const { host, port, publicUrl, dataDir } = config.settings
  return {
    version: config.version,
    files: config.files,
    settings: { host, port, publicUrl, dataDir },
    store: config.store.definition.name,
    sources: [...config.sources.values()].map(({ name, definition, origin }) => ({
      name,
      plugin: definition.name,
      url: `${publicUrl}/api/webhooks/${name}`,
      origin,
    })),
    programs: [...config.programs.values()].map(({ name, definition, settings, origin }) => ({
      ...{ name, executor: definition.name, settings, origin },
    })),
    rules: config.rules.map(({ id, on, program, condition, answer, origin }) => ({
      ...{ id, on, when: condition?.text ?? null, run: program, answer, origin },
    })),
    warnings: config.warnings,
  }
}

function summary(config: RunningConfig): string {
  const programs = [...config.programs.values()].map(({ name, definition, origin }) => [
    ...[name, definition.name, originText(origin)],
  ])
  const rules = config.rules.map(({ id, on, condition, program, origin }) => [
    ...[id, on, condition?.text ?? '(always)', program, originText(origin)],
  ])
  const sections = [
    'The config is valid.',
    sourcesText(config).trimEnd(),
    programs.length && table([['PROGRAM', 'EXECUTOR', 'FROM'], ...programs], '  ').trimEnd(),
    rules.length && table([['RULE', 'ON', 'WHEN', 'RUNS', 'FROM'], ...rules], '  ').trimEnd(),
    config.warnings.map((warning) => `warning: ${printable(warning)}`).join('\n'),
  ]
  return `${sections.filter(Boolean).join('\n\n')}\n`
}

function originText({ layer, file }: Origin): string {
  return file ?? layer
}
