import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { HooklineError } from '../../errors/errors.ts'
import { replacePrivateFile } from '../../kit/private-file.ts'
import { print } from '../print.ts'
import { accountOf, type InstallOptions, planUnits } from './plan.ts'
import {
  isOwnUnit,
  refuseForeignUnit,
  requireSystemd,
  systemctl,
  type UnitName,
  unitFile,
} from './systemctl.ts'
import { type TunnelUnitPlan, tunnelFilesOf, tunnelUnitText } from './tunnel-unit.ts'
import { type UnitPlan, unitText } from './unit.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/

/** `hookline service install` */
export async function install(options: InstallOptions): Promise<void> {
  const { name } = checkedName(options)
  const { unit: plan, tunnel } = await planUnits(options)
  const { scope } = plan
  const units = [
    { file: unitFile({ name, scope }), name, text: unitText(plan) },
    ...(tunnel === null ? [] : [tunnelUnit(tunnel)]),
  ]
  if (options.print) {
    return print(units.map(({ text }) => text).join('\n'))
  }
  requireSystemd()
  for (const { file } of units) refuseForeignUnit(file)
  await makeDataDir(plan)
  if (tunnel !== null) writeFiles(tunnel)
  for (const { file, text } of units) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { mode: 0o644 })
    print(`wrote ${file}\n`)
  }
  await systemctl(scope, 'daemon-reload')
  if (!options.start) return
  for (const unit of units) {
    await systemctl(scope, 'enable', `${unit.name}.service`)
    await systemctl(scope, 'restart', `${unit.name}.service`)
    print(`${unit.name} is running, and starts with the machine\n`)
  }
  if (scope === 'user') print('To keep it running after you log out: loginctl enable-linger\n')
}

/** Stops and removes a unit, and that of its tunnel. Returns the paths of their files. */
export async function uninstall(unit: UnitName): Promise<readonly string[]> {
  const { name, scope } = checkedName(unit)
  requireSystemd()
  const main = unitFile(unit)
  if (!existsSync(main)) throw new HooklineError('cli_usage', `There is no ${main}`)
  refuseForeignUnit(main)
  const tunnel = { name: tunnelName(name), scope }
  const hasTunnel = existsSync(unitFile(tunnel)) && isOwnUnit(unitFile(tunnel))
  const removed = hasTunnel ? [tunnel, unit] : [unit]
  for (const each of removed) {
    await systemctl(scope, 'disable', '--now', `${each.name}.service`)
    for (const file of tunnelFilesOf(readFileSync(unitFile(each), 'utf8')))
      rmSync(file, { force: true })
    rmSync(unitFile(each))
  }
  await systemctl(scope, 'daemon-reload')
  return removed.map(unitFile)
}

function tunnelUnit(plan: TunnelUnitPlan): { file: string; name: string; text: string } {
  const name = tunnelName(plan.serviceName)
  return { file: unitFile({ name, scope: plan.scope }), name, text: tunnelUnitText(plan) }
}

function tunnelName(serviceName: string): string {
  return `${serviceName}-tunnel`
}

function writeFiles({ service, fileOf }: TunnelUnitPlan): void {
  for (const [name, file] of Object.entries(service.files)) {
    if ('text' in file) replacePrivateFile(fileOf(name), file.text)
  }
}

function checkedName<Unit extends { readonly name: string }>(unit: Unit): Unit {
  if (NAME.test(unit.name)) return unit
  throw new HooklineError('cli_usage', `'${unit.name}' is not a valid name of a unit`)
}

/** systemd can only make a folder writable that exists. */
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
