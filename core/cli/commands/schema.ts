import { Command } from 'commander'
import { printJson } from '../print.ts'
import { type ConfigOptions, readConfig, withConfigOptions } from '../read-config.ts'

/** `hookline schema` */
export function schemaCommand(): Command {
  return withConfigOptions(new Command('schema')).action(printSchema)
}

async function printSchema(options: ConfigOptions): Promise<void> {
  const config = await readConfig(options)
  const { allDefinitions } = await import('../../config/modules/built-in.ts')
  const { configJsonSchema } = await import('../../config/schema/config-json-schema.ts')
  printJson(configJsonSchema(await allDefinitions(config)))
}
