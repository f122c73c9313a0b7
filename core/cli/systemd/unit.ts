import { HooklineError } from '../../errors/errors.ts'

/** First line of every unit that Hookline wrote. No other file is overwritten or removed. */
export const UNIT_MARK =
  '# Written by `hookline service install`; to change it, see `systemctl edit`.'

/** The values of a unit. All paths are absolute. */
export interface UnitPlan {
  readonly scope: 'system' | 'user'
  /** The command line, starting with the program. */
  readonly command: readonly string[]
  /** Folder of the config. */
  readonly folder: string
  readonly dataDir: string
  /** Account to run as; null in a user unit. */
  readonly user: string | null
  /** Additional groups of the account. */
  readonly groups: readonly string[]
  /** Paths that programs may write besides the data folder. */
  readonly writable: readonly string[]
  /** File with the variables of the config; need not be there. */
  readonly environmentFile: string
  /** File with the key that seals secrets; null leaves it in the data folder. */
  readonly keyFile: string | null
  /** True if programs use `sandbox` or rootless containers. */
  readonly allowsNamespaces: boolean
  /** `node.stopSeconds` of the config. */
  readonly stopSeconds: number
}

/** Beyond `stopSeconds`; the process ends by itself before. */
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
    '# Restart without a limit, since senders go on sending.',
    'StartLimitIntervalSec=0',
  ]
}

function serviceLines(plan: UnitPlan): string[] {
  const { user, groups, keyFile } = plan
  return [
    'Type=notify',
    '# Notifications come from systemd-notify, which is a separate process.',
    'NotifyAccess=all',
    '# Restart if there is no ping for so long.',
    'WatchdogSec=30',
    `ExecStart=${plan.command.map(word).join(' ')}`,
    '# Keeps the C library from reserving memory for each thread.',
    'Environment=MALLOC_ARENA_MAX=2',
    `WorkingDirectory=${plain(plan.folder)}`,
    ...(user === null ? [] : [`User=${plain(user)}`]),
    ...(groups.length === 0 ? [] : [`SupplementaryGroups=${groups.map(plain).join(' ')}`]),
    `EnvironmentFile=-${plain(plan.environmentFile)}`,
    ...(keyFile === null ? [] : [`LoadCredential=hookline-key:${plain(keyFile)}`]),
    'Restart=on-failure',
    'RestartSec=2',
    '# A restart does not help against wrong usage.',
    'RestartPreventExitStatus=2',
    '# Only the service gets SIGTERM, and lets its programs finish. What is left is killed.',
    'KillMode=mixed',
    `TimeoutStopSec=${Math.ceil(plan.stopSeconds) + STOP_EXTRA_SECONDS}`,
    '# Each connection and each running program takes descriptors.',
    'LimitNOFILE=65536',
    '# If a program runs out of memory, the service goes on.',
    'OOMPolicy=continue',
  ]
}

/** Restrictions of the service and its programs. MemoryDenyWriteExecute is not possible, since V8 compiles at run time. */
function confinement(plan: UnitPlan): string[] {
  const { scope, user, allowsNamespaces } = plan
  const calls = allowsNamespaces ? '@system-service @mount' : '@system-service'
  return [
    '',
    '# Also applies to programs. They may write the data folder and ReadWritePaths.',
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
    // In a user unit, these need namespaces, which not every machine allows.
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
    // With these, a sandbox could not mount its own /proc.
    ...(allowsNamespaces
      ? []
      : ['ProtectKernelTunables=yes', 'ProtectKernelLogs=yes', 'ProtectProc=invisible']),
  ]
}

function isBelow(path: string, top: string): boolean {
  return path === top || path.startsWith(`${top}/`)
}

/** Quotes a word of a command line or of a list of paths. */
export function word(text: string): string {
  const escaped = plain(text).replaceAll('$', '$$$$')
  return /^[\w@%+=:,./$-]+$/.test(escaped)
    ? escaped
    : `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** Escapes a value that extends to the end of its line. */
export function plain(text: string): string {
  if (/\p{Cc}/u.test(text)) {
    throw new HooklineError('cli_usage', 'Paths and names of a unit cannot have control characters')
  }
  return text.replaceAll('%', '%%')
}
