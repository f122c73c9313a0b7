import { dirname, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { ConfigWatch } from '../../config/load/watch.ts'
import type { RunningConfig } from '../../contracts/config.ts'
import { visible } from '../../kit/visible.ts'
import { type CaseFile, readCases } from '../../trial/cases/case-file.ts'
import { runCases } from '../../trial/cases/run-cases.ts'
import { print } from '../print.ts'
import { printError } from '../print-error.ts'
import { addLabel, type ConfigOptions, withConfigOptions } from '../read-config.ts'
import { uncovered } from './coverage.ts'
import { openPrivateNode } from './private-node.ts'
import { REPORTERS, type Reporter, reportOf } from './reports.ts'

interface Options extends ConfigOptions {
  readonly run?: true
  readonly watch?: true
  readonly coverage?: true
  readonly reporter: Reporter
}

/** `hookline test` */
export function testCommand(): Command {
  const command = new Command('test')
    .argument(
      '[paths...]',
      'files of cases, or folders with *.hook.yaml and *.hook.json (default: this folder)',
    )
    .option('--run', 'run the programs too, in a copy of the folder of the config')
    .option('--watch', 'run the cases again when a case or the config changes')
    .option(
      '--coverage',
      'list the rules that no case matches, and the clauses with one outcome only',
    )
    .addOption(
      new Option('--reporter <format>', 'how results are printed')
        .choices(REPORTERS)
        .default('text'),
    )
    .option('--label <label>', 'label for `runsOn` of programs; may be repeated', addLabel)
  return withConfigOptions(command).action((paths: string[], options: Options) =>
    options.watch ? watchCases(paths, options) : once(paths, options).then(() => {}),
  )
}

interface Tested {
  readonly config: RunningConfig
  readonly cases: readonly CaseFile[]
}

/** Runs all cases and prints their results. The command exits with 1 if one has failed. */
async function once(paths: readonly string[], options: Options): Promise<Tested> {
  const cases = await readCases(paths, process.cwd())
  const { results, config } = await runCases(cases, () => openPrivateNode(options))
  print(visible(reportOf(options.reporter, results)))
  if (options.coverage) {
    const lines = uncovered(config, results).map((line) => `${line}\n`)
    // Results for machines stay alone on standard output.
    const stream = options.reporter === 'text' ? process.stdout : process.stderr
    stream.write(
      visible(lines.length === 0 ? 'Every rule and clause was tried.\n' : lines.join('')),
    )
  }
  process.exitCode = results.some(({ state }) => state === 'failed') ? 1 : 0
  return { config, cases }
}

/** Runs the cases at each change, until a signal ends the process. */
async function watchCases(paths: readonly string[], options: Options): Promise<void> {
  let { promise: changed, resolve: change } = Promise.withResolvers<void>()
  const watch = new ConfigWatch({ onChange: () => change(), onError: printError })
  const folders = new Set((paths.length === 0 ? ['.'] : paths).map((path) => resolve(path)))
  for (;;) {
    ;({ promise: changed, resolve: change } = Promise.withResolvers<void>())
    try {
      const { config, cases } = await once(paths, options)
      const files = [...config.files, ...cases.map(({ file }) => resolve(file))]
      for (const file of files) folders.add(dirname(file))
      await watch.add({ files: new Set(files), folders })
    } catch (error) {
      printError(error)
      await watch.add({ files: new Set(), folders })
    }
    print('\nWaiting for changes. Ctrl-C ends it.\n')
    await changed
  }
}
