import { Command } from 'commander'
import { Redactor } from '../kit/redact.ts'
import { checkRedaction, type RedactionCheck } from '../kit/redaction-check.ts'
import { knownSecrets } from './known-secrets.ts'
import { print, printJson } from './print.ts'
import { type ConfigOptions, readConfig } from './read-config.ts'

interface Options extends ConfigOptions {
  readonly selfTest?: true
  readonly json?: true
}

/** `hookline redact` */
export function redactCommand(): Command {
  return new Command('redact')
    .description('show what of the text on standard input the service would redact')
    .option('--self-test', 'look for every secret in every form and at every cut instead')
    .option('--json', 'print the outcome of the self-test as JSON')
    .option('-c, --config <file>', 'the config file (HOOKLINE_CONFIG; default: webhook.config.*)')
    .option('--data <folder>', 'the data folder (HOOKLINE_DATA; default: from the config)')
    .action(redact)
}

async function redact(options: Options): Promise<void> {
  const config = await readConfig(options)
  const secrets = knownSecrets(config)
  const redactor = new Redactor()
  redactor.add(secrets)
  redactor.setPatterns(config.settings.redact)
  if (options.selfTest) return selfTest(checkRedaction(redactor, secrets), options)
  const stream = redactor.stream()
  process.stdin.setEncoding('utf8')
  for await (const text of process.stdin) print(stream.write(text as string))
  print(stream.end())
}

function selfTest(check: RedactionCheck, { json }: Options): void {
  if (json) printJson(check)
  else print(textOf(check))
  if (check.leaks.length > 0) process.exitCode = 1
}

function textOf({ secrets, tooShort, forms, cuts, leaks }: RedactionCheck): string {
  const looked = `Looked for ${secrets} secrets in ${forms} forms, cut at ${cuts} places.\n`
  const short = `${tooShort} of them are shorter than 4 characters and not redacted: use longer ones.\n`
  const through = leaks.map(
    ({ secret, form }) => `Secret ${secret} gets through in form ${form}.\n`,
  )
  const outcome = leaks.length === 0 ? 'None gets through.\n' : through.join('')
  return looked + (tooShort === 0 ? '' : short) + outcome
}
