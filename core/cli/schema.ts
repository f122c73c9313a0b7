import { Command } from 'commander'
import { printJson } from './print.ts'
import { type ConfigOptions, readConfig } from './read-config.ts'

/** `hookline schema` */
export function schemaCommand(): Command {
  return new Command('schema')
    .description(
      'print the JSON Schema of the config, with all plugins that it can name, for editors',
    )
    .option('-c, --config <file>', 'the config file (HOOKLINE_CONFIG; default: webhook.config.*)')
    .option('--data <folder>', 'the data folder (HOOKLINE_DATA)')
    .action(printSchema)
}

async function printSchema(options: ConfigOptions): Promise<void> {
  const config = await readConfig(options)
  const { allDefinitions } = await import('../config/all-definitions.ts')
  const { configJsonSchema } = await import('../config/config-json-schema.ts')
  printJson(configJsonSchema(await allDefinitions(config)))
}
