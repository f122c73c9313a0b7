import { chownSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { HooklineError } from '../../kit/errors.ts'
import { print } from '../print.ts'
import { accountOf, type InstallOptions, planUnit } from './plan.ts'
import {
  refuseForeignUnit,
  requireSystemd,
  systemctl,
  type UnitName,
  unitFile,
} from './systemctl.ts'
import { type UnitPlan, unitText } from './unit.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/

/** `hookline service install` */
export async function install(options: InstallOptions): Promise<void> {
  const { name } = checkedName(options)
  const plan = await planUnit(options)
  const text = unitText(plan)
  if (options.print) return print(text)
  requireSystemd()
  const file = unitFile({ name, scope: plan.scope })
  refuseForeignUnit(file)
  await makeDataDir(plan)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text, { mode: 0o644 })
  print(`wrote ${file}\n`)
  await systemctl(plan.scope, 'daemon-reload')
  if (!options.start) return
  await systemctl(plan.scope, 'enable', `${name}.service`)
  await systemctl(plan.scope, 'restart', `${name}.service`)
  print(`${name} runs, and will after the next start of the machine\n`)
  if (plan.scope === 'user')
    print('Without a session of yours it runs after: loginctl enable-linger\n')
}

/** Stops and removes a unit; answers its file. */
export async function uninstall(unit: UnitName): Promise<string> {
  const { name, scope } = checkedName(unit)
  requireSystemd()
  const file = unitFile(unit)
  if (!existsSync(file)) throw new HooklineError('cli_usage', `There is no ${file}`)
  refuseForeignUnit(file)
  await systemctl(scope, 'disable', '--now', `${name}.service`)
  rmSync(file)
  await systemctl(scope, 'daemon-reload')
  return file
}

function checkedName<Unit extends { readonly name: string }>(unit: Unit): Unit {
  if (NAME.test(unit.name)) return unit
  throw new HooklineError('cli_usage', `'${unit.name}' is no name of a unit`)
}

/** systemd makes a folder writable only where it is there. */
async function makeDataDir({ dataDir, user }: UnitPlan): Promise<void> {
  const account = user === null ? null : await accountOf(user)
  const made = mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  if (account === null) return
  const { uid, gid } = account
  if (made !== undefined) chownSync(dataDir, uid, gid)
  else if (statSync(dataDir).uid !== uid) {
    throw new HooklineError('cli_usage', `The data folder ${dataDir} does not belong to ${user}`, {
      remedy: `chown -R ${user}: ${dataDir}`,
    })
  }
}
