import { HooklineError } from '../../kit/errors.ts'

/** First line of every unit that was written by us; no other is overwritten or removed. */
export const UNIT_MARK =
  '# Written by `hookline service install`; to change it, see `systemctl edit`.'

/** What a unit is made of. All paths are absolute. */
export interface UnitPlan {
  readonly scope: 'system' | 'user'
  /** The command line, the program first. */
  readonly command: readonly string[]
  /** Folder of the config. */
  readonly folder: string
  readonly dataDir: string
  /** Account that it runs as; null in a unit of the user's own. */
  readonly user: string | null
  /** Groups besides that account's own. */
  readonly groups: readonly string[]
  /** What programs may write besides the data folder. */
  readonly writable: readonly string[]
  /** File with the variables of the config; need not be there. */
  readonly environmentFile: string
  /** File with the key that seals secrets; null leaves it in the data folder. */
  readonly keyFile: string | null
  /** Programs use `sandbox`, or containers without root. */
  readonly allowsNamespaces: boolean
  /** `node.stopSeconds` of the config. */
  readonly stopSeconds: number
}

/** Beyond `stopSeconds`, after which the process ends by itself. */
const STOP_EXTRA_SECONDS = 65

/** The text of a systemd unit (systemd.service(5), systemd.exec(5)). */
export function unitText(plan: UnitPlan): string {
  const sections = [
    ['Unit', unitSection(plan)],
    ['Service', [...serviceLines(plan), ...confinement(plan)]],
    ['Install', [`WantedBy=${plan.scope === 'system' ? 'multi-user.target' : 'default.target'}`]],
  ] as const
  const text = sections.map(([name, lines]) => `[${name}]\n${lines.join('\n')}\n`).join('\n')
  return `${UNIT_MARK}\n\n${text}`
}

function unitSection({ scope }: UnitPlan): string[] {
  const network = scope === 'system' ? 'network-online.target' : null
  return [
    'Description=Hookline: webhooks that run programs',
    ...(network === null ? [] : [`Wants=${network}`, `After=${network}`]),
    '# It is started again however often it ended: senders go on sending.',
    'StartLimitIntervalSec=0',
  ]
}

function serviceLines(plan: UnitPlan): string[] {
  const { user, groups, keyFile } = plan
  return [
    'Type=notify',
    '# It tells by systemd-notify, which is a process of its own.',
    'NotifyAccess=all',
    '# Killed and started again where it says nothing for so long.',
    'WatchdogSec=30',
    `ExecStart=${plan.command.map(word).join(' ')}`,
    `WorkingDirectory=${plain(plan.folder)}`,
    ...(user === null ? [] : [`User=${plain(user)}`]),
    ...(groups.length === 0 ? [] : [`SupplementaryGroups=${groups.map(plain).join(' ')}`]),
    `EnvironmentFile=-${plain(plan.environmentFile)}`,
    ...(keyFile === null ? [] : [`LoadCredential=hookline-key:${plain(keyFile)}`]),
    'Restart=on-failure',
    'RestartSec=2',
    '# Wrong usage does not get better by trying again.',
    'RestartPreventExitStatus=2',
    '# Only the service is told to stop: it gives its programs their time. What is left then is killed.',
    'KillMode=mixed',
    `TimeoutStopSec=${Math.ceil(plan.stopSeconds) + STOP_EXTRA_SECONDS}`,
    '# A program that ran out of memory is no reason to stop the service.',
    'OOMPolicy=continue',
  ]
}

/** What neither the service nor its programs may do. V8 makes code as it runs, so MemoryDenyWriteExecute cannot be set. */
function confinement(plan: UnitPlan): string[] {
  const { scope, user, allowsNamespaces } = plan
  const calls = allowsNamespaces ? '@system-service @mount' : '@system-service'
  return [
    '',
    '# Holds for the programs too. They may write the data folder and what ReadWritePaths names.',
    'NoNewPrivileges=yes',
    'UMask=0027',
    'LockPersonality=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    ...(allowsNamespaces ? [] : ['RestrictNamespaces=yes']),
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    'SystemCallArchitectures=native',
    `SystemCallFilter=${calls}`,
    'SystemCallErrorNumber=EPERM',
    // Without root, these need namespaces that not every machine gives.
    ...(scope === 'user' ? [] : machineLines(plan)),
    ...(scope === 'user' || user === 'root' ? [] : ['CapabilityBoundingSet=']),
  ]
}

function machineLines(plan: UnitPlan): string[] {
  const { allowsNamespaces, dataDir, writable } = plan
  const used = [...plan.command.filter((each) => each.startsWith('/')), plan.folder]
  const all = [...used, dataDir, ...writable]
  const isIn = (...tops: string[]) => all.some((path) => tops.some((top) => isBelow(path, top)))
  return [
    'ProtectSystem=strict',
    `ReadWritePaths=${[dataDir, ...writable].map(word).join(' ')}`,
    `ProtectHome=${isIn('/home', '/root', '/run/user') ? 'read-only' : 'yes'}`,
    `PrivateTmp=${isIn('/tmp', '/var/tmp') ? 'no' : 'yes'}`,
    'PrivateDevices=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    'ProtectControlGroups=yes',
    'ProtectKernelModules=yes',
    // With these, a sandbox could not have a /proc of its own.
    ...(allowsNamespaces
      ? []
      : ['ProtectKernelTunables=yes', 'ProtectKernelLogs=yes', 'ProtectProc=invisible']),
  ]
}

function isBelow(path: string, top: string): boolean {
  return path === top || path.startsWith(`${top}/`)
}

/** A word of a command line, or of a list of paths. */
function word(text: string): string {
  const escaped = plain(text).replaceAll('$', '$$$$')
  return /^[\w@%+=:,./$-]+$/.test(escaped)
    ? escaped
    : `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** A value that takes up the rest of its line. */
function plain(text: string): string {
  if (/\p{Cc}/u.test(text)) {
    throw new HooklineError(
      'cli_usage',
      'A unit cannot hold a path or name with control characters',
    )
  }
  return text.replaceAll('%', '%%')
}
