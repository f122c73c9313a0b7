import { Command } from 'commander'
import { checkRedaction, type RedactionCheck } from '../../redaction/check-redaction.ts'
import { Redactor } from '../../redaction/redactor.ts'
import { knownSecrets } from '../known-secrets.ts'
import { print, printResult } from '../print.ts'
import { type ConfigOptions, readConfig, withConfigOptions } from '../read-config.ts'

interface Options extends ConfigOptions {
  readonly selfTest?: true
  readonly json?: true
}

/** `hookline redact` */
export function redactCommand(): Command {
  const command = new Command('redact')
    .option('--self-test', 'instead, test with every secret in every form, cut at every place')
    .option('--json', 'print the result of the self-test as JSON')
  return withConfigOptions(command).action(redact)
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

function selfTest(check: RedactionCheck, options: Options): void {
  printResult(options, check, textOf)
  if (check.leaks.length > 0) process.exitCode = 1
}

function textOf({ secrets, tooShort, forms, cuts, leaks }: RedactionCheck): string {
  const tested = `Tested ${secrets} secrets in ${forms} forms, cut at ${cuts} places.\n`
  const short = `${tooShort} of them have fewer than 4 characters and are not redacted. Use longer ones.\n`
  const found = leaks.map(({ secret, form }) => `Secret ${secret} leaks in form ${form}.\n`)
  const outcome = leaks.length === 0 ? 'No secret leaks.\n' : found.join('')
  return tested + (tooShort === 0 ? '' : short) + outcome
}
