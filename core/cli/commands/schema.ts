import { Command } from 'commander'
import type { PluginDefinition } from '../../contracts/config.ts'
import { isHooklineError } from '../../errors/errors.ts'
import { printJson } from '../print.ts'
import { type ConfigOptions, configFileOf, readConfig, withConfigOptions } from '../read-config.ts'

/** `hookline schema` */
export function schemaCommand(): Command {
  return withConfigOptions(new Command('schema')).action(printSchema)
}

async function printSchema(options: ConfigOptions): Promise<void> {
  const definitions = await definitionsFor(options)
  const { configJsonSchema } = await import('../../config/schema/config-json-schema.ts')
  printJson(configJsonSchema(definitions))
}

/** Before there is a config, the built-in plugins are all that there is. */
async function definitionsFor(options: ConfigOptions): Promise<readonly PluginDefinition[]> {
  const { allDefinitions, builtInDefinitions } = await import('../../config/modules/built-in.ts')
  try {
    return await allDefinitions(await readConfig(options))
  } catch (error) {
    const isNotThere = isHooklineError(error) && error.code === 'config_missing'
    if (!isNotThere || configFileOf(options) !== undefined) throw error
    return builtInDefinitions()
  }
}
