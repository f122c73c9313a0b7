import type { TunnelService } from '../../contracts/tunnel.ts'
import { plain, UNIT_MARK, word } from './unit.ts'

/** The values of the unit of a tunnel. All paths are absolute. */
export interface TunnelUnitPlan {
  readonly scope: 'system' | 'user'
  /** The unit of the service, without `.service`. */
  readonly serviceName: string
  /** Its program is absolute. */
  readonly service: TunnelService
  /** Path of the file in which a text of `service.files` is kept. */
  readonly fileOf: (name: string) => string
}

const STOP_SECONDS = 15

/**
 * The text of the unit of a tunnel. Its user has no rights and changes at each start (systemd.exec(5), DynamicUser), so
 * systemd hands its files to it.
 */
export function tunnelUnitText({ scope, serviceName, service, fileOf }: TunnelUnitPlan): string {
  const isSystem = scope === 'system'
  const before = [`${plain(serviceName)}.service`, ...(isSystem ? ['network-online.target'] : [])]
  const lines = [
    '[Unit]',
    `Description=Tunnel of ${plain(serviceName)}`,
    `Wants=${before.join(' ')}`,
    `After=${before.join(' ')}`,
    '# Restart without a limit, since senders go on sending.',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    `Type=${service.notifies === true ? 'notify' : 'exec'}`,
    `ExecStart=${service.command.map((each) => commandWord(each, service)).join(' ')}`,
    ...Object.entries(service.files).map(([name, file]) => {
      const path = 'path' in file ? file.path : fileOf(name)
      return `LoadCredential=${plain(name)}:${plain(path)}`
    }),
    'Restart=always',
    'RestartSec=5',
    `TimeoutStopSec=${STOP_SECONDS}`,
    '',
    '# The tunnel connects outwards and to the service, and writes nothing.',
    'NoNewPrivileges=yes',
    'UMask=0077',
    'LockPersonality=yes',
    'MemoryDenyWriteExecute=yes',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallErrorNumber=EPERM',
    // In a user unit, these need namespaces, which not every machine allows.
    ...(isSystem ? machineLines() : []),
    '',
    '[Install]',
    `WantedBy=${isSystem ? 'multi-user.target' : 'default.target'}`,
  ]
  return `${UNIT_MARK}\n\n${lines.join('\n')}\n`
}

/** The files that were written for the unit of a tunnel, by its text. They are named after the unit. */
export function tunnelFilesOf(text: string): readonly string[] {
  const found = text.matchAll(/^LoadCredential=([^:]+):(.*-tunnel\.([^/]+))$/gm)
  return [...found].flatMap(([, name, path = '', ending]) =>
    name === ending ? [path.replaceAll('%%', '%')] : [],
  )
}

function commandWord(text: string, { files }: TunnelService): string {
  let written = word(text)
  for (const name of Object.keys(files)) written = written.replaceAll(`{${name}}`, `%d/${name}`)
  return written
}

function machineLines(): readonly string[] {
  return [
    'DynamicUser=yes',
    'CapabilityBoundingSet=',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    'ProtectControlGroups=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'ProtectKernelLogs=yes',
    'ProtectProc=invisible',
    'ProcSubset=pid',
  ]
}
